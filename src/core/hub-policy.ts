import { type BrakeLimits, defaultBrakeLimits } from './brake-limits.ts'

/** What a run may do with what it has planned. Every hub on one database must have the same. */
export type HubPolicy = {
  /** `observe`: plans and records, writes nothing at the vendors. */
  mode: 'enforce' | 'observe'
  brake: BrakeLimits
  /** While the authority cannot be read, lock out on the word of a hook: people already linked, and nobody else. */
  provisionalDeny: boolean
}

export const defaultPolicy: HubPolicy = { mode: 'enforce', brake: defaultBrakeLimits, provisionalDeny: false }
