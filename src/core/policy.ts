import { z } from 'zod'
import type { Connector } from './connector.ts'
import type { FreezeWindow } from './freeze.ts'
import type { Settings } from './settings.ts'
import { flag } from './settings.ts'

/** How many people may be locked out, or let in again, in how short a time, before an operator must say so. */
export type BrakeLimits = {
  /** 0: the brake is off. */
  people: number
  percent: number
  minutes: number
}

/** However large the company, an operator looks at more than this in one window first. */
export const mostPeople = 100

export const defaultBrakeLimits: BrakeLimits = { people: 20, percent: 1, minutes: 10 }

/** What a run may do with what it has planned. Every hub on one database must have the same. */
export type HubPolicy = {
  /**
   * `observe`: plans and records, writes nothing at the vendors. `staged`: the same, but for people for whom a batch ended
   * it.
   */
  mode: 'enforce' | 'observe' | 'staged'
  brake: BrakeLimits
  /** While the authority cannot be read, lock out on the word of a hook: people already linked, and no others. */
  provisionalDeny: boolean
}

export const defaultPolicy: HubPolicy = { mode: 'enforce', brake: defaultBrakeLimits, provisionalDeny: false }

/** When, and by how many, an act on many things is applied. Every hub on one database must have the same. */
export type BatchPolicy = {
  /** Of more people than this, two people decide; 0: one is enough. */
  fourEyesPeople: number
  freeze: readonly FreezeWindow[]
}

export const defaultBatchPolicy: BatchPolicy = { fourEyesPeople: 20, freeze: [] }

/** How one connector's inline hooks are served. */
export type InlinePolicy = {
  /** After this an answer is of no use any more: Lumos gives up after 15 s. */
  budgetSeconds: number
  /** For so long a provision of the same request is not carried out twice. */
  dedupeHours: number
  /** A person whom the authority denies loses what was granted here, too. */
  revokeOnDeny: boolean
}

export const defaultInlinePolicy: InlinePolicy = { budgetSeconds: 12, dedupeHours: 24, revokeOnDeny: false }

/** The settings of an instance that serves inline hooks, under its own prefix: `GITHUB_BUDGET_SECONDS` for `github`. */
export function inlineSettings(id: string): Settings {
  const names = inlineSettingNames(id)
  return z.object({
    [names.budgetSeconds]: z.coerce
      .number()
      .min(0.1)
      .max(60)
      .default(defaultInlinePolicy.budgetSeconds)
      .describe('How long an inline hook may take; less than the 15 seconds after which Lumos gives up.'),
    [names.dedupeHours]: z.coerce
      .number()
      .min(0)
      .max(24 * 30)
      .default(defaultInlinePolicy.dedupeHours)
      .describe(
        'For so many hours a request that was provisioned and is in force is answered again and not carried out again; 0: never.',
      ),
    [names.revokeOnDeny]: flag(defaultInlinePolicy.revokeOnDeny).describe(
      'true: a person whom the authority denies loses what was granted here; false: only by a request.',
    ),
  })
}

/** Reads the policy from the parsed settings of an instance. */
export function readInlinePolicy(id: string, settings: Readonly<Record<string, unknown>>): InlinePolicy {
  const names = inlineSettingNames(id)
  return {
    budgetSeconds: Number(settings[names.budgetSeconds]),
    dedupeHours: Number(settings[names.dedupeHours]),
    revokeOnDeny: settings[names.revokeOnDeny] === true,
  }
}

function inlineSettingNames(id: string): Record<keyof InlinePolicy, string> {
  const prefix = id.toUpperCase().replaceAll('-', '_')
  return {
    budgetSeconds: `${prefix}_BUDGET_SECONDS`,
    dedupeHours: `${prefix}_DEDUPE_HOURS`,
    revokeOnDeny: `${prefix}_REVOKE_ON_DENY`,
  }
}

/** Waits and limits of what a running hub does by itself besides delivering, in seconds: tests scale them. */
export type UpkeepTiming = {
  /** How often a hub notes that it is alive, and looks at what is due. */
  tickSeconds: number
  /** How often who changed is listed, whatever the hooks said. */
  resyncEverySeconds: number
  /** Reaches back this much further than the last resync: clocks differ, and a list may lag behind. */
  overlapSeconds: number
  /** How often every known id is compared with the authority's full list. */
  compareEverySeconds: number
  /** After a listing that failed. */
  retrySeconds: number
  /** A process that resyncs and dies holds the others up for this long. */
  leaseSeconds: number
  /** How often who must be looked at again is noted, beside what settlements note. */
  enrolEverySeconds: number
  /** A look that was queued and has not settled is queued again after this. */
  verifyAgainSeconds: number
  /** After its start a hub makes good which looks fell due meanwhile: none is told as overdue for so long. */
  overdueGraceSeconds: number
  /** How often what is on record is numbered. */
  numberEverySeconds: number
  /** People with an open session are read again after so long. */
  readCallersEverySeconds: number
  /** How often looks that found nothing are forgotten. */
  pruneEverySeconds: number
  /** How often a connector's own setting-up is looked at. */
  watchEverySeconds: number
  /** So many refused secrets of one source within so many seconds are worth an alert. */
  refusals: { count: number; withinSeconds: number }
  /** An alert is over at the earliest so long after it was raised: what ends it may be under way. */
  quietSeconds: number
}

const minute = 60

export const defaultUpkeepTiming: UpkeepTiming = {
  tickSeconds: 5,
  resyncEverySeconds: 15 * minute,
  overlapSeconds: 5 * minute,
  compareEverySeconds: 24 * 60 * minute,
  retrySeconds: minute,
  leaseSeconds: minute,
  enrolEverySeconds: 60 * minute,
  verifyAgainSeconds: 15 * minute,
  overdueGraceSeconds: 30 * minute,
  numberEverySeconds: 10,
  readCallersEverySeconds: 5 * minute,
  pruneEverySeconds: 60 * minute,
  watchEverySeconds: 60 * minute,
  refusals: { count: 10, withinSeconds: 5 * minute },
  quietSeconds: 10,
}

/** A connector as the configuration has it: one instance, with its settings read. */
export type ConfiguredConnector = {
  id: string
  connector: Connector
  config: Record<string, unknown>
  /** How its inline hooks are served; absent: by the defaults. */
  inline?: InlinePolicy
  /** So many calls a second are shared out, whatever the vendor says; absent: as many as the vendor says. */
  callsPerSecond?: number
}
