import type { z } from 'zod'
import { connectors } from '../connectors/index.ts'
import { hubSettings } from '../src/core/hub-settings.ts'
import { inlineSettings } from '../src/core/policy.ts'
import { sources } from '../src/sources/index.ts'

type Shape = Record<string, z.ZodType>

/** Vendors' names as they spell them, where that is not the id with a capital. */
const spellings: Readonly<Record<string, string>> = { github: 'GitHub', knowbe4: 'KnowBe4', pagerduty: 'PagerDuty' }

/** Where settings are declared. The source stands before the connector: what both declare is the source's to explain. */
const groups: [title: string, shapes: Shape[]][] = [
  ['The hub', [hubSettings.shape]],
  ...connectors
    .filter(({ config }) => config)
    .map(({ id, config }): [string, Shape[]] => {
      const source = sources.find(({ kind }) => kind === id)
      return [titleOf(id), [source?.config.shape ?? {}, config?.shape ?? {}]]
    }),
  ...sources
    .filter(({ kind }) => !connectors.some(({ id }) => id === kind))
    .map(({ kind, config }): [string, Shape[]] => [titleOf(kind), [config.shape]]),
  ['Any connector with inline hooks, under its own prefix', [inlineSettings('connector').shape]],
]

/** Every setting's name, in the order of the table. */
export function settingNames(): string[] {
  return groups.flatMap(([, shapes]) => settingsOf(shapes).map(([name]) => name))
}

/** The settings as one Markdown table for each part, made from the schemas that read them. */
export function configurationTable(): string {
  const tables = groups.map(([title, shapes]) => {
    const rows = settingsOf(shapes).map(([name, field]) => `| \`${name}\` | ${fallback(field)} | ${purpose(field)} |`)
    return [`| ${title} | default | |`, '|---|---|---|', ...rows].join('\n')
  })
  return tables.join('\n\n')
}

function titleOf(id: string): string {
  return spellings[id] ?? id.charAt(0).toUpperCase() + id.slice(1)
}

function settingsOf(shapes: Shape[]): [string, z.ZodType][] {
  const merged: Shape = {}
  for (const shape of shapes) for (const [name, field] of Object.entries(shape)) merged[name] ??= field
  return Object.entries(merged)
}

function fallback(field: z.ZodType): string {
  const parsed = field.safeParse(undefined)
  if (!parsed.success) return '**required**'
  if (parsed.data === undefined) return 'none'
  const text = textOf(parsed.data)
  return text === '' ? 'none' : `\`${text}\``
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(',')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function purpose(field: z.ZodType): string {
  const words = description(field) ?? ''
  return words.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}

/** A description may lie under `.default()` or `.transform()`. */
function description(field: z.ZodType): string | undefined {
  if (field.description !== undefined) return field.description
  const inner: unknown[] = [Reflect.get(field.def, 'innerType'), Reflect.get(field.def, 'in')]
  return inner
    .filter((type): type is z.ZodType => typeof type === 'object' && type !== null && 'def' in type)
    .map(description)
    .find(Boolean)
}
