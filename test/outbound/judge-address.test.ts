import { BlockList, isIP, isIPv6 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readIpAddress } from '../../src/outbound/ip-address.ts'
import { makeJudgeAddress } from '../../src/outbound/judge-address.ts'

const judge = makeJudgeAddress([])

const inside = [
  ...['0.0.0.0', '10.0.0.1', '100.64.0.1', '100.100.100.200', '127.0.0.1', '127.255.255.254', '169.254.169.254'],
  ...['172.16.0.1', '172.31.255.255', '192.168.1.1', '192.0.0.192', '198.18.0.1', '203.0.113.9', '224.0.0.1'],
  ...['239.255.255.255', '255.255.255.255', '168.63.129.16'],
]
const outside = [
  '1.1.1.1',
  '8.8.8.8',
  '100.63.255.255',
  '100.128.0.1',
  '172.15.0.1',
  '172.32.0.1',
  '193.0.0.1',
  '223.255.255.1',
]

/** The IPv6 addresses through which an IPv4 one is reached, each in two spellings. */
function formsOf(address: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
  const hex = [(a << 8) | b, (c << 8) | d].map((word) => word.toString(16)).join(':')
  return [
    `::ffff:${address}`,
    `::FFFF:${hex}`,
    `0:0:0:0:0:ffff:${address}`,
    `64:ff9b::${address}`,
    `64:ff9b::${hex}`,
    `2002:${hex}::`,
    `2002:${hex}:0:1::1`,
  ]
}

describe('an address inside', () => {
  test.each(inside)('%s is refused, and so is every form of it', (address) => {
    for (const each of [address, ...formsOf(address)]) expect(judge(each), each).toMatch(/address/)
  })

  test.each([
    ...['::', '::1', 'fe80::1', 'fe80::1%eth0', 'fd00:ec2::254', 'fc00::1', 'ff02::1', 'fec0::1'],
    ...['2001:db8::1', '2001::1', '64:ff9b:1::1', '100::1', '::ffff:0:8.8.8.8', '5f00::1', 'no-address', ''],
  ])('%j is refused', (address) => {
    expect(judge(address)).toMatch(/address/)
  })

  test('has a name that an operator knows', () => {
    expect(['10.1.1.1', '127.0.0.1', '::1', 'fd00:ec2::254', '::ffff:169.254.169.254'].map(judge)).toEqual([
      'a private address',
      'a loopback address',
      'a loopback address',
      'a private address',
      'a link-local address',
    ])
  })
})

describe('an address outside', () => {
  test.each(outside)('%s is open, and so is every form of it', (address) => {
    for (const each of [address, ...formsOf(address)]) expect(judge(each), each).toBeNull()
  })

  test.each(['2606:4700:4700::1111', '2a00:1450:4001:82a::200e', '2001:4860:4860::8888'])('%s is open', (address) => {
    expect(judge(address)).toBeNull()
  })
})

describe('networks that are allowed', () => {
  const lenient = makeJudgeAddress(['10.20.0.0/16', 'fd12:3456::/32', '127.0.0.1/32'])

  test.each(['10.20.3.4', '::ffff:10.20.3.4', '64:ff9b::10.20.3.4', 'fd12:3456::7', '127.0.0.1'])(
    'open %s',
    (address) => {
      expect(lenient(address)).toBeNull()
    },
  )

  test.each(['10.21.0.1', '::ffff:10.21.0.1', 'fd12:3457::7', '127.0.0.2', '::1'])('leave %s refused', (address) => {
    expect(lenient(address)).not.toBeNull()
  })
})

describe('whatever the address', () => {
  const word = fc.integer({ min: 0, max: 0xffff }).map((each) => each.toString(16))

  test('a form of an IPv4 address is judged as that address is', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        for (const form of formsOf(address)) expect(judge(form), form).toBe(judge(address))
      }),
    )
  })

  test('every spelling of an IPv6 address is judged alike', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 8, maxLength: 8 }), (words) => {
        const full = words.map((each) => each.padStart(4, '0')).join(':')
        const canonical = new URL(`http://[${full}]`).hostname.slice(1, -1)
        expect(isIPv6(canonical)).toBe(true)
        expect([judge(full), judge(full.toUpperCase()), judge(words.join(':'))]).toEqual(
          Array(3).fill(judge(canonical)),
        )
      }),
    )
  })

  test('outside 2000::/3 nothing is open but what leads to an open IPv4 address', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffff }),
        fc.array(word, { minLength: 7, maxLength: 7 }),
        (first, rest) => {
          fc.pre(first >> 13 !== 1 && first !== 0 && first !== 0x64)
          expect(judge(`${first.toString(16)}:${rest.join(':')}`)).not.toBeNull()
        },
      ),
    )
  })

  test('it is read as an address where Node reads one, and nowhere else', () => {
    const nearly = fc.stringMatching(/^[0-9a-f:.]{0,20}$/)
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.ipV4Extended(), nearly), (text) => {
        expect(readIpAddress(text)?.bits ?? 0, text).toBe({ 0: 0, 4: 32, 6: 128 }[isIP(text)])
      }),
    )
    for (const text of [
      '01.2.3.4',
      '1.2.3',
      '1.2.3.4.5',
      '256.1.1.1',
      '::1]/',
      '::1]@a',
      '[::1]',
      ' ::1',
      ':',
      '1::2::3',
    ]) {
      expect(readIpAddress(text), text).toBeNull()
    }
  })

  test('a network holds the addresses that Node’s BlockList finds in it', () => {
    const network = fc
      .tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.ipV4())
      .map(([start, prefix, address]) => ({ start, prefix, address, family: 'ipv4' as const }))
    const network6 = fc
      .tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }), fc.ipV6())
      .map(([start, prefix, address]) => ({ start, prefix, address, family: 'ipv6' as const }))
    fc.assert(
      fc.property(fc.oneof(network, network6), fc.boolean(), ({ start, prefix, address, family }, isStart) => {
        const asked = isStart ? start : address
        const list = new BlockList()
        list.addSubnet(start, prefix, family)
        // What is open without the exemption tells nothing of it.
        fc.pre(judge(asked) !== null)
        // An IPv6 address that leads to an IPv4 one is judged by that one too.
        const isIn = list.check(asked, family)
        if (family === 'ipv4') expect(makeJudgeAddress([`${start}/${prefix}`])(asked) === null).toBe(isIn)
        else if (isIn) expect(makeJudgeAddress([`${start}/${prefix}`])(asked)).toBeNull()
      }),
    )
  })
})
