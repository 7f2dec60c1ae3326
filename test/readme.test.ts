import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Connector, invoke, type Plan } from '../src/index.ts'
import { codeBlocks, readPage, root } from './support/markdown.ts'

const { text } = await readPage('README.md')
const contract = (await readPage('docs/contract.md')).text
const examples = codeBlocks(contract, 'ts')
/** The contract's connector that keeps people in step, the README's that answers requests, and the contract's test of it. */
const blocks = [
  examples.find((code) => code.includes('sync: {')) ?? '',
  codeBlocks(text, 'ts')[0] ?? '',
  examples.find((code) => code.includes("from 'vitest'")) ?? '',
]
let folder = ''

/** A house beside this one, with the connectors of the README and the contract where they put them. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bellhop-readme-'))
  await Promise.all([symlink(`${root}src`, `${folder}/src`), symlink(`${root}node_modules`, `${folder}/node_modules`)])
  const files = ['example0/index.ts', 'example1/index.ts', 'example1/badge.test.ts']
  for (const [index, code] of blocks.entries()) {
    await mkdir(`${folder}/connectors/example${index}`, { recursive: true })
    await writeFile(`${folder}/connectors/${files[index] ?? `example${index}/index.ts`}`, code)
  }
  await writeFile(`${folder}/package.json`, '{ "type": "module" }')
  await writeFile(
    `${folder}/tsconfig.json`,
    JSON.stringify({ extends: `${root}tsconfig.json`, include: ['connectors'] }),
  )
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the README', () => {
  test('shows the first command by line 15', () => {
    const line = text.split('\n').findIndex((each) => each.startsWith('npm ')) + 1
    expect(line).toBeGreaterThan(0)
    expect(line).toBeLessThanOrEqual(15)
  })

  test('is a first page: about 150 lines, and one connector', () => {
    expect(text.split('\n').length).toBeLessThanOrEqual(160)
    expect(codeBlocks(text, 'ts')).toHaveLength(1)
  })

  test('says in its order what it is, whether to use it, how to see, connect, run and extend it', () => {
    expect([...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)).toEqual([
      'Should you use it?',
      'See it work',
      'Try it with your own hub, no accounts',
      'Connect Okta and Auth0',
      'Request platforms',
      'What is bundled',
      'Operate',
      'Deploy',
      'Write a connector',
      'Guarantees',
      'Read on',
    ])
  })

  test('shows connectors that compile under the project’s settings, and so does the contract', async () => {
    expect(blocks.filter((code) => code === '')).toEqual([])
    const { ok, output } = await run('tsc', ['--project', folder])
    expect(output).toBe('')
    expect(ok).toBe(true)
  })

  test('has a compiler that would notice a mistake in them', async () => {
    const wrong = join(folder, 'wrong')
    await mkdir(`${wrong}/connectors/badge`, { recursive: true })
    await symlink(`${root}src`, `${wrong}/src`)
    const code = (blocks[0] ?? '').replace("'user.lifecycle.*'", "'user.lifecycle.explode'")
    await writeFile(`${wrong}/connectors/badge/index.ts`, code)
    await writeFile(
      `${wrong}/tsconfig.json`,
      JSON.stringify({ extends: `${root}tsconfig.json`, include: ['connectors'] }),
    )
    const { ok, output } = await run('tsc', ['--project', wrong])
    expect(ok).toBe(false)
    expect(output).toContain('user.lifecycle.explode')
  })
})

describe('the badge connector of the README and the contract', () => {
  const target = 'https://badges.example.com/badges/00u1'

  test('switches off the badge of a person who is denied, and nobody else’s', async () => {
    const badges = new Map([[target, { active: true }]])
    const { sync } = await load(0)
    const context = (access: string) =>
      ({
        config: { BADGE_URL: 'https://badges.example.com' },
        person: { authorityId: '00u1', state: { access } },
        http: {
          get: async (url: string) => ({ status: 200, headers: {}, body: badges.get(url) ?? null }),
          put: async (url: string, body: { active: boolean }) => badges.set(url, body),
        },
      }) as never
    const plan = (access: string): Promise<Plan> => Promise.resolve(sync?.plan(context(access)) ?? { changes: [] })

    expect((await plan('allow')).changes).toEqual([])
    const { changes } = await plan('deny')
    expect(changes).toEqual([expect.objectContaining({ direction: 'deny', action: 'switch_off', target })])
    await sync?.apply({ ...(context('deny') as object), change: changes[0] } as never)
    expect(badges.get(target)).toEqual({ active: false })
    const again = await plan('deny')
    expect(again.changes).toEqual([])
    expect(again.sightings).toEqual([{ kind: 'link', value: target }])
  })

  test('gives, takes and judges access as its lines say, over real HTTP', async () => {
    await using system = await startBadgeSystem()
    const badge = await load(1)
    const config = { BADGE_URL: system.url }
    const asked = (floor: string) => ({
      request: { subject: { email: 'lena@example.com' }, fields: [{ prompt: 'Floor', response: floor }] },
    })
    await invoke(badge, 'provision', asked('7'), { config })
    await invoke(badge, 'provision', asked('7'), { config })
    expect([...system.access]).toEqual([['/access/lena@example.com', { floor: 7 }]])
    await invoke(badge, 'deprovision', asked('7'), { config })
    await invoke(badge, 'deprovision', { ...asked('7'), person: null }, { config })
    expect(system.access.size).toBe(0)

    expect(await invoke(badge, 'preapprove', asked('2'), { config })).toEqual({ answer: 'approve' })
    expect(await invoke(badge, 'preapprove', asked('3'), { config })).toMatchObject({ answer: 'needs_approval' })
    expect(await invoke(badge, 'validate', asked('9'), { config })).toEqual({ answer: 'accept' })
    expect(await invoke(badge, 'validate', asked('10'), { config })).toMatchObject({ answer: 'reject' })
    await expect(invoke(badge, 'validate', asked('the roof'), { config })).rejects.toThrow('"floor" is not a number')
  })

  test('has a test beside it that passes, and that notices a tenth floor', async () => {
    await writeFile(`${folder}/vitest.config.ts`, "export default { test: { include: ['connectors/*/*.test.ts'] } }\n")
    const right = await run('vitest', ['run', '--root', folder])
    expect(right, right.output).toMatchObject({ ok: true, output: expect.stringContaining('1 passed') })
    const index = `${folder}/connectors/example1/index.ts`
    await writeFile(index, (blocks[1] ?? '').replace('floor < 10', 'floor < 11'))
    expect(await run('vitest', ['run', '--root', folder])).toMatchObject({ ok: false })
    await writeFile(index, blocks[1] ?? '')
  }, 120_000)

  test('is off without its setting, and says in it what to set', async () => {
    for (const { config } of [await load(0), await load(1)]) {
      expect(config?.safeParse({}).success).toBe(false)
      expect(config?.shape.BADGE_URL?.description).toContain('https://')
    }
  })
})

/** What the example calls: a PUT is access, and a DELETE takes it away, whether it is there or not. */
async function startBadgeSystem() {
  const access = new Map<string, unknown>()
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    if (request.method === 'PUT') access.set(String(request.url), JSON.parse(Buffer.concat(chunks).toString()))
    if (request.method === 'DELETE') access.delete(String(request.url))
    response.writeHead(204).end()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  return {
    access,
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function load(index: number): Promise<Connector> {
  const loaded = (await import(pathToFileURL(`${folder}/connectors/example${index}/index.ts`).href)) as {
    default: Connector
  }
  return loaded.default
}

function run(program: string, args: string[]): Promise<{ ok: boolean; output: string }> {
  return new Promise((resolve) => {
    execFile(`${root}node_modules/.bin/${program}`, args, (error, stdout, stderr) => {
      resolve({ ok: error === null, output: `${stdout}${stderr}`.trim() })
    })
  })
}
