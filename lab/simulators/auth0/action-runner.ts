import { createContext, Script } from 'node:vm'
import type { JsonObject } from '../values.ts'

/** Custom claims of the two tokens, as Actions set them. */
export type TokenClaims = { id_token: JsonObject; access_token: JsonObject }

/** What an Action did to a login. */
export type ActionEffects = {
  denied?: string
  revokedSession?: { preserveRefreshTokens: boolean }
  revokedRefreshToken?: boolean
  appMetadata: JsonObject
  userMetadata: JsonObject
  claims: TokenClaims
  logs: string[]
}

type Reason = string | undefined

/** Compiles an Action's source; the message of a syntax error, if it has one, is what Auth0's build would report. */
export function compileAction(code: string): { script: Script } | { error: string } {
  try {
    // The line break keeps a trailing comment from swallowing the end of the wrapper.
    return { script: new Script(`(function (exports, require, module, console) {${code}\n})`) }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

/**
 * Runs `onExecutePostLogin` of one deployed Action in a bare `node:vm` (Auth0 docs: Actions, post-login).
 *
 * There is no require, no fetch and no process: the Action under test must live without. An exception is an access
 * denied for the user; so is an Action that takes longer than the trigger may.
 */
export async function runPostLogin(options: {
  code: string
  event: JsonObject
  enterprise: boolean
  timeoutMs: number
}): Promise<ActionEffects> {
  const effects: ActionEffects = {
    appMetadata: {},
    userMetadata: {},
    claims: { id_token: {}, access_token: {} },
    logs: [],
  }
  try {
    const handler = loadHandler(options.code, effects)
    if (!handler) return effects
    await withTimeout(Promise.resolve(handler(options.event, buildApi(effects, options))), options.timeoutMs)
  } catch (error) {
    effects.logs.push(`uncaught: ${error instanceof Error ? error.message : String(error)}`)
    effects.denied ??= 'Internal error'
  }
  return effects
}

function loadHandler(code: string, effects: ActionEffects): ((event: JsonObject, api: unknown) => unknown) | undefined {
  const compiled = compileAction(code)
  if ('error' in compiled) throw new SyntaxError(compiled.error)
  const exported: JsonObject = {}
  const module = { exports: exported }
  const log = (...parts: unknown[]) => void effects.logs.push(parts.map(String).join(' '))
  const wrapper: unknown = compiled.script.runInContext(createContext({}), { timeout: 1000 })
  if (typeof wrapper !== 'function') throw new TypeError('The Action is no function body')
  wrapper(module.exports, refuseRequire, module, { log, info: log, warn: log, error: log })
  const handler = module.exports.onExecutePostLogin
  return typeof handler === 'function' ? (event, api) => handler(event, api) : undefined
}

function refuseRequire(name: string): never {
  throw new Error(`Cannot find module '${name}'`)
}

function buildApi(effects: ActionEffects, { event, enterprise }: { event: JsonObject; enterprise: boolean }) {
  const ignore = () => undefined
  const setter = (target: JsonObject) => (name: string, value: unknown) => void Object.assign(target, { [name]: value })
  return {
    access: {
      deny: (reason: Reason) => {
        effects.denied ??= reason ?? ''
      },
    },
    user: { setAppMetadata: setter(effects.appMetadata), setUserMetadata: setter(effects.userMetadata) },
    idToken: { setCustomClaim: setter(effects.claims.id_token) },
    accessToken: { setCustomClaim: setter(effects.claims.access_token), addScope: ignore, removeScope: ignore },
    multifactor: { enable: ignore },
    ...(enterprise ? enterpriseApi(effects, event) : {}),
  }
}

// Auth0 docs: api.session and api.refreshToken exist on Enterprise plans; the latter only while a token is exchanged.
function enterpriseApi(effects: ActionEffects, event: JsonObject) {
  const session = {
    revoke: (reason: Reason, options?: { preserveRefreshTokens?: boolean }) => {
      effects.revokedSession = { preserveRefreshTokens: options?.preserveRefreshTokens ?? false }
      effects.denied ??= reason ?? ''
    },
  }
  if (!event.refresh_token) return { session }
  const refreshToken = {
    revoke: (reason: Reason) => {
      effects.revokedRefreshToken = true
      effects.denied ??= reason ?? ''
    },
  }
  return { session, refreshToken }
}

async function withTimeout(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('The Action took too long')), timeoutMs)
  })
  try {
    await Promise.race([work, expired])
  } finally {
    clearTimeout(timer)
  }
}
