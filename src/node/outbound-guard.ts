import { lookup as resolveName } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import type { WorkScope } from '../core/work-scope.ts'
import type { OutboundGuard } from '../outbound/guard.ts'
import { type JudgeAddress, makeJudgeAddress } from '../outbound/judge-address.ts'
import { hostOf, makeRefusal } from '../outbound/refuse-address.ts'
import { makeSendByGot } from '../outbound/send-by-got.ts'
import { makeKeptConnections } from './kept-connections.ts'

type GuardSettings = {
  /** CIDRs that may be called all the same. */
  allow: readonly string[]
  /** The system's resolver, unless a test has another. */
  resolve?: Resolve
  /** Whose leases bound the writes. */
  scope?: WorkScope
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
export function makeOutboundGuard({ allow, resolve = resolveName as Resolve, scope }: GuardSettings): OutboundGuard {
  const judge = makeJudgeAddress(allow)
  const connections = makeKeptConnections({ lookup: guardedLookup(resolve, judge), ...(scope ? { scope } : {}) })
  return {
    assertOpen(url) {
      const host = hostOf(url)
      const kind = isIP(host) === 0 ? null : judge(host)
      if (kind !== null) throw makeRefusal(host, `it is ${kind}`)
    },
    send: makeSendByGot(connections),
    fetch: connections.fetch,
  }
}

function guardedLookup(resolve: Resolve, judge: JudgeAddress): LookupFunction {
  return (name, options, done) => {
    resolve(name, { ...options, all: true }, (error, found) => {
      if (error) return done(error, '', 0)
      const open = found.filter(({ address }) => judge(address) === null)
      const [first] = open
      if (first === undefined) return done(makeRefusal(name, `it resolves to ${kindsOf(found, judge)}`), '', 0)
      if (options.all) return done(null, open)
      return done(null, first.address, first.family)
    })
  }
}

function kindsOf(found: readonly Found[], judge: JudgeAddress): string {
  return [...new Set(found.map(({ address }) => judge(address)))].join(' and ') || 'nothing'
}
