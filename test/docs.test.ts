import { access, glob, readFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'
import { connectors } from '../connectors/index.ts'
import { configurationTable, settingNames } from '../scripts/configuration-table.ts'
import { commandTable } from '../src/cli/table.ts'
import { alertKinds } from '../src/core/hub-event-types.ts'
import { deliveryStatuses } from '../src/core/outcome.ts'
import { anchors, firstColumn, prose, readPage, readPages, root } from './support/markdown.ts'

const pages = await readPages()
const operations = (await readPage('docs/operations.md')).text
const manifest = JSON.parse(await readFile(`${root}package.json`, 'utf8')) as { scripts: Record<string, string> }

describe('the docs', () => {
  test('link to what is there, anchors included', async () => {
    const broken: string[] = []
    for (const { path, text } of pages) {
      for (const [, target = ''] of prose(text).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (!/^https?:/.test(target) && !(await isThere(path, target))) broken.push(`${path}: ${target}`)
      }
    }
    expect(broken).toEqual([])
  })

  test('lead from the README to every connector', async () => {
    const { text } = await readPage('README.md')
    const lost = connectors.filter(({ id }) => !text.includes(`(connectors/${id}/README.md)`))
    expect(lost.map(({ id }) => id)).toEqual([])
  })

  test('name files of this repository that exist', async () => {
    const named = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/`((?:src|test|scripts|connectors|actions|docs|lab)\/[\w./-]+\.\w+)`/g)].map(
        ([, file = '']) => ({ path, file }),
      ),
    )
    const missing: string[] = []
    for (const { path, file } of named) if (!(await exists(file))) missing.push(`${path}: ${file}`)
    expect(missing).toEqual([])
    expect(named.length).toBeGreaterThan(10)
  })

  test('name no path of one machine', () => {
    const paths = /(?<![\w.])\/(?:work|home|root|Users|tmp)\/[\w.-]*|\b[A-Z]:\\/g
    expect(pages.flatMap(({ path, text }) => [...text.matchAll(paths)].map(([hit]) => `${path}: ${hit}`))).toEqual([])
  })

  test('mention npm scripts that exist and start a file that is there', async () => {
    const mentioned = new Set(
      pages.flatMap(({ text }) =>
        [...text.matchAll(/\bnpm (?:run )?(start|test|(?<=run )[\w:]+)/g)].map(([, name = '']) => name),
      ),
    )
    for (const name of mentioned) {
      const script = manifest.scripts[name]
      expect(script, `npm run ${name}`).toBeDefined()
      const [, file] = /node (\S+\.ts)/.exec(script ?? '') ?? []
      if (file) expect(await exists(file), file).toBe(true)
    }
    expect(mentioned).toContain('hub')
  })

  test('call commands of the hub that exist', () => {
    const own = commandTable.map(({ name }) => name)
    const vendors = connectors.flatMap(({ id, commands, list }) =>
      [...Object.keys(commands ?? {}), ...(list ? ['resync'] : [])].map((name) => `${id} ${name}`),
    )
    const unknown = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/npm run hub -- ([a-z0-9]+)(?: ([a-z-]+))?/g)]
        .filter(([, first = '', second = '']) => !own.includes(first) && !vendors.includes(`${first} ${second}`))
        .map(([call]) => `${path}: ${call}`),
    )
    expect(unknown).toEqual([])
  })
})

describe('docs/architecture.md', () => {
  test('lists every table of the schema', async () => {
    const text = await readFile(`${root}docs/architecture.md`, 'utf8')
    const steps = await Promise.all(
      (await filesOf('src/journal/migrations/*.sql')).map((path) => readFile(root + path, 'utf8')),
    )
    const tables = steps.join('\n').matchAll(/^create table (?:if not exists )?hub\.(\w+)/gm)
    expect([...tables].flatMap(([, table]) => (text.includes(`\`${table}\``) ? [] : [table]))).toEqual([])
  })
})

