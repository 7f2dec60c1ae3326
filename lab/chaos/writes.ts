import type { Auth0Tenant } from '../simulators/auth0/server.ts'
import type { Call } from '../simulators/http-server.ts'
import { isJsonObject } from '../simulators/values.ts'

/** One change of a user's flag, with the time of the Okta state that it rests on. */
type Write = { userId: string; changedAt: number; at: number }

export type Writes = {
  /** Reads on in the tenant's call log, which keeps only the newest. */
  look(): void
  /** Writes that took effect after one to the same user that rests on a newer state of Okta. */
  landedOutOfOrder(): Disorder[]
  /** Writes that hubs sent, or sent again, after one to the same user that rests on a newer state of Okta. */
  sentOutOfOrder(): Disorder[]
}

/** A write, and the newer state that had been written before it. */
export type Disorder = Write & { newer: number }

/** Looks over the shoulder of the tenant, where writes take effect, and into its call log, for when they came in. */
export function watchWrites({ users, calls }: Auth0Tenant): Writes {
  const landed: Write[] = []
  const sent: Write[] = []
  const seen = new WeakSet<Call>()
  const patch = users.patch
  users.patch = (userId, body) => {
    const patched = patch(userId, body)
    const changedAt = readChangedAt(body)
    if (changedAt !== null) landed.push({ userId, changedAt, at: Date.now() })
    return patched
  }
  return {
    look() {
      for (const call of calls) {
        if (seen.has(call)) continue
        seen.add(call)
        const changedAt = call.method === 'PATCH' ? readChangedAt(call.body) : null
        // A call is logged when it ends, and bears the time at which it came in.
        if (changedAt !== null) sent.push({ userId: call.path, changedAt, at: Date.parse(call.at) })
      }
    },
    landedOutOfOrder: () => findDisorder(landed),
    sentOutOfOrder: () => findDisorder([...sent].sort((a, b) => a.at - b.at)),
  }
}

function readChangedAt(body: unknown): number | null {
  const metadata = isJsonObject(body) ? body.app_metadata : undefined
  const object = isJsonObject(metadata) ? metadata.okta : undefined
  return isJsonObject(object) ? Date.parse(String(object.changed_at)) : null
}

function findDisorder(writes: readonly Write[]): Disorder[] {
  const newest = new Map<string, number>()
  return writes.flatMap((write) => {
    const { userId, changedAt } = write
    const newer = newest.get(userId) ?? Number.NEGATIVE_INFINITY
    newest.set(userId, Math.max(newer, changedAt))
    return changedAt < newer ? [{ ...write, newer }] : []
  })
}
