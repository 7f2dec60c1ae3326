import { expect, test } from 'vitest'
import { AddressRefusedError } from '../src/core/errors.ts'
import { silentLog } from '../src/core/log.ts'
import { defaultSchedule } from '../src/core/schedule.ts'
import { makeHub } from '../src/hub.ts'
import type { Sql } from '../src/journal/sql/sql.ts'
import { makeOutboundGuard } from '../src/node/outbound-guard.ts'

const seconds = {
  outboundSeconds: 2,
  callSeconds: 300,
  leaseSeconds: 6,
  renewSeconds: 2,
  pollSeconds: 1,
  probeSeconds: 60,
}

test('a hub with a guard guards both ways out of each connector, by that connector’s own settings', async () => {
  const fetched: (typeof fetch)[] = []
  const connector = { id: 'badge', connect: (context: { fetch: typeof fetch }) => void fetched.push(context.fetch) }
  const hub = makeHub({
    sql: {} as Sql,
    connectors: [
      { id: 'one', connector, config: { BADGE_URL: 'http://127.0.0.1:1' } },
      { id: 'two', connector, config: {} },
    ],
    timing: { ...seconds, schedule: defaultSchedule },
    concurrency: 1,
    clock: { now: () => new Date() },
    log: silentLog,
    random: () => 0.5,
    guard: makeOutboundGuard({ allow: [] }),
  })
  const thrownBy = async (call: Promise<unknown>) => call.then(() => null).catch((thrown: unknown) => thrown)
  const run = { signal: new AbortController().signal, idempotencyKey: 'dlv_1' }
  const ends: unknown[] = []
  for (const [index, one] of hub.installed.entries()) {
    await one.client()
    ends.push(await thrownBy(one.http(run).get('http://127.0.0.1:1/')))
    ends.push(await thrownBy(fetched[index]?.('http://127.0.0.1:1/') ?? Promise.resolve()))
  }
  // No process listens at port 1: what is let through is refused by the machine, not by the guard.
  expect(ends.map((end) => end instanceof AddressRefusedError)).toEqual([false, false, true, true])
  expect(ends.every((end) => end instanceof Error)).toBe(true)
})
