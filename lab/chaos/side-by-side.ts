import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Result } from './judge.ts'
import { isSameTask, type Kept } from './tasks.ts'
import type { Report, Task } from './worker.ts'

type SideBySideOptions = {
  tasks: readonly Task[]
  /** How many stages at once, each in a process of its own. */
  width: number
  /** When the whole run is ended, finished or not. */
  minutes: number
  /** What need not be played again, and where to keep what is. */
  kept: Kept
  /** Of the code that is played. */
  commit: string
  say(line: string): void
  /** The last lines of a hub's log, where something was found. */
  tellLog(line: string): void
}

/** What was played, in the order of the tasks, and in words what was not. */
export type Played = { results: Result[]; failures: string[]; postgres: string }

const workerFile = fileURLToPath(new URL('worker.ts', import.meta.url))

/** Plays all tasks, some at once; nothing outlives it, however it ends. */
export async function playSideBySide({
  tasks,
  width,
  minutes,
  kept,
  commit,
  ...ears
}: SideBySideOptions): Promise<Played> {
  const left = tasks.filter((task) => !kept.parts.some((part) => isSameTask(part.task, task)))
  const results: Result[] = kept.parts.map(({ result }) => result)
  const failures: string[] = []
  let postgres = kept.parts[0]?.postgres ?? ''
  const deadline = AbortSignal.timeout(minutes * 60_000)
  const work = async () => {
    let worker: ChildProcess | undefined
    while (!deadline.aborted) {
      const task = left.shift()
      if (!task) break
      worker ??= fork(workerFile)
      const startedAt = Date.now()
      const report = await perform({ worker, task, deadline, ...ears })
      if (report.kind === 'played') {
        results.push(report.result)
        postgres = report.postgres
        const seconds = (Date.now() - startedAt) / 1000
        await kept.keep({ task, result: report.result, postgres, seconds, commit })
      } else {
        failures.push(`${task.scenario} was not played to its end: ${report.error}`)
        worker.disconnect()
        worker = undefined
      }
    }
    if (worker?.connected) await end(worker)
  }
  await Promise.all(Array.from({ length: Math.min(width, left.length) }, work))
  failures.push(...left.map(({ scenario }) => `${scenario} was not played: ${minutes} minutes were over`))
  const order = tasks.map(({ scenario }) => scenario)
  results.sort((a, b) => order.indexOf(a.scenario) - order.indexOf(b.scenario))
  return { results, failures, postgres }
}

type Performance = Pick<SideBySideOptions, 'say' | 'tellLog'> & {
  worker: ChildProcess
  task: Task
  deadline: AbortSignal
}
type Ending = Exclude<Report, { line: string }>

function perform({ worker, task, deadline, say, tellLog }: Performance): Promise<Ending> {
  return new Promise((resolve) => {
    const done = (ending: Ending) => {
      worker.off('message', hear).off('exit', died)
      deadline.removeEventListener('abort', late)
      resolve(ending)
    }
    const hear = (report: Report) => {
      if (report.kind === 'said') say(report.line)
      else if (report.kind === 'logged') tellLog(report.line)
      else done(report)
    }
    const died = (code: number | null, signal: string | null) =>
      done({ kind: 'broke', error: `its process ended with ${code ?? signal}` })
    const late = () => done({ kind: 'broke', error: 'the time was over' })
    worker.on('message', hear).on('exit', died)
    deadline.addEventListener('abort', late)
    worker.send(task)
  })
}

function end(worker: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    worker.once('exit', () => resolve())
    worker.disconnect()
  })
}
