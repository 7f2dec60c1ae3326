/** What a caller may do, from the least to the most. Each role may do what the ones before it may. */
export const roles = ['viewer', 'auditor', 'operator', 'admin'] as const

export type Role = (typeof roles)[number]
