import { userInfo } from 'node:os'
import { systemClock } from '../core/clock.ts'
import { writeHost } from '../core/listen-host.ts'
import type { Log } from '../core/log.ts'
import type { Journal } from '../journal/index.ts'
import { writeLinkAddress } from '../signin/link-paths.ts'
import { linkMinutes, makeLink } from '../signin/make-link.ts'

type Offer = { journal: Journal; log: Log; host: string; port: number }

/** Prints a link by which to sign in, where a person at a terminal has started the hub: no log ever holds one. */
export async function offerLink({ journal, log, host, port }: Offer): Promise<void> {
  if (!process.stdout.isTTY || !process.stderr.isTTY) return
  const account = userInfo().username
  const maker = { actor: account, account, role: 'admin', way: 'cli', person: null } as const
  try {
    const { text } = await makeLink({ journal, clock: systemClock }, maker, { reason: null })
    const address = writeLinkAddress(`http://${writeHost(host)}:${port}`, { kind: 'link', text })
    process.stderr.write(`Sign in once, within ${linkMinutes} minutes: ${address}\n`)
  } catch (err) {
    log.warn({ err }, 'No link to sign in by was made: "npm run hub -- console" makes one')
  }
}
