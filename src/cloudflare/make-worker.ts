import type { Connector } from '../core/connector.ts'
import type { Migration } from '../journal/index.ts'
import type { ExecutionContext, MessageBatch, WorkerEnvironment } from './bindings.ts'
import { answerMisconfigured } from './misconfigured.ts'
import { readNudges } from './nudges.ts'
import { type EdgeTiming, openHub } from './open-hub.ts'
import { makeReadDeployed } from './read-deployed.ts'

/** What the platform calls of a Worker. */
export type Worker = {
  fetch(request: Request, env: WorkerEnvironment, ctx: ExecutionContext): Promise<Response>
  scheduled(controller: unknown, env: WorkerEnvironment, ctx: ExecutionContext): Promise<void>
  queue(batch: MessageBatch, env: WorkerEnvironment, ctx: ExecutionContext): Promise<void>
}

type WorkerParts = {
  connectors: readonly Connector[]
  /** The steps of the schema that this code knows. It applies none. */
  migrations: readonly Migration[]
  /** Texts of files that belong to the hub, by their names. */
  files?: Readonly<Record<string, string>>
  timing?: EdgeTiming
}

/**
 * Makes the hub as a Worker. Each invocation opens a hub of its own. What a hook woke has three chances to be worked:
 * after the answer in the same invocation, by a message of the queue some seconds later, and by the cron every minute.
 */
export function makeWorker({ connectors, migrations, files = {}, timing }: WorkerParts): Worker {
  const readDeployed = makeReadDeployed(connectors)
  const open = (env: WorkerEnvironment) => {
    const deployed = readDeployed(env)
    return 'problems' in deployed ? deployed : openHub({ ...deployed, migrations, files, timing })
  }

  return {
    async fetch(request, env, ctx) {
      const opened = open(env)
      if ('problems' in opened) return answerMisconfigured(opened.problems)
      const answer = await opened.answer(request)
      ctx.waitUntil(opened.chances.goOn())
      return answer
    },
    async scheduled(_controller, env) {
      const opened = open(env)
      if ('problems' in opened) return
      await opened.chances.sweep()
    },
    async queue(batch, env) {
      const opened = open(env)
      if ('problems' in opened) return batch.retryAll({ delaySeconds: 60 })
      await opened.chances.work(readNudges(batch.messages))
    },
  }
}
