import { lookup as resolveName } from 'node:dns'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { Agent as FetchAgent } from 'undici'
import { AddressRefusedError } from '../core/errors.ts'
import type { OutboundGuard } from '../outbound/guard.ts'
import { type JudgeAddress, makeJudgeAddress } from './refused-address.ts'

type GuardParts = {
  /** CIDRs that may be called all the same. */
  allow: readonly string[]
  /** The system's resolver, unless a test has another. */
  resolve?: Resolve
}

type Found = { address: string; family: number }

export type Resolve = (
  name: string,
  options: { all: true },
  done: (error: NodeJS.ErrnoException | null, found: Found[]) => void,
) => void

/**
 * Guards the very address that a socket connects to: a name is resolved once, judged and connected to as it was judged,
 * so that a second answer of its resolver changes nothing.
 */
export function makeOutboundGuard({ allow, resolve = resolveName as Resolve }: GuardParts): OutboundGuard {
  const judge = makeJudgeAddress(allow)
  const lookup = guardedLookup(resolve, judge)
  const settings = { keepAlive: true, timeout: 5000, lookup }
  const agents = { http: new HttpAgent(settings), https: new HttpsAgent(settings) }
  // Node's fetch takes the dispatcher of the package that it was built from; the types of the two differ by version.
  const dispatcher = new FetchAgent({ connect: { lookup } }) as unknown as NonNullable<RequestInit['dispatcher']>
  return {
    assertOpen(url) {
      // A URL's host is canonical: 2130706433, 0x7f.1 and 0177.0.0.1 all read 127.0.0.1 here.
      const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
      const kind = isIP(host) === 0 ? null : judge(host)
      if (kind !== null) throw refusal(host, `it is ${kind}`)
    },
    agents,
    fetch: (input, init) => fetch(input, { ...init, dispatcher }),
  }
}

function guardedLookup(resolve: Resolve, judge: JudgeAddress): LookupFunction {
  return (name, options, done) => {
    resolve(name, { ...options, all: true }, (error, found) => {
      if (error) return done(error, '', 0)
      const open = found.filter(({ address }) => judge(address) === null)
      const [first] = open
      if (first === undefined) return done(refusal(name, `it resolves to ${kindsOf(found, judge)}`), '', 0)
      if (options.all) return done(null, open)
      return done(null, first.address, first.family)
    })
  }
}

function kindsOf(found: readonly Found[], judge: JudgeAddress): string {
  return [...new Set(found.map(({ address }) => judge(address)))].join(' and ') || 'nothing'
}

/** The address that a name resolves to is not told: the text goes to whoever sent the name. */
function refusal(host: string, why: string): AddressRefusedError {
  return new AddressRefusedError(
    `${host} was not called: ${why}, and no setting of this connector names it. If it may be called, an operator adds its network to HUB_OUTBOUND_ALLOW.`,
  )
}
