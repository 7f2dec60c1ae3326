import { createServer, type Server } from 'node:http'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { makeEdgeGuard } from '../../src/cloudflare/outbound-guard.ts'
import { AddressRefusedError, PermanentError } from '../../src/core/errors.ts'
import { makeOutbound } from '../../src/outbound/outbound.ts'

let server: Server
let port = 0
let asked: string[] = []

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(String(request.url))
    response.end('{"ok":true}')
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  port = typeof address === 'object' ? (address?.port ?? 0) : 0
})

afterEach(() => {
  asked = []
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

type Options = { allow?: string[]; via?: typeof fetch; config?: Record<string, unknown> }

/** The two ways out of a connector, as one: what comes back, or what was thrown. */
function waysOut({ allow = [], via, config = {} }: Options = {}) {
  const guard = makeEdgeGuard({ allow, ...(via ? { via } : {}) })
  const outbound = makeOutbound({ timeoutSeconds: 2, clock: { now: () => new Date() }, guard })(config)
  const http = outbound.http({ signal: new AbortController().signal, idempotencyKey: 'dlv_1' })
  const outcome = (answer: Promise<{ status: number }>) =>
    answer.then(
      ({ status }) => status,
      (thrown: Error) => thrown,
    )
  return {
    http: (url: string) => outcome(http.get(url)),
    fetch: (url: string) => outcome(outbound.fetch(url)),
  }
}

/** Stands in for the internet, which a test does not call. */
const answering: typeof fetch = async () => new Response('{}')

describe.each(['http', 'fetch'] as const)('by %s', (way) => {
  test('a loopback address is refused, with what an operator can do', async () => {
    const thrown = await waysOut()[way](`http://127.0.0.1:${port}/secret-path`)
    expect(thrown).toBeInstanceOf(PermanentError)
    expect(String(thrown)).toMatch(/127\.0\.0\.1 was not called: it is a loopback address.*HUB_OUTBOUND_ALLOW/)
    expect(String(thrown)).not.toContain('secret-path')
    expect(asked).toEqual([])
  })

  test.each([
    ...['2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '017700000001', '127.1', '127.0.1', '0', '127.0.0.1.'],
    ...['[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:0:0:1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]'],
    ...['%31%32%37.0.0.1', '１２７.0.0.1', '127。0。0。1'],
  ])('it is refused in the spelling %s', async (host) => {
    expect(await waysOut()[way](`http://${host}:${port}/`)).toBeInstanceOf(AddressRefusedError)
    expect(asked).toEqual([])
  })

  test.each(['10.1.2.3', '192.168.0.9', '169.254.169.254', '[fd00:ec2::254]', '100.100.100.200', '168.63.129.16'])(
    'the private or metadata address %s is refused',
    async (host) => {
      expect(await waysOut({ via: answering })[way](`http://${host}/latest`)).toBeInstanceOf(AddressRefusedError)
    },
  )

  test.each([
    ...['localhost', 'LOCALHOST', 'localhost.', 'db.localhost', 'a.b.localhost.', 'ｌｏｃａｌｈｏｓｔ', 'loc%61lhost'],
    ...['printer.local', 'metadata.google.internal', 'nas.home.arpa'],
  ])('%s is refused as a name of a network inside, whose way in is a setting', async (host) => {
    const thrown = await waysOut({ via: answering })[way](`http://${host}/secret-path`)
    expect(thrown).toBeInstanceOf(AddressRefusedError)
    expect(String(thrown)).toMatch(/it is a name of a network inside.*belongs in a setting/)
    expect(String(thrown)).not.toMatch(/secret-path|HUB_OUTBOUND_ALLOW/)
  })

  test.each(['db', 'db.', 'kubernetes', 'xn--mnchen-3ya'])('%s is refused as a name without a dot', async (host) => {
    expect(String(await waysOut({ via: answering })[way](`http://${host}/`))).toMatch(/it is a name without a dot/)
  })

  test.each([
    'badge.example.com',
    'localhost.example.com',
    'internal.example.com',
    'local.example',
    '8.8.8.8',
    '[2606:4700::1111]',
  ])('%s is called', async (host) => {
    expect(await waysOut({ via: answering })[way](`https://${host}/`)).toBe(200)
  })

  test('a name is called whatever it resolves to: that is Node’s guard alone', async () => {
    const seen: string[] = []
    const via: typeof fetch = async (input) => {
      seen.push(String(input))
      return new Response('{}')
    }
    expect(await waysOut({ via })[way]('https://resolves-inside.example.com/')).toBe(200)
    expect(seen).toEqual(['https://resolves-inside.example.com/'])
  })

  test('an origin in the connector’s own settings is called, at another port it is not', async () => {
    const out = waysOut({ config: { BADGE_URL: `http://127.0.0.1:${port}/api`, DB_URL: `http://localhost:${port}` } })
    expect(await out[way](`http://127.0.0.1:${port}/api/people`)).toBe(200)
    expect(await out[way](`http://localhost:${port}/`)).toBe(200)
    expect(await out[way](`http://127.0.0.1:${port + 1}/`)).toBeInstanceOf(AddressRefusedError)
    expect(await out[way](`http://localhost:${port + 1}/`)).toBeInstanceOf(AddressRefusedError)
  })

  test('a network that an operator allowed is called, a name of that network is not', async () => {
    const out = waysOut({ allow: ['127.0.0.0/8'] })
    expect(await out[way](`http://127.0.0.1:${port}/`)).toBe(200)
    expect(await out[way](`http://localhost:${port}/`)).toBeInstanceOf(AddressRefusedError)
  })

  test('no number for a host leads inside, however it is written', async () => {
    const out = waysOut({ via: answering })
    const inside = fc.oneof(
      fc.integer({ min: 0x7f000000, max: 0x7fffffff }),
      fc.integer({ min: 0x0a000000, max: 0x0affffff }),
      fc.integer({ min: 0xa9fe0000, max: 0xa9feffff }),
    )
    const spelt = fc.tuple(inside, fc.constantFrom('dec', 'hex', 'oct', 'parts', 'short', 'mapped')).map(([n, how]) => {
      const [a, b, c, d] = [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]
      if (how === 'dec') return String(n)
      if (how === 'hex') return `0x${n.toString(16)}`
      if (how === 'oct') return `0${n.toString(8)}`
      if (how === 'mapped') return `[::ffff:${(n >>> 16).toString(16)}:${(n & 0xffff).toString(16)}]`
      return how === 'short' ? `0x${a.toString(16)}.${n & 0xffffff}` : `${a}.0${b.toString(8)}.0x${c.toString(16)}.${d}`
    })
    await fc.assert(
      fc.asyncProperty(spelt, async (host) => {
        expect(await out[way](`http://${host}/`)).toBeInstanceOf(AddressRefusedError)
      }),
    )
  })
})