describe('docs/operations.md', () => {
  test('says of each migration what an older hub does meanwhile', async () => {
    const numbers = (await filesOf('src/journal/migrations/*.sql')).map((path) => /(\d{4})_/.exec(path)?.[1] ?? path)
    // Two steps of one number merge without a conflict, and then no hub starts.
    expect(numbers.toSorted()).toEqual(numbers.map((_, index) => String(index + 1).padStart(4, '0')))
    const told = [...operations.matchAll(/^\| (`\d{4}`.*?) \|/gm)].flatMap(
      ([, cell = '']) => cell.match(/\d{4}/g) ?? [],
    )
    // From the first one that has a mark.
    expect(numbers.filter((number) => number > '0006' && !told.includes(number))).toEqual([])
    expect(told).toContain('0007')
  })

  test('lists the code of every error answer, and no other', async () => {
    const codes = new Set<string>()
    for (const file of ['src/app.ts', 'src/core/access.ts', ...(await filesOf('src/http/*.ts'))]) {
      for (const [, list = ''] of (await readFile(root + file, 'utf8')).matchAll(/code: ((?:'\w+'(?: \| )?)+)/g)) {
        for (const code of list.split(' | ')) codes.add(code.replaceAll("'", ''))
      }
    }
    // Zod's word for an issue of a schema's own, which is no answer.
    codes.delete('custom')
    expect(firstColumn(operations, 'HTTP answers').toSorted()).toEqual([...codes].toSorted())
  })

  test('says of every status what it means', () => {
    expect(firstColumn(operations, 'What each status means').toSorted()).toEqual([...deliveryStatuses].toSorted())
  })

  test('lists every alert, and no other', () => {
    expect(firstColumn(operations, 'Alerts').toSorted()).toEqual(Object.keys(alertKinds).toSorted())
  })

  test('says of every alert when it is over, or that nothing ends it', () => {
    const rows = [...operations.matchAll(/^\| `(hub\.alert\.\w+)` \|.*\| ([^|]+) \|$/gm)]
    const said = rows.flatMap(([, type = '', over = '']) =>
      type in alertKinds ? [[type, over === '–' ? 'fact' : 'state']] : [],
    )
    expect(Object.fromEntries(said)).toEqual(alertKinds)
  })

  test('lists every alert in the README of the connector that sends them', async () => {
    const { text } = await readPage('connectors/alerts/README.md')
    expect(Object.keys(alertKinds).filter((type) => !text.includes(`| \`${type}\` |`))).toEqual([])
  })

  test('lists every metric, and no other', async () => {
    const source = await readFile(`${root}src/http/metrics.ts`, 'utf8')
    const names = new Set([...source.matchAll(/\bbellhop_\w+/g)].map(([name]) => name))
    const listed = firstColumn(operations, 'Health and metrics').map((cell) => cell.replace(/\{.*/, ''))
    expect(listed.toSorted()).toEqual([...names].toSorted())
  })
})

describe('the configuration in the docs', () => {
  test('is that of the schemas', async () => {
    const { text } = await readPage('docs/configuration.md')
    expect(text, 'run: node scripts/configuration-doc.ts').toContain(`-->\n\n${configurationTable()}\n\n<!--`)
  })

  test('has every variable that the code names', async () => {
    const { text } = await readPage('docs/configuration.md')
    const files = await filesOf('{src,connectors}/**/*.ts')
    const named = new Set<string>()
    for (const file of files.filter((path) => !/\.test\.ts$/.test(path))) {
      const source = await readFile(root + file, 'utf8')
      for (const [name] of source.matchAll(
        /\b(?:HUB|OKTA|AUTH0|PRINT|RELAY|SLACK|KNOWBE4|PAGERDUTY|GITHUB|ZENDESK)_[A-Z0-9]+(?:_[A-Z0-9]+)*\b(?!_)/g,
      ))
        named.add(name)
    }
    // OKTA_EU is an example's prefix, OKTA_CLIENT that of the SDK's own variables, which the hub keeps from the SDK,
    // and OKTA_GROUP Okta's word for a kind of group. GITHUB_BUDGET_SECONDS and its like stand in the table under CONNECTOR_.
    const examples = /^OKTA_(EU(_.*)?|CLIENT|GROUP)$|^GITHUB_(BUDGET_SECONDS|DEDUPE_HOURS|REVOKE_ON_DENY)$/
    const missing = [...named].filter((name) => !examples.test(name) && !text.includes(`\`${name}\``))
    expect(missing).toEqual([])
    expect([...named]).toEqual(
      expect.arrayContaining(
        settingNames()
          .filter((name) => name.includes('_'))
          .slice(0, 1),
      ),
    )
  })
})

describe('a decision', () => {
  const decisions = pages.filter(({ path }) => /decisions\/\d{4}-/.test(path))

  test.each(decisions.map(({ path, text }) => [path, text]))('%s fits on a page and has its five parts', (_, text) => {
    const parts = [...text.matchAll(/^\*\*(\w+)\.\*\*/gm)].map(([, name]) => name)
    expect(parts).toEqual(['Status', 'Context', 'Decision', 'Drawbacks', 'Alternatives'])
    expect(text.length).toBeLessThan(4_000)
  })

  test('is numbered without a gap and listed', async () => {
    const { text } = await readPage('docs/decisions/README.md')
    const numbers = decisions.map(({ path }) => Number(/(\d{4})-/.exec(path)?.[1]))
    expect(numbers).toEqual(numbers.map((_, i) => i + 1))
    for (const { path } of decisions) expect(text).toContain(path.replace('docs/decisions/', ''))
  })
})

async function isThere(page: string, target: string): Promise<boolean> {
  const [file = '', anchor] = target.split('#')
  const path = file === '' ? page : normalize(join(dirname(page), file))
  if (!(await exists(path))) return false
  if (anchor === undefined) return true
  return anchors(await readFile(root + path, 'utf8')).includes(anchor)
}

async function exists(path: string): Promise<boolean> {
  return access(root + path).then(
    () => true,
    () => false,
  )
}

async function filesOf(pattern: string): Promise<string[]> {
  const files: string[] = []
  for await (const path of glob(pattern, { cwd: root })) files.push(path)
  return files
}
