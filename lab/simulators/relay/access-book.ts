import { isJsonObject, type JsonObject } from '../values.ts'

export type AccessBook = {
  /** What a person has. */
  of: (email: string) => string[]
  /** How often something was really done: a repeated message does nothing. */
  acts: () => number
  /** From now on validation refuses this e-mail, with this text. */
  reject: (email: string, message: string) => void
  answer: (message: { id: string; type: string; body: JsonObject }) => { status: number; body: unknown }
}

/** Who has what at the customer's, by e-mail. */
export function createAccessBook(): AccessBook {
  const held = new Map<string, Set<string>>()
  const rejected = new Map<string, string>()
  const done = new Set<string>()
  let acts = 0

  const once = (id: string, act: () => void) => {
    if (done.has(id)) return
    done.add(id)
    acts += 1
    act()
  }

  return {
    of: (email) => [...(held.get(email) ?? [])],
    acts: () => acts,
    reject: (email, message) => void rejected.set(email, message),
    answer: ({ id, type, body }) => {
      const { email, targets } = readAsked(body)
      const has = held.get(email) ?? new Set<string>()
      held.set(email, has)
      if (type === 'access.provision') once(id, () => targets.map((target) => has.add(target)))
      if (type === 'access.deprovision') once(id, () => targets.map((target) => has.delete(target)))
      if (type === 'access.has') return { status: 200, body: { targets: [...has] } }
      if (type === 'access.preapprove') return { status: 200, body: { answer: 'needs_approval', reason: 'By policy.' } }
      if (type !== 'access.validate') return { status: 204, body: undefined }
      const message = rejected.get(email)
      return { status: 200, body: message === undefined ? { answer: 'accept' } : { answer: 'reject', message } }
    },
  }
}

function readAsked({ data }: JsonObject): { email: string; targets: string[] } {
  const subject = isJsonObject(data) && isJsonObject(data.subject) ? data.subject : {}
  const permissions = isJsonObject(data) && Array.isArray(data.permissions) ? data.permissions : []
  return { email: String(subject.email), targets: permissions.map((one: JsonObject) => String(one.target)) }
}
