import { createServer, type Server } from 'node:http'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { AddressRefusedError, PermanentError } from '../../src/core/errors.ts'
import { makeOutboundGuard, type Resolve } from '../../src/node/outbound-guard.ts'
import { makeOutbound } from '../../src/outbound/outbound.ts'

let server: Server
let port = 0
let asked: string[] = []

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(String(request.url))
    // Each call has a connection of its own, and its name is resolved anew.
    response.writeHead(200, { connection: 'close' }).end('{"ok":true}')
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

/** A resolver that gives these answers, one after the other, then the last one for ever. */
function answering(...answers: string[][]): { resolve: Resolve; names: string[] } {
  const names: string[] = []
  const resolve: Resolve = (name, _options, done) => {
    const answer = answers[Math.min(names.length, answers.length - 1)] ?? []
    names.push(name)
    done(
      null,
      answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
  return { resolve, names }
}

type Options = { allow?: string[]; resolve?: Resolve; config?: Record<string, unknown> }

/** The two ways out of a connector, as one: what comes back, or what was thrown. */
function waysOut({ allow = [], resolve, config = {} }: Options) {
  const guard = makeOutboundGuard({ allow, ...(resolve ? { resolve } : {}) })
  const outbound = makeOutbound({ timeoutSeconds: 2, clock: { now: () => new Date() }, guard })(config)
  const { signal } = new AbortController()
  const http = outbound.http({ signal, idempotencyKey: 'dlv_1' })
  return {
    http: (url: string) =>
      http.get(url).then(
        ({ status }) => status,
        (thrown: Error) => thrown,
      ),
    fetch: (url: string) =>
      outbound.fetch(url).then(
        ({ status }) => status,
        (thrown: Error) => thrown,
      ),
  }
}

describe.each(['http', 'fetch'] as const)('by %s', (way) => {
  test('a loopback address is refused, with what an operator can do', async () => {
    const thrown = await waysOut({})[way](`http://127.0.0.1:${port}/secret-path`)
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
    expect(await waysOut({})[way](`http://${host}:${port}/`)).toBeInstanceOf(AddressRefusedError)
    expect(asked).toEqual([])
  })

  test('a name that resolves inside is refused, and the address it has is not told', async () => {
    const { resolve } = answering(['10.1.2.3'])
    const thrown = await waysOut({ resolve })[way](`http://db.example.com:${port}/`)
    expect(String(thrown)).toMatch(/db\.example\.com was not called: it resolves to a private address/)
    expect(String(thrown)).not.toContain('10.1.2.3')
  })

  test('the system’s own resolver is guarded too', async () => {
    expect(await waysOut({})[way](`http://localhost:${port}/`)).toBeInstanceOf(AddressRefusedError)
    expect(asked).toEqual([])
  })

  test('a name that resolves otherwise the second time is refused the second time', async () => {
    const { resolve, names } = answering(['127.0.0.1'], ['127.0.0.2'])
    const out = waysOut({ resolve, allow: ['127.0.0.1/32'] })
    expect(await out[way](`http://rebind.example.com:${port}/first`)).toBe(200)
    expect(await out[way](`http://rebind.example.com:${port}/second`)).toBeInstanceOf(AddressRefusedError)
    expect(asked).toEqual(['/first'])
    // One resolution for each connection: there is no second one in which another address could come.
    expect(names).toHaveLength(2)
  })

  test('of several addresses only an open one is connected to', async () => {
    const { resolve } = answering(['10.0.0.1', '127.0.0.1', 'fd00::1'])
    expect(await waysOut({ resolve, allow: ['127.0.0.0/8'] })[way](`http://many.example.com:${port}/`)).toBe(200)
  })

  test('an origin in the connector’s own settings is called, at another port it is not', async () => {
    const out = waysOut({ config: { BADGE_URL: `http://127.0.0.1:${port}/api` } })
    expect(await out[way](`http://127.0.0.1:${port}/api/people`)).toBe(200)
    expect(await out[way](`http://127.0.0.1:${port + 1}/`)).toBeInstanceOf(AddressRefusedError)
    expect(await out[way](`http://localhost:${port}/`)).toBeInstanceOf(AddressRefusedError)
  })

  test('a network that an operator allowed is called', async () => {
    expect(await waysOut({ allow: ['127.0.0.0/8'] })[way](`http://127.0.0.1:${port}/`)).toBe(200)
  })

  test('a connection that was made without the guard serves no guarded call', async () => {
    const keeping = createServer((_, response) => response.end('{}')).listen(0, '127.0.0.1')
    await new Promise((resolve) => keeping.once('listening', resolve))
    const address = keeping.address()
    const url = `http://localhost:${typeof address === 'object' ? address?.port : ''}/`
    const free = waysOut({ config: { BADGE_URL: url } })
    expect(await free[way](url)).toBe(200)
    expect(await waysOut({})[way](url)).toBeInstanceOf(AddressRefusedError)
    keeping.closeAllConnections()
    keeping.close()
  })

  test('no number for a host leads inside, however it is written', async () => {
    const out = waysOut({})
    const loopback = fc.integer({ min: 0x7f000000, max: 0x7fffffff })
    const spelt = fc.tuple(loopback, fc.constantFrom('dec', 'hex', 'oct', 'parts', 'short')).map(([n, how]) => {
      const [a, b, c, d] = [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]
      if (how === 'dec') return String(n)
      if (how === 'hex') return `0x${n.toString(16)}`
      if (how === 'oct') return `0${n.toString(8)}`
      return how === 'short' ? `0x${a.toString(16)}.${n & 0xffffff}` : `${a}.0${b.toString(8)}.0x${c.toString(16)}.${d}`
    })
    await fc.assert(
      fc.asyncProperty(spelt, async (host) => {
        expect(await out[way](`http://${host}:${port}/`)).toBeInstanceOf(AddressRefusedError)
      }),
    )
    expect(asked).toEqual([])
  })
})
