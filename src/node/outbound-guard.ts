import { lookup as resolveName } from 'node:dns'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { Agent as FetchAgent } from 'undici'
import { AddressRefusedError } from '../core/errors.ts'
import type { OutboundGuard } from '../outbound/guard.ts'

type GuardSettings = {
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
export function makeOutboundGuard({ allow, resolve = resolveName as Resolve }: GuardSettings): OutboundGuard {
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
      if (kind !== null) throw makeRefusal(host, `it is ${kind}`)
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
      if (first === undefined) return done(makeRefusal(name, `it resolves to ${kindsOf(found, judge)}`), '', 0)
      if (options.all) return done(null, open)
      return done(null, first.address, first.family)
    })
  }
}

function kindsOf(found: readonly Found[], judge: JudgeAddress): string {
  return [...new Set(found.map(({ address }) => judge(address)))].join(' and ') || 'nothing'
}

/** Does not tell the address that a name resolves to: the sender of the name reads this text. */
function makeRefusal(host: string, why: string): AddressRefusedError {
  return new AddressRefusedError(
    `${host} was not called: ${why}, and no setting of this connector names it. If it may be called, an operator adds its network to HUB_OUTBOUND_ALLOW.`,
  )
}

/**
 * Networks that are not the internet's (IANA's registries of special-purpose addresses, RFC 6890 and after), with what
 * to call them. A cloud's metadata services lie in some of these, and 168.63.129.16 is Azure's in public space.
 */
const refused: readonly [string, string][] = [
  ['an address of no host', '0.0.0.0/8 ::/128'],
  ['a private address', '10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 fc00::/7 fec0::/10'],
  ['a loopback address', '127.0.0.0/8 ::1/128'],
  ['a link-local address', '169.254.0.0/16 fe80::/10'],
  ["an address of a cloud's own services", '168.63.129.16/32'],
  ['a multicast address', '224.0.0.0/4 ff00::/8'],
  [
    'a reserved address',
    '192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4 2001::/23 2001:db8::/32 3fff::/20',
  ],
]

/** What is refused about an address, in words; null: nothing. */
type JudgeAddress = (address: string) => string | null

/** Judges addresses as a socket would connect to them. `allow`: CIDRs that are exempt. */
export function makeJudgeAddress(allow: readonly string[]): JudgeAddress {
  const exempt = makeBlockList(allow)
  const lists = refused.map(([kind, networks]) => ({ kind, list: makeBlockList(networks.split(' ')) }))
  const global = makeBlockList(['2000::/3'])
  const judge = (address: string): string | null => {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (isIP(address) === 0) return 'no address'
    if (exempt.check(address, family)) return null
    const kind = lists.find(({ list }) => list.check(address, family))?.kind
    if (kind !== undefined || family === 'ipv4') return kind ?? null
    const inner = innerIPv4(address)
    if (inner !== null) return judge(inner)
    return global.check(address, 'ipv6') ? null : 'a reserved address'
  }
  return (address) => judge(address.replace(/%.*$/, ''))
}

function makeBlockList(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix] = network.split('/')
    list.addSubnet(address, Number(prefix), isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}

/**
 * The IPv4 address that an IPv6 one leads to: mapped and compatible (RFC 4291), NAT64 (RFC 6052) and 6to4 (RFC 3056).
 * NAT64 under a network's own prefix cannot be told from other addresses.
 */
function innerIPv4(address: string): string | null {
  const words = wordsOf(address)
  const starts = (...prefix: number[]) => prefix.every((word, i) => words[i] === word)
  const at = (i: number) => [words[i] ?? 0, words[i + 1] ?? 0].flatMap((word) => [word >> 8, word & 255]).join('.')
  if (starts(0, 0, 0, 0, 0, 0xffff) || starts(0, 0, 0, 0, 0, 0)) return at(6)
  if (starts(0x64, 0xff9b, 0, 0, 0, 0)) return at(6)
  return starts(0x2002) ? at(1) : null
}

/** The eight words of an IPv6 address in any spelling: a URL's host is the canonical one. */
function wordsOf(address: string): number[] {
  const parts = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const [head = [], tail = []] = parts.map((part) =>
    part
      .split(':')
      .filter(Boolean)
      .map((word) => Number.parseInt(word, 16)),
  )
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}
