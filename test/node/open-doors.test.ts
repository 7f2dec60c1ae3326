import { Hono } from 'hono'
import { afterEach, expect, test } from 'vitest'
import { type Door, openDoors } from '../../src/node/open-doors.ts'

let opened: ReturnType<typeof openDoors> = []
afterEach(() => Promise.all(opened.map((server) => new Promise((resolve) => server.close(resolve)))))

const answering = (text: string) => new Hono().get('/', (c) => c.text(text))

/** Opens doors, and says their ports, or which of them could not be opened. */
const open = (doors: readonly Door[]) =>
  new Promise<{ ports: number[] } | { failed: Door }>((resolve) => {
    opened = openDoors(doors, {
      host: '127.0.0.1',
      onOpen: (addresses) => resolve({ ports: addresses.map(({ port }) => port) }),
      onError: (_error, failed) => resolve({ failed }),
    })
  })

test('two doors answer at two ports, each what is its own', async () => {
  const both = await open([
    { app: answering('inside'), port: 0 },
    { app: answering('vendors'), port: 0 },
  ])
  if (!('ports' in both)) throw new Error('They did not open.')
  const texts = both.ports.map(async (port) => (await fetch(`http://127.0.0.1:${port}/`)).text())
  expect(await Promise.all(texts)).toEqual(['inside', 'vendors'])
})

test('a door whose predecessor cannot be opened stays shut', async () => {
  const taken = await open([{ app: answering('other'), port: 0 }])
  const port = 'ports' in taken ? (taken.ports[0] ?? 0) : 0
  const before = opened
  const inside = { app: answering('inside'), port }
  expect(await open([inside, { app: answering('vendors'), port: 0 }])).toEqual({ failed: inside })
  expect(opened).toHaveLength(1)
  opened = before
})
