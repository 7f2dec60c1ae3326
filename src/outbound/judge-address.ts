import { type IpAddress, readIpAddress } from './ip-address.ts'

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
export type JudgeAddress = (address: string) => string | null

/** Judges addresses as a socket would connect to them. `allow`: CIDRs that are exempt. */
export function makeJudgeAddress(allow: readonly string[]): JudgeAddress {
  const isExempt = makeIsIn(allow)
  const kinds = refused.map(([kind, networks]) => ({ kind, holds: makeIsIn(networks.split(' ')) }))
  const isGlobal = makeIsIn(['2000::/3'])
  const judge = (address: IpAddress): string | null => {
    if (isExempt(address)) return null
    const kind = kinds.find(({ holds }) => holds(address))?.kind
    if (kind !== undefined || address.bits === 32) return kind ?? null
    const inner = innerIPv4(address)
    if (inner !== null) return judge(inner)
    return isGlobal(address) ? null : 'a reserved address'
  }
  return (text) => {
    const address = readIpAddress(text.replace(/%.*$/, ''))
    return address ? judge(address) : 'no address'
  }
}

function makeIsIn(networks: readonly string[]): (address: IpAddress) => boolean {
  const starts = networks.map(readNetwork)
  return ({ bits, value }) => starts.some((one) => one.bits === bits && value >> one.free === one.start)
}

/** A network is the bits with which its addresses start, and how many bits behind these are free. */
function readNetwork(network: string): { bits: number; start: bigint; free: bigint } {
  const [text = '', prefix = ''] = network.split('/')
  const address = readIpAddress(text)
  if (!address || !/^\d+$/.test(prefix)) throw new Error(`${network} is no network`)
  const free = BigInt(address.bits - Number(prefix))
  return { bits: address.bits, start: address.value >> free, free }
}

/** IPv6 networks whose addresses lead to an IPv4 one, which stands so many bits before the end. */
const leading: readonly [string, bigint][] = [
  // Mapped and compatible (RFC 4291).
  ['::ffff:0:0/96', 0n],
  ['::/96', 0n],
  // NAT64 (RFC 6052); under a network's own prefix it cannot be told from other addresses.
  ['64:ff9b::/96', 0n],
  // 6to4 (RFC 3056).
  ['2002::/16', 80n],
]
const leads = leading.map(([network, behind]) => ({ holds: makeIsIn([network]), behind }))

/** The IPv4 address that an IPv6 one leads to. */
function innerIPv4(address: IpAddress): IpAddress | null {
  const found = leads.find(({ holds }) => holds(address))
  return found ? { bits: 32, value: (address.value >> found.behind) & 0xffff_ffffn } : null
}
