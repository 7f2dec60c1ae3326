import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { BatchPolicy, BrakeLimits } from '../../core/policy.ts'
import type { WorkScope } from '../../core/work-scope.ts'
import type { QueueSync } from '../../events/resync-event.ts'
import type { Installed } from '../../host/installed.ts'
import type { Journal } from '../../journal/index.ts'
import type { PlanDeliveries } from '../../operate/batches/plan-deliveries.ts'
import type { Caller } from '../../signin/caller.ts'
import type { Upkeep } from '../../upkeep/upkeep.ts'
import type { Traced } from '../trace.ts'

/** What the operations API works with: the same as the operating commands. */
export type ApiNeeds = {
  journal: Journal
  installed: readonly Installed[]
  queueSync: QueueSync
  /** Left out: listings of a source are not ordered here, since no process outlives the request. */
  beginResync?: Upkeep['beginResync']
  /** Left out: the hub does no resync by itself. */
  resyncEverySeconds?: number
  clock: Clock
  log: Log
  brake: BrakeLimits
  /** The address under which browsers reach the hub's pages; absent: the one that they ask at. */
  consoleUrl?: string | undefined
  /** Whether sessions count that a link of this machine opened; left out: none does. */
  takesLocalLinks?: boolean
  scope?: WorkScope | undefined
  /** `nudge`: told of a batch that was made or applied. */
  batches: { policy: BatchPolicy; planDeliveries: PlanDeliveries; nudge?(): void }
}

/** `caller` is there in every route but a public one: the guard sets it before anything else of a request is read. */
export type ApiVariables = Traced & { caller: Caller }

export type Api = OpenAPIHono<{ Variables: ApiVariables }>
