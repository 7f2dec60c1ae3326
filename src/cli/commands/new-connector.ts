import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { findIdOwner } from '../../config/connector-ids.ts'
import type { CliCommand } from '../terminal/command.ts'
import { readWord } from '../terminal/options.ts'
import { WrongUsage } from '../terminal/wrong-usage.ts'
import { connectorFiles } from './connector-template.ts'

const house = new URL('../../../', import.meta.url)

export const connector: CliCommand = {
  usage: 'connector new <id>',
  help: [
    'Writes the folder of a new connector, connectors/<id>/, and puts it into the list of the installed ones. It works',
    'as it stands: ten lines, described settings, a README that ends with how to undo it, and a test that calls it by',
    'invoke() over HTTP. Then make it speak the language of your system.',
  ].join('\n'),
  options: {},
  examples: ['npm run hub -- connector new time-clock'],
  exits: { ok: 'written', no: 'it could not be written' },
  async run({ words, terminal }) {
    const [verb, ...rest] = words
    if (verb !== 'new') {
      throw new WrongUsage({
        what: verb === undefined ? 'What to do is missing.' : `A connector cannot be told to "${verb}" here.`,
        why: 'This command makes a new one. "connectors" lists those that there are.',
        fix: 'Write "npm run hub -- connector new time-clock".',
      })
    }
    const id = readWord(rest, { command: 'connector new', what: 'id' })
    const written = await writeConnector({ id, house })
    for (const path of written) terminal.out(path)
    terminal.note(`Next: npx vitest run connectors/${id}, then connectors/${id}/README.md.`)
    terminal.note('The tables of settings in the docs want it too: node_modules/.bin/node scripts/configuration-doc.ts')
    return true
  },
}

type Plot = {
  id: string
  /** The folder of the project, with a slash at its end. */
  house: URL
}

/**
 * Writes the folder of a new connector and puts it into the list of the installed ones. Returns what was written.
 * @throws WrongUsage when the id is no id, or is taken; nothing is written then
 */
export async function writeConnector({ id, house }: Plot): Promise<string[]> {
  const room = new URL('connectors/', house)
  refuseId(id, await readdir(room))
  const list = new URL('index.ts', room)
  const text = addToList(await readFile(list, 'utf8'), id)
  const words = id.replaceAll('-', ' ')
  const names = {
    id,
    prefix: id.toUpperCase().replaceAll('-', '_'),
    title: words.charAt(0).toUpperCase() + words.slice(1),
  }
  const files = Object.entries(connectorFiles(names))
  await mkdir(new URL(`${id}/`, room))
  for (const [name, content] of files) await writeFile(new URL(`${id}/${name}`, room), content, { flag: 'wx' })
  await writeFile(list, text)
  await formatFiles(house, [`connectors/${id}`, 'connectors/index.ts'])
  return [...files.map(([name]) => `connectors/${id}/${name}`), 'connectors/index.ts']
}

/** How lines break depends on how long the id is: the project's formatter decides, where it is installed. */
async function formatFiles(house: URL, paths: readonly string[]): Promise<void> {
  const biome = fileURLToPath(new URL('node_modules/.bin/biome', house))
  const run = promisify(execFile)(biome, ['check', '--write', ...paths], { cwd: fileURLToPath(house) })
  await run.catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'ENOENT') throw thrown
  })
}

function refuseId(id: string, there: readonly string[]): void {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id) || id.length > 40) {
    throw new WrongUsage({
      what: `"${id}" is no id of a connector.`,
      why: 'It stands in addresses, logs and commands: lower case, words joined by "-", 40 letters at most.',
      fix: `Try ${suggestId(id)}.`,
    })
  }
  const reason = there.includes(id) ? `connectors/${id} is there already` : findIdOwner(id)
  if (reason === null) return
  throw new WrongUsage({
    what: `The id "${id}" is taken.`,
    why: `${reason}.`,
    fix: 'Choose another one. Nothing was written.',
  })
}

function suggestId(id: string): string {
  const words = id
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .match(/[a-z0-9]+/g)
  const better = (words ?? []).join('-').replace(/^[\d-]+/, '')
  return better === '' || better === id || better.length > 40 ? 'time-clock' : better
}

/** Imports by path, and the list in its own order. */
function addToList(text: string, id: string): string {
  const name = makeImportName(id)
  const imports = text.match(/^import \w+ from '\.\/.*$/gm) ?? []
  const [whole = '', inside = ''] = /\[([^\]]*)\]\s*$/.exec(text) ?? []
  if (imports.length === 0 || whole === '') {
    throw new WrongUsage({
      what: 'connectors/index.ts has another form than expected.',
      why: 'Its imports and its list at the end were not found.',
      fix: 'Put the list of the connectors back as the last thing in it.',
    })
  }
  const sorted = [...imports, `import ${name} from './${id}/index.ts'`].sort((a, b) => (pathIn(a) < pathIn(b) ? -1 : 1))
  const names = [...inside.split(',').map((one) => one.trim()), name].filter((one) => one !== '')
  const withImport = text.replace(imports.join('\n'), sorted.join('\n'))
  return `${withImport.slice(0, withImport.lastIndexOf(whole))}[${names.join(', ')}]\n`
}

function pathIn(line: string): string {
  return line.slice(line.indexOf("'"))
}

const reserved =
  /^(arguments|await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|eval|export|extends|false|finally|for|function|if|implements|import|in|instanceof|interface|let|new|null|package|private|protected|public|return|static|super|switch|this|throw|true|try|typeof|undefined|var|void|while|with|yield|connectors)$/

function makeImportName(id: string): string {
  const name = id.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  return reserved.test(name) ? `${name}Connector` : name
}
