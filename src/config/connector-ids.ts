import type { Connector } from '../core/connector.ts'
import { hubSettings } from '../core/hub-settings.ts'
import type { Problem } from '../core/settings.ts'
import { eventsScope, sources } from '../sources/index.ts'
import { type Instance, settingPrefix } from './instances.ts'

const form = /^[a-z][a-z0-9]*([-_][a-z0-9]+)*$/
const longest = 40

/** The first words of commands: `npm run hub -- <connector> <command>` stands beside them. */
export const commandWords: readonly string[] = [
  ...['start', 'demo', 'doctor', 'deliveries', 'show', 'person', 'replay', 'recover', 'dismiss', 'brake', 'resume'],
  ...[
    'batch',
    'protect',
    'unprotect',
    'except',
    'hold',
    'report',
    'audit',
    'send',
    'token',
    'console',
    'session',
    'try',
    'connectors',
    'connector',
    'clean',
    'migrate',
    'help',
  ],
]

type Wrong = { connector: Connector; problem: Problem }

/** Connectors whose id can be theirs, and the others with what is wrong. Of two with one id the first is sound. */
export function checkIds(connectors: readonly Connector[]): { sound: Connector[]; wrong: Wrong[] } {
  const sound: Connector[] = []
  const wrong: Wrong[] = []
  for (const connector of connectors) {
    const what = faultOf(connector.id, sound)
    if (what === null) sound.push(connector)
    else wrong.push({ connector, problem: { setting: 'connectors/index.ts', what, fix } })
  }
  return { sound, wrong }
}

const fix =
  'Change the id in the connector’s own index.ts, and take it out of the list if it is there twice: see docs/contract.md.'

/** No type keeps an id from being left out in a list that was put together by hand. */
function faultOf(id: unknown, before: readonly Connector[]): string | null {
  if (typeof id !== 'string' || id === '') return 'lists a connector without an id'
  if (!form.test(id) || id.length > longest) {
    return `lists a connector with the id ${JSON.stringify(id)}: an id is lower case, words joined by "-", ${longest} letters at most`
  }
  const reason = findIdOwner(id)
  if (reason) return `lists a connector with the id "${id}": ${reason}`
  const other = before.find((one) => settingPrefix(one.id) === settingPrefix(id))
  if (!other) return null
  if (other.id === id) return `lists two connectors with the id "${id}": only one of them could be asked`
  return `lists a connector with the id "${id}" beside "${other.id}": the names of their settings are the same`
}

/** What an id that is well-formed belongs to already; null when a connector may have it. */
export function findIdOwner(id: string): string | null {
  const prefix = settingPrefix(id)
  if (commandWords.includes(id)) return 'that is a command of the hub'
  if (id === eventsScope.connector) return 'that is how a secret of an event hook is marked'
  // A source that only tells has a connector of its own name to ask for the truth; one that asks has none.
  if (sources.some(({ kind, inline }) => inline && kind === id))
    return 'that is a source, whose settings it would share'
  const isHubs = (name: string) => `${name}_`.startsWith(prefix)
  if (prefix.startsWith('HUB_') || Object.keys(hubSettings.shape).some(isHubs)) {
    return `the names of its settings would begin with ${prefix}, and those are the hub's own`
  }
  return null
}

/** Further instances live among the connectors, under names of their own. */
export function findInstanceProblems(instances: readonly Instance[], connectors: readonly Connector[]): Problem[] {
  const kinds = [...sources.map(({ kind }) => kind), ...connectors.map(({ id }) => id)]
  return instances.flatMap(({ id }, i) => {
    const others = [...kinds, ...instances.slice(0, i).map((one) => one.id)]
    const isThere = others.some((other) => settingPrefix(other) === settingPrefix(id))
    const reason = findIdOwner(id) ?? (isThere ? 'something of this name is there already' : null)
    if (reason === null) return []
    return [{ setting: 'HUB_INSTANCES', what: `has an instance "${id}": ${reason}`, fix: 'Give it another id.' }]
  })
}
