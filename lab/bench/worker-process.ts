import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export type WorkerProcess = {
  /** Sends a question and waits for the answer; one at a time. */
  ask<A>(question: unknown): Promise<A>
  /** What the process said first, once it was ready. */
  hello: unknown
  end(): Promise<void>
  /** SIGKILL: what it was doing is cut off. */
  kill(): void
}

/** Runs a file of this folder as a process of its own that answers questions: what is measured shares no event loop. */
export async function startWorker(
  file: string,
  { options = {}, execArgv = [] }: { options?: Record<string, unknown>; execArgv?: string[] } = {},
): Promise<WorkerProcess> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [JSON.stringify(options)], {
    execArgv,
    // What the hub logs goes nowhere, as fast as that is: a terminal or a disk would be measured along with it.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const hello = await nextMessage(child, file)
  return {
    hello,
    ask: async <A>(question: unknown) => {
      const answer = nextMessage(child, file)
      child.send(question as object)
      return (await answer) as A
    },
    kill: () => void child.kill('SIGKILL'),
    end: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null) return resolve()
        child.once('exit', () => resolve())
        child.disconnect()
      }),
  }
}

function nextMessage(child: ChildProcess, file: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`${file} ended with ${code}`))
    child.once('exit', onExit)
    child.once('message', (message) => {
      child.off('exit', onExit)
      resolve(message)
    })
  })
}

/** The other side: says hello, answers questions, and ends when its parent disconnects. */
export function serveQuestions<Q>(
  hello: unknown,
  answer: (question: Q) => Promise<unknown>,
  close: () => Promise<void>,
): void {
  process.on('message', async (question) => {
    process.send?.((await answer(question as Q)) ?? null)
  })
  process.once('disconnect', async () => {
    await close()
    process.exit(0)
  })
  process.send?.(hello)
}
