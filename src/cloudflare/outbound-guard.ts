import type { OutboundGuard } from '../outbound/guard.ts'
import { readIpAddress } from '../outbound/ip-address.ts'
import { makeJudgeAddress } from '../outbound/judge-address.ts'
import { byNetwork, hostOf, makeRefusal } from '../outbound/refuse-address.ts'
import { makeSendByFetch } from '../outbound/send-by-fetch.ts'

type GuardSettings = {
  /** CIDRs whose addresses may be called all the same. */
  allow: readonly string[]
  /** What calls in the end; left out: the runtime's. */
  via?: typeof fetch
}

/**
 * Guards calls by what stands in their address: a Worker does not see which address a name resolves to. So the address
 * itself is judged as on Node, and of the names those are refused that only a network inside can resolve.
 */
export function makeEdgeGuard({ allow, via = (input, init) => fetch(input, init) }: GuardSettings): OutboundGuard {
  const judge = makeJudgeAddress(allow)
  return {
    assertOpen(url) {
      const host = hostOf(url)
      const isNumber = readIpAddress(host) !== null
      const kind = isNumber ? judge(host) : judgeName(host)
      if (kind !== null) throw makeRefusal(host, `it is ${kind}`, isNumber ? byNetwork : bySetting)
    },
    send: makeSendByFetch(via),
    fetch: via,
  }
}

/** No network stands for a name that is not resolved here. */
const bySetting = 'If it may be called, its address belongs in a setting of the connector.'

/** Names that are resolved inside alone (RFC 6761, 6762 and 8375, and ICANN's of 2024). */
const insideNames = /(?:^|\.)(?:localhost|local|internal|home\.arpa)$/

/** What is refused about a name, in words; null: nothing. */
function judgeName(host: string): string | null {
  const name = host.replace(/\.+$/, '')
  if (insideNames.test(name)) return 'a name of a network inside'
  return name.includes('.') ? null : 'a name without a dot'
}
