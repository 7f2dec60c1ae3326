import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AccessRequest, Connector, Plan } from '../src/index.ts'
import { codeBlocks, readPage, root } from './support/markdown.ts'

const { text } = await readPage('README.md')
const blocks = codeBlocks(text, 'ts')
let folder = ''

/** A house beside this one, with the README's connectors where the README puts them. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bellhop-readme-'))
  await Promise.all([symlink(`${root}src`, `${folder}/src`), symlink(`${root}node_modules`, `${folder}/node_modules`)])
  for (const [index, code] of blocks.entries()) {
    await mkdir(`${folder}/connectors/example${index}`, { recursive: true })
    await writeFile(`${folder}/connectors/example${index}/index.ts`, code)
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

  test('shows connectors that compile under the project’s settings', async () => {
    expect(blocks).toHaveLength(2)
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

describe('the badge connector of the README', () => {
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

  test('answers access requests as its lines say', async () => {
    const { preapprove, validate, fields } = await load(1)
    const asked = (floor: string) =>
      ({ request: { fields: fields?.parse({ floor }) } as unknown as AccessRequest }) as never
    expect(await preapprove?.(asked('2'))).toEqual({ answer: 'approve' })
    expect(await preapprove?.(asked('3'))).toMatchObject({ answer: 'needs_approval' })
    expect(await validate?.(asked('9'))).toEqual({ answer: 'accept' })
    expect(await validate?.(asked('10'))).toMatchObject({ answer: 'reject' })
  })

  test('is off without its setting, and says in it what to set', async () => {
    for (const { config } of [await load(0), await load(1)]) {
      expect(config?.safeParse({}).success).toBe(false)
      expect(config?.shape.BADGE_URL?.description).toContain('https://')
    }
  })
})

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
