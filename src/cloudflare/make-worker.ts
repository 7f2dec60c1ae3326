import type { Connector } from '../core/connector.ts'
import { hubSettings } from '../core/hub-settings.ts'
import { serveDiagnosis } from '../http/diagnosis.ts'
import type { Migration } from '../journal/index.ts'
import type { ExecutionContext, MessageBatch, WorkerEnvironment } from './bindings.ts'
import { makeCheckCache } from './check-cache.ts'
import { diagnose } from './diagnose.ts'
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
  const checkCache = makeCheckCache()
  const open = (env: WorkerEnvironment) => {
    const deployed = readDeployed(env)
    return 'problems' in deployed ? deployed : openHub({ ...deployed, migrations, files, timing, checkCache })
  }
  /** Answers even where settings or bindings are wrong: that is what it is for. */
  const answerDiagnosis = async (request: Request, env: WorkerEnvironment) => {
    const deployed = readDeployed(env)
    const problems = 'problems' in deployed ? deployed.problems : []
    const token = readToken(env)
    return serveDiagnosis({ token, diagnose: () => diagnose({ env, problems, migrations }) }).fetch(request)
  }

  return {
    async fetch(request, env, ctx) {
      if (new URL(request.url).pathname === '/diagnosis') return answerDiagnosis(request, env)
      const opened = open(env)
      if ('problems' in opened) return answerMisconfigured(opened.problems)
      const answer = opened.answer(request)
      // Said before the answer is there: a sender that goes away meanwhile would end the invocation, and what it began.
      ctx.waitUntil(answer.catch(() => {}).then(opened.chances.goOn))
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

/** Read by itself: other settings may be wrong. */
function readToken({ HUB_DIAGNOSIS_TOKEN: text }: WorkerEnvironment): string | undefined {
  return hubSettings.shape.HUB_DIAGNOSIS_TOKEN.safeParse(text || undefined).data
}
