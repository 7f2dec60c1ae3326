import type { Auth0Tenant } from '../src/demo/tenants/auth0/server.ts'
import { isJsonObject } from '../src/demo/tenants/json.ts'

/** One change as it took effect at Auth0, in the order of the effects. */
export type Write = { userId: string; deactivated: boolean; changedAt: number; at: number }

export type Writes = {
  all: readonly Write[]
  /** Writes that rest on an older state of Okta than an earlier write to the same user. */
  outOfOrder(): Write[]
  /** Those of them that stand, and say the opposite of the newest state. */
  uncorrected(): Write[]
}

/** Looks over the shoulder of the tenant: its call log is in the order of the answers, which is another. */
export function watchWrites({ users }: Auth0Tenant): Writes {
  const all: Write[] = []
  const patch = users.patch
  users.patch = (userId, body) => {
    const patched = patch(userId, body)
    const object = isJsonObject(body.app_metadata) ? body.app_metadata.okta : undefined
    if (isJsonObject(object)) {
      const changedAt = Date.parse(String(object.changed_at))
      all.push({ userId, deactivated: object.deactivated === true, changedAt, at: Date.now() })
    }
    return patched
  }
  const outOfOrder = () => {
    const newest = new Map<string, number>()
    return all.filter(({ userId, changedAt }) => {
      const before = newest.get(userId) ?? Number.NEGATIVE_INFINITY
      newest.set(userId, Math.max(before, changedAt))
      return changedAt < before
    })
  }
  const stands = (write: Write) => {
    const own = all.filter(({ userId }) => userId === write.userId)
    const newest = own.reduce((best, one) => (one.changedAt > best.changedAt ? one : best))
    return own.at(-1) === write && newest.deactivated !== write.deactivated
  }
  return { all, outOfOrder, uncorrected: () => outOfOrder().filter(stands) }
}
