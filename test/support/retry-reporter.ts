import type { Reporter, TestModule } from 'vitest/node'

const allowedRetries = 1

/** Prints at the end of a run each test that was tried again, and how many; more than one fails the run. */
export class RetryReporter implements Reporter {
  onTestRunEnd(modules: readonly Pick<TestModule, 'children' | 'relativeModuleId'>[]): void {
    const titles = modules.flatMap(({ children, relativeModuleId }) =>
      [...children.allTests()]
        .filter((test) => (test.diagnostic()?.retryCount ?? 0) > 0)
        .map(({ fullName }) => `${relativeModuleId} > ${fullName}`),
    )
    if (titles.length === 0) return
    console.log(`Tried again: ${titles.length}, and ${allowedRetries} is allowed.`)
    for (const title of titles) console.log(`  ${title}`)
    if (titles.length <= allowedRetries) return
    console.log('The run fails for that: find out what these tests wait for.')
    process.exitCode = 1
  }
}
