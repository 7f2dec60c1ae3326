import { z } from 'zod'
import { type Role, roles } from './role.ts'

/** By what a rule knows those whose role it is: a word of the roles claim, the subject, or the e-mail. */
const ways = ['claim', 'subject', 'email'] as const

/** Whoever signs in and fits it has the role. */
export type RoleRule = { role: Role; by: (typeof ways)[number]; value: string }

/** `admin=claim:bellhop-admins`. A value may hold colons and equals signs, and no comma. */
const form = new RegExp(`^(${roles.join('|')})=(${ways.join('|')}):(\\S.*)$`)

/** A comma-separated list of rules, at least one. The problem names the place of the rule and not what it holds. */
export function roleRules(): z.ZodType<RoleRule[], string> {
  return z.string().transform((text, context) => {
    const rules = text.split(',').map((part) => parseRule(part.trim()))
    const wrong = rules.indexOf(null)
    if (wrong === -1) return rules.filter((rule) => rule !== null)
    const message = `has a rule, number ${wrong + 1}, that is not <role>=claim:<word>, <role>=subject:<sub> or <role>=email:<e-mail>, with a role of ${roles.join(', ')}`
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
}

function parseRule(text: string): RoleRule | null {
  const [, role, by, value] = form.exec(text) ?? []
  if (!role || !by || !value) return null
  if (by === 'email' && !/^[^\s@]+@[^\s@]+$/.test(value)) return null
  return { role: role as Role, by: by as RoleRule['by'], value }
}
