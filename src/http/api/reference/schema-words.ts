import { html } from 'hono/html'
import { nameOfRef, type SchemaPart } from './document.ts'

type Markup = ReturnType<typeof html>

/** Says in words what a schema takes, with links to those that have a name. */
export function describeType(schema: SchemaPart | undefined): Markup {
  if (!schema) return html`anything`
  const name = nameOfRef(schema)
  if (name !== null) return html`<a href="#schema-${name}">${name}</a>`
  const parts = schema.anyOf ?? (schema.allOf?.length === 1 ? schema.allOf : undefined)
  if (parts) return joinTypes(parts.map(describeType))
  if (schema.type === 'array') return html`list of ${describeType(schema.items)}`
  if (schema.enum) return html`${schema.enum.map(String).join(' · ')}`
  if ('const' in schema) return html`${String(schema.const)}`
  const types = [schema.type ?? 'anything'].flat().map((type) => (schema.format ? `${type} (${schema.format})` : type))
  return html`${types.join(' or ')}${describeBounds(schema)}`
}

function joinTypes(types: Markup[]): Markup {
  return html`${types.map((type, i) => (i === 0 ? type : html` or ${type}`))}`
}

function describeBounds({ minimum, maximum }: SchemaPart): string {
  if (minimum === undefined && maximum === undefined) return ''
  return `, ${minimum ?? '…'} to ${maximum ?? '…'}`
}

/** A table of the fields of an object; a schema that is no object has one row, its own. */
export function showFields(schema: SchemaPart, caption: string): Markup {
  const fields = Object.entries(schema.properties ?? {})
  if (fields.length === 0) return html`<p>${caption}: ${describeType(schema)}</p>`
  const rows = fields.map(
    ([name, field]) => html`<tr>
      <th scope="row"><code>${name}</code></th>
      <td>${describeType(field)}</td>
      <td>${schema.required?.includes(name) ? 'yes' : 'no'}</td>
      <td>${field.description ?? ''}</td>
    </tr>`,
  )
  return html`<table>
    <caption>${caption}</caption>
    <thead><tr><th scope="col">Field</th><th scope="col">Type</th><th scope="col">Always there</th><th scope="col">Says</th></tr></thead>
    <tbody>${rows}</tbody>
  </table>`
}
