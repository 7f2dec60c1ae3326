import { toCanonicalJson } from '../core/canonical-json.ts'
import { sha256, toHex } from '../core/crypto.ts'
import { hideSecretsIn } from '../core/redact.ts'
import { version } from '../core/version.ts'
import type { Journal } from '../journal/index.ts'
import { type Coverage, type Gap, readCompleteness } from './coverage.ts'

/** Who has a report made, as the surface vouches for them. */
export type ReportReader = { actor: string; account: string; way: string }

/** What every report is asked: by whom, when, and in which time zone days and times are meant. */
export type ReportAsk = { reader: ReportReader; now: Date; zone: string }

/** What a report was asked for. */
export type ReportFilter = Record<string, string | number | boolean | null>

/** What stands at the head of every report: how it came about, and what it cannot say. */
export type ReportHead = {
  report: string
  /** What was asked for, with every default filled in. */
  filter: ReportFilter
  zone: string
  madeAt: string
  ranBy: ReportReader
  /** Of this Bellhop. */
  version: string
  rows: number
  /** Of the rows: each as canonical JSON, names sorted and without spaces, on a line of its own that ends with a newline. */
  sha256: string
  complete: Coverage
}

type ReportMaterial<Row> = {
  report: string
  filter: ReportFilter
  rows: readonly Row[]
  ask: ReportAsk
  /** What is missing for the report's own reasons. */
  gaps?: readonly Gap[]
}

/** Makes the head of a report whose rows are read. Secrets are hidden in the rows before they are hashed. */
export async function headReport<Row>(
  journal: Pick<Journal, 'records'>,
  { report, filter, rows, ask, gaps = [] }: ReportMaterial<Row>,
): Promise<{ head: ReportHead; rows: Row[] }> {
  const shown = hideSecretsIn([...rows])
  const { missing, ...complete } = await readCompleteness(journal)
  const head = {
    report,
    filter,
    zone: ask.zone,
    madeAt: ask.now.toISOString(),
    ranBy: { actor: ask.reader.actor, account: ask.reader.account, way: ask.reader.way },
    version,
    rows: shown.length,
    sha256: hashRows(shown),
    complete: { ...complete, missing: [...missing, ...gaps] },
  }
  return { head, rows: shown }
}

/** The SHA-256 of rows in hex, as `jq -cS '.rows[]' | sha256sum` computes it. */
export function hashRows(rows: readonly unknown[]): string {
  const text = rows.map((row) => `${toCanonicalJson(row)}\n`).join('')
  return toHex(sha256(new TextEncoder().encode(text)))
}
