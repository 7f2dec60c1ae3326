import { type Role, roles } from '../core/role.ts'

/** What each role adds to those before it. */
export const roleWords: Readonly<Record<Role, string>> = {
  viewer: 'reads what the hub did and what waits',
  auditor: 'reads and exports all, also the bodies that senders sent; acts on nothing of the deliveries',
  operator: 'gives the orders that the operating commands give',
  admin: 'makes and revokes tokens, erases what is known of people',
}

/** Whether a role may do what asks for this one. The only comparison of roles. */
export function mayAct(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed)
}
