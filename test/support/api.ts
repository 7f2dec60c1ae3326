import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { systemClock } from '../../src/core/clock.ts'
import { type Log, silentLog } from '../../src/core/log.ts'
import { defaultBatchPolicy, defaultBrakeLimits } from '../../src/core/policy.ts'
import { type Role, roles } from '../../src/core/role.ts'
import { makeQueueSync } from '../../src/events/resync-event.ts'
import type { ApiNeeds } from '../../src/http/api/needs.ts'
import { serveApi } from '../../src/http/api/serve-api.ts'
import { type Journal, makeJournal } from '../../src/journal/index.ts'
import type { Sql } from '../../src/journal/sql/sql.ts'
import { makePlanDeliveries } from '../../src/operate/batches/plan-deliveries.ts'
import type { Caller } from '../../src/signin/caller.ts'
import { makeToken } from '../../src/signin/make-token.ts'
import { wipe, wipeAudit } from './journal-rows.ts'

export type ApiAnswer = { status: number; headers: Headers; body: Record<string, unknown> }

export type ApiStage = {
  journal: Journal
  api: ReturnType<typeof serveApi>
  /** A valid token of each role. */
  tokens: Record<Role, string>
  /** Asks as somebody of this role, or with this token; null: with none. The answer is checked against the document. */
  ask(path: string, as?: Role | { token: string } | null, init?: RequestInit): Promise<ApiAnswer>
}

export const admin: Caller = { actor: 'ann', account: 'ann', role: 'admin', way: 'cli', person: null }

/** The operations API over an empty journal, with a token of each role. */
export async function setApiStage(sql: Sql, { log = silentLog, ...rest }: Partial<ApiNeeds> & { log?: Log } = {}) {
  await wipe(sql)
  await wipeAudit(sql)
  await sql`truncate hub.token, hub.source, hub.protected, hub.exception, hub.brake_order cascade`
  const journal = makeJournal(sql)
  const made = await Promise.all(roles.map(async (role) => [role, (await makeTokenOf(journal, role)).text] as const))
  const tokens = Object.fromEntries(made) as Record<Role, string>
  const api = serveApi({ ...makeApiNeeds(journal), log, ...rest })
  const contract = await readContract(api)
  const stage: ApiStage = {
    journal,
    api,
    tokens,
    async ask(path, as = 'admin', init = {}) {
      const token = as === null ? null : typeof as === 'string' ? tokens[as] : as.token
      const headers = { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...init.headers }
      const answer = await api.request(path, { ...init, headers })
      const text = await answer.text()
      const isLines = answer.headers.get('content-type') === jsonLines
      const body = isLines ? { lines: readLines(text) } : text === '' ? {} : JSON.parse(text)
      const wrong = contract.findWrong({ method: init.method ?? 'GET', path, status: answer.status, body })
      if (wrong) throw new Error(`${path} ${answer.status}: ${wrong}\n${text.slice(0, 2000)}`)
      return { status: answer.status, headers: answer.headers, body }
    },
  }
  return stage
}

/** What the API works with, without a connector. */
export function makeApiNeeds(journal: Journal): ApiNeeds {
  const facts = { journal, installed: [], clock: systemClock }
  const batches = { policy: defaultBatchPolicy, planDeliveries: makePlanDeliveries(facts) }
  const queueSync = makeQueueSync({ ...facts, ingest: journal.queue.ingest, nudge: () => {} })
  return { ...facts, queueSync, log: silentLog, brake: defaultBrakeLimits, batches }
}

const jsonLines = 'application/x-ndjson'

function readLines(text: string): unknown[] {
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
}

export function makeTokenOf(journal: Journal, role: Role) {
  const wish = { name: `a ${role}`, owner: 'ann@acme.com', role, days: 1, person: null, reason: null }
  return makeToken({ journal, clock: systemClock }, admin, wish)
}

type Parameter = { name: string; in: 'path' | 'query'; required?: boolean; schema: Record<string, unknown> }

export type Operation = {
  method: string
  path: string
  role: Role
  parameters: Parameter[]
  /** What its body is by the document; absent: it has none. */
  body?: Record<string, unknown>
  responses: Record<string, { content?: Record<string, unknown> }>
}

/** The API's own document. */
export async function readDocument(api: ApiStage['api']): Promise<Record<string, unknown>> {
  return (await (await api.request('/api/openapi.json')).json()) as Record<string, unknown>
}

/** Lists the operations of the document. */
export function listOperations(document: Record<string, unknown>): Operation[] {
  const paths = document.paths as Record<string, Record<string, Record<string, unknown>>>
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      role: operation['x-role'] as Role,
      parameters: (operation.parameters ?? []) as Parameter[],
      responses: operation.responses as Operation['responses'],
      ...(operation.requestBody ? { body: operation.requestBody as Record<string, unknown> } : {}),
    })),
  )
}

type Checked = { method: string; path: string; status: number; body: unknown }

/** What is wrong with an answer by the API's own document: a field too many counts too. Null: nothing. */
async function readContract(api: ApiStage['api']): Promise<{ findWrong(answer: Checked): string | null }> {
  const document = await readDocument(api)
  const operations = listOperations(document)
  const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false })
  formats.default(ajv)
  ajv.addSchema({ ...document, $id: 'api' })
  const compiled = new Map<string, ValidateFunction>()
  return {
    findWrong({ method, path, status, body }) {
      const [pathname = ''] = path.replace(/^https?:\/\/[^/]+/, '').split('?')
      const found = operations.find(
        (one) => one.method === method && new RegExp(`^${one.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
      )
      if (!found) return status === 200 && pathname !== '/api/openapi.json' ? 'is not in the document' : null
      const at = `${found.path.replaceAll('/', '~1')}/${method.toLowerCase()}/responses/${status}`
      const content = found.responses[String(status)]?.content
      if (!content) return 'this status is not in the document'
      const [type = ''] = Object.keys(content)
      const ref = `api#/paths/${at}/content/${type.replaceAll('/', '~1').replaceAll('+', '%2B')}/schema`
      const check = compiled.get(ref) ?? ajv.compile({ $ref: ref })
      compiled.set(ref, check)
      const all = type === jsonLines ? (body as { lines: unknown[] }).lines : [body]
      return all.every((one) => check(one)) ? null : ajv.errorsText(check.errors)
    },
  }
}
