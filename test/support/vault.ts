import { z } from 'zod'
import { accept, approve, defineConnector, grantable, needsApproval, reject } from '../../src/index.ts'

type Call = { member: string; email: string; person: string | null; targets: string[]; attempt: number }

export type Vault = {
  connector: ReturnType<typeof vaultConnector>
  /** Who has what, as `email target`. */
  held: Set<string>
  calls: Call[]
  /** What the next calls of a member meet, one each, with what was asked of it: thrown, waited for, or both. */
  mischief: Record<string, ((keys: string[]) => unknown)[]>
  /** Calls of a member so far. */
  times(member: string): number
}

/** An outside system with doors that people may open, as a request platform would have them granted. */
export function makeVault(options: { has?: boolean | null; id?: string } = {}): Vault {
  const held = new Set<string>()
  const calls: Call[] = []
  const mischief: Vault['mischief'] = {}
  return {
    connector: vaultConnector({
      held,
      calls,
      mischief,
      id: options.id ?? 'vault',
      tells: options.has === undefined ? true : options.has,
    }),
    held,
    calls,
    mischief,
    times: (member) => calls.filter((call) => call.member === member).length,
  }
}

type Inside = Pick<Vault, 'held' | 'calls' | 'mischief'> & { id: string; tells: boolean | null }
type Seen = {
  request: { subject: { email: string }; permissions: { target: string }[] }
  person?: { authorityId: string } | null
  attempt: number
}

function vaultConnector({ held, calls, mischief, id, tells }: Inside) {
  const note = async (member: string, { request, person, attempt }: Seen) => {
    const targets = request.permissions.map(({ target }) => target)
    calls.push({ member, email: request.subject.email, person: person?.authorityId ?? null, targets, attempt })
    const keys = targets.map((target) => `${request.subject.email} ${target}`)
    await mischief[member]?.shift()?.(keys)
    return keys
  }
  return defineConnector({
    id,
    config: z.object({
      [`${id.toUpperCase()}_GRANTS`]: grantable({ target: /^door:\w+$/, error: 'is not door:<name>' }),
    }),
    fields: z.object({ floor: z.coerce.number().optional() }),
    grants: ({ config }) => config[`${id.toUpperCase()}_GRANTS`] ?? {},
    provision: async (context) => {
      const keys = await note('provision', context)
      for (const key of keys) held.add(key)
      await mischief.provisioned?.shift()?.(keys)
    },
    deprovision: async (context) => {
      const keys = await note('deprovision', context)
      for (const key of keys) held.delete(key)
      await mischief.deprovisioned?.shift()?.(keys)
    },
    ...(tells !== false
      ? {
          has: async (context: Seen) => {
            await note('has', context)
            if (tells === null) return null
            const { email } = context.request.subject
            return context.request.permissions.map(({ target }) => target).filter((one) => held.has(`${email} ${one}`))
          },
        }
      : {}),
    preapprove: async (context) => {
      await note('preapprove', context)
      return (context.request.fields.floor ?? 0) < 3 ? approve() : needsApproval('Floors 3 and up need a manager.')
    },
    validate: async (context) => {
      await note('validate', context)
      return (context.request.fields.floor ?? 0) < 10 ? accept() : reject('The building has nine floors.')
    },
  })
}

export const vaultGrants = JSON.stringify({
  'orbit-admin': { 'billing:operate': 'door:billing', 'eu:read': 'door:eu' },
  wiki: 'door:wiki',
})
