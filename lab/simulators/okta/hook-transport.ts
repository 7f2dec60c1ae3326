import { randomUUID } from 'node:crypto'
import { isJsonObject } from '../values.ts'
import type { EventHook } from './event-hook.ts'

/** How one try ended: the HTTP status, no answer in time, or no connection. */
export type Try = { outcome: number | 'timeout' | 'unreachable'; startedAt: string; durationMs: number }

export type HookTransport = {
  /** POSTs a body, once more if Okta would; answers with all tries, the last one decides. */
  post: (hook: EventHook, body: string) => Promise<Try[]>
  /** The one-time GET that proves who owns the endpoint. */
  handshake: (hook: EventHook) => Promise<boolean>
}

/**
 * How Okta calls a hook's endpoint (Okta docs: event hooks; hooks best practices).
 *
 * 3 s per try; at most one retry, after a timeout or a 5xx, never after a 4xx; redirects are not followed. A refused
 * connection is not mentioned there: it is treated like a timeout. The handshake retries after any failure and, as the
 * documents do not promise the secret on it, comes without.
 */
export function createHookTransport({
  timeoutMs,
  closing,
}: {
  timeoutMs: number
  closing: AbortSignal
}): HookTransport {
  const call = async (url: string, init: RequestInit): Promise<{ attempt: Try; text: string }> => {
    const startedAt = new Date().toISOString()
    const began = performance.now()
    const timeout = AbortSignal.timeout(timeoutMs)
    const done = (outcome: Try['outcome'], text = '') => ({
      attempt: { outcome, startedAt, durationMs: performance.now() - began },
      text,
    })
    try {
      const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.any([timeout, closing]) })
      return done(response.status, await response.text())
    } catch {
      return done(timeout.aborted ? 'timeout' : 'unreachable')
    }
  }

  return {
    post: async (hook, body) => {
      const { uri } = hook.channel.config
      const init = { method: 'POST', headers: deliveryHeaders(hook), body }
      const { attempt: first } = await call(uri, init)
      if (!isRetried(first) || closing.aborted) return [first]
      const { attempt: second } = await call(uri, init)
      return [first, second]
    },
    handshake: async (hook) => {
      const challenge = randomUUID()
      const init = { headers: { accept: 'application/json', 'x-okta-verification-challenge': challenge } }
      for (let tries = 0; tries < 2; tries += 1) {
        const { attempt, text } = await call(hook.channel.config.uri, init)
        if (attempt.outcome === 200 && echoes(text, challenge)) return true
      }
      return false
    },
  }
}

/** Okta calls 200 and 204 a success; other 2xx are treated alike. */
export function isDelivered(tries: Try[]): boolean {
  const outcome = tries.at(-1)?.outcome
  return typeof outcome === 'number' && outcome >= 200 && outcome < 300
}

function isRetried({ outcome }: Try): boolean {
  return typeof outcome !== 'number' || outcome >= 500
}

function deliveryHeaders(hook: EventHook): Record<string, string> {
  const { authScheme, headers } = hook.channel.config
  return {
    accept: 'application/json',
    'content-type': 'application/json',
    ...Object.fromEntries(headers.map(({ key, value }) => [key, value])),
    ...(authScheme ? { [authScheme.key]: authScheme.value } : {}),
  }
}

function echoes(text: string, challenge: string): boolean {
  try {
    const body: unknown = JSON.parse(text)
    return isJsonObject(body) && body.verification === challenge
  } catch {
    return false
  }
}
