import { z } from '@hono/zod-openapi'
import { findings } from '../../operate/leavers-against.ts'
import { actor, openWord, time } from './facts.ts'

// The schemas of reports name every field of a row: the hash in the head is of the rows as they go out.

const gap = z
  .object({
    code: openWord([
      'no_source',
      'before_first_start',
      'never_looked_at_all',
      'full_look_not_applied',
      'never_resynced',
      'resync_overdue',
      'no_hub_runs',
      'silent_source',
      'refused_secrets',
      'cut',
    ]),
    source: z.string().nullable(),
    at: time.nullable(),
    detail: z.string(),
  })
  .openapi('ReportGap')

/** What stands at the head of every report. */
export const reportHead = z
  .object({
    report: openWord(['leavers', 'leavers-against', 'evidence', 'go-live', 'operators']),
    filter: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .openapi({ description: 'What was asked for, with every default filled in.' }),
    zone: z.string(),
    madeAt: time,
    ranBy: z.object({ actor: z.string(), account: z.string(), way: openWord(['api', 'console']) }),
    version: z.string(),
    rows: z.int(),
    sha256: z.string().openapi({ description: 'Of the rows, each as JSON with sorted names on a line of its own.' }),
    complete: z.object({
      since: time.nullable(),
      upTo: time.nullable(),
      oldestEventAt: time.nullable(),
      missing: z.array(gap),
    }),
  })
  .openapi('ReportHead')

/** Whom a row is about, and where. `status`: at the authority. */
const personAtConnector = {
  person: z.string(),
  source: z.string(),
  authorityId: z.string(),
  login: z.string().nullable(),
  connector: z.string(),
  status: z.string().nullable(),
}

const leaver = z
  .object({
    ...personAtConnector,
    leftAt: time,
    knownAt: time,
    knownBy: z.string(),
    actedBy: actor.nullable(),
    standing: z.string().nullable(),
    heldAt: time.nullable().openapi({ description: 'When the lockout had been read back.' }),
    secondsToLockout: z.number().nullable(),
    users: z.int(),
    revokedAt: time.nullable(),
    revocation: openWord(['revoked', 'owed', 'in part', 'none']),
    revocationNote: z.string().nullable(),
    attempts: z.int(),
    exception: z.string().nullable(),
    detail: z.string().nullable(),
  })
  .openapi('Leaver')

export const leaversReport = z
  .object({
    head: reportHead,
    secondsToLockout: z.object({
      leavers: z.int(),
      held: z.int(),
      p50: z.number().nullable(),
      p95: z.number().nullable(),
      p99: z.number().nullable(),
    }),
    leavers: z.array(leaver),
  })
  .openapi('LeaversReport')

const change = z.object({
  target: z.string(),
  action: z.string(),
  summary: z.string(),
  because: openWord(['status', 'renewal', 'owed', 'grant']),
})

export const goLiveReport = z
  .object({
    head: reportHead,
    at: time,
    people: z.int().openapi({ description: 'People who were asked about; who would be left as they are has no row.' }),
    next: z
      .string()
      .nullable()
      .openapi({ description: '`cursor` of the next page of people; null: there is no more.' }),
    rows: z.array(
      z
        .object({
          ...personAtConnector,
          statusChangedAt: time.nullable(),
          direction: openWord(['deny', 'allow', 'neutral']),
          changes: z.array(change),
          conflicts: z.array(z.object({ target: z.string(), reason: z.string() })),
          protected: z.boolean(),
          stopped: openWord(['held', 'cancelled']).nullable(),
          error: z.string().nullable(),
        })
        .openapi('GoLiveRow'),
    ),
  })
  .openapi('GoLiveReport')

export const operatorsReport = z
  .object({
    head: reportHead,
    rows: z.array(
      z
        .object({
          kind: openWord(['token', 'account', 'break_glass', 'session']),
          id: z.string().nullable().openapi({ description: 'Of a session or link.' }),
          account: z.string().openapi({ description: 'The id under which acts stand on record.' }),
          owner: z.string().nullable(),
          name: z.string().nullable(),
          role: z.string(),
          person: z.string().nullable(),
          way: z.string(),
          madeBy: z.string().nullable(),
          madeAt: time.nullable(),
          lastUsedAt: time.nullable(),
          endsAt: time.nullable(),
          endedAt: time.nullable(),
          endedBy: z.string().nullable(),
          acts: z.array(z.object({ act: z.string(), count: z.int() })),
          refusals: z.int(),
          lastActAt: time.nullable(),
        })
        .openapi('OperatorRow'),
    ),
  })
  .openapi('OperatorsReport')

/** A row as the journal has it: what was hashed goes out whole. */
const stored = z.record(z.string(), z.unknown())

export const evidencePack = z
  .object({
    head: reportHead,
    rows: z.array(
      z
        .object({
          leaver,
          deliveries: z.array(stored).openapi({ description: 'Each with its event, its tries and its orders.' }),
          readBacks: z.array(stored).openapi({ description: 'When each system was looked at last, and next.' }),
          audit: z.array(stored).openapi({ description: 'The acts on record about them.' }),
          isCut: z.boolean().openapi({ description: 'There is more of them than is listed here, the newest.' }),
        })
        .openapi('LeaverEvidence'),
    ),
  })
  .openapi('EvidencePack')

export const againstReport = z
  .object({
    head: reportHead,
    rows: z.array(
      z
        .object({
          line: z.int().openapi({ description: 'Of the file.' }),
          who: z.string().nullable(),
          by: openWord(['okta_id', 'email', 'employee_number']).nullable(),
          leftOn: z.string().nullable(),
          problem: z.string().nullable(),
          finding: openWord(Object.keys(findings)),
          people: z.array(z.string()),
          authorityId: z.string().nullable(),
          status: z.string().nullable(),
          readAt: time.nullable(),
          detail: z.string().nullable(),
        })
        .openapi('AgainstRow'),
    ),
  })
  .openapi('AgainstReport')
