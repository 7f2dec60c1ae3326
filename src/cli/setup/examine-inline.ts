import { inlineKinds } from '../../core/access.ts'
import type { Connector, DoctorCheck } from '../../core/connector.ts'
import type { ConfiguredConnector } from '../../hub.ts'
import type { Configuration } from '../../node/config/configuration.ts'
import type { ConfiguredInline, ConfiguredSource } from '../../sources/index.ts'
import { eventsScope, type Scope } from '../../sources/index.ts'

type Asking = ConfiguredSource & { inline: ConfiguredInline }

/** What each inline hook must show, who can open what, and what may be granted, by the settings alone. */
export function examineInline({ sources, connectors }: Pick<Configuration, 'sources' | 'connectors'>): DoctorCheck[] {
  return sources
    .filter(asks)
    .flatMap((source) => [
      ...source.inline.explain().map((detail): DoctorCheck => ({ name: source.id, status: 'ok', detail })),
      ...connectors.flatMap((one) => proofs(source, one)),
      ...connectors.flatMap((one) => emptyList(source, one)),
      ...source.inline.scopes().flatMap((scope) => doubtful(source, { scope, connectors })),
    ])
}

function asks(source: ConfiguredSource): source is Asking {
  return source.inline !== undefined
}

function kindsOf(connector: Connector) {
  return inlineKinds.filter((kind) => connector[kind] !== undefined)
}

/** One line for a connector of which at least one hook is open. */
function proofs({ id, inline }: Asking, { id: connectorId, connector }: ConfiguredConnector): DoctorCheck[] {
  const words = kindsOf(connector).map((kind) => {
    const { secret, signature } = inline.proof({ connector: connectorId, kind })
    const needs = secret && signature ? 'secret and signature' : secret ? 'secret' : signature ? 'signature' : null
    return { kind, needs }
  })
  if (words.every(({ needs }) => needs === null)) return []
  const detail = words.map(({ kind, needs }) => `${kind} ${needs ? `needs ${needs}` : 'lets nobody in'}`).join('; ')
  return [{ name: `/hooks/${id}/${connectorId}`, status: 'ok', detail }]
}

/** Whoever may ask for access at a connector that gives none gets a refusal each time. */
function emptyList({ id, inline }: Asking, { id: connectorId, connector, config }: ConfiguredConnector): DoctorCheck[] {
  const list = connector.provision && connector.grants?.({ config })
  const { secret, signature } = inline.proof({ connector: connectorId, kind: 'provision' })
  if (!list || Object.keys(list).length > 0 || !(secret || signature)) return []
  return [
    {
      name: `/hooks/${id}/${connectorId}/provision`,
      status: 'warning',
      detail: `${connectorId} may grant nothing: its allow-list is empty, and every provision is refused`,
      fix: `Set ${connectorId.toUpperCase().replaceAll('-', '_')}_GRANTS: see connectors/${connector.id}/README.md. Or take the secret away.`,
    },
  ]
}

type Doubt = { scope: Scope; connectors: readonly ConfiguredConnector[] }

function doubtful({ id }: Asking, { scope, connectors }: Doubt): DoctorCheck[] {
  if (scope.connector === eventsScope.connector) return []
  const name = `a secret of ${id} for ${scope.connector}/${scope.kind}`
  if (scope.connector === '*' && scope.kind === '*') {
    const detail = 'opens every hook of every connector: whoever has the one of a question can grant'
    const fix = 'Give each connector and kind a secret of its own: <connector>/<kind>:<secret>.'
    return [{ name, status: 'warning', detail, fix }]
  }
  if (scope.connector === '*') return []
  const found = connectors.find((one) => one.id === scope.connector)
  if (!found) {
    const detail = `${scope.connector} is off, or there is no such connector: its hooks are answered 404`
    const fix = 'See "npm run hub -- connectors", then mend the name, switch it on, or take the secret away.'
    return [{ name, status: 'warning', detail, fix }]
  }
  const kinds = kindsOf(found.connector)
  if (scope.kind === '*' || kinds.some((kind) => kind === scope.kind)) return []
  const serves = kinds.length > 0 ? `it serves ${kinds.join(', ')}` : 'it serves no inline hooks'
  const detail = `${scope.connector} does not serve ${scope.kind}: ${serves}`
  return [{ name, status: 'warning', detail, fix: 'Mend the scope, or take the secret away.' }]
}
