import { UsageError } from '../core/errors.ts'
import { type CsvLine, parseCsv } from '../core/parse-csv.ts'

export type NamedBy = 'okta_id' | 'email' | 'employee_number'

/** One line of the file: who left and when, or what is wrong with it. */
export type HrLine = {
  line: number
  who: string | null
  by: NamedBy | null
  /** The last day, such as `2026-05-14`. */
  leftOn: string | null
  problem: string | null
}

/** What the columns may be called; letter case, spaces, `_` and `-` aside. The first column that fits counts. */
const names: Record<NamedBy | 'leftOn', readonly string[]> = {
  okta_id: ['oktaid', 'authorityid', 'oktauserid'],
  email: ['email', 'mail', 'emailaddress', 'workemail', 'login', 'username'],
  employee_number: ['employeenumber', 'employeeid', 'personnelnumber'],
  leftOn: ['lefton', 'left', 'leavingdate', 'terminationdate', 'lastday', 'enddate'],
}

const preferred: readonly NamedBy[] = ['okta_id', 'email', 'employee_number']

/**
 * Reads who left by a file of the human resources department: CSV with a line of titles. Every line below it comes back,
 * those that cannot be read too.
 * @throws UsageError when the text is no such file
 */
export function readHrFile(text: string): HrLine[] {
  const lines = parseCsv(text)
  if (!lines)
    throw refuseFile('A quote in it is never closed.', 'Close it, so that it can be told where its cell ends.')
  const [titles, ...rest] = lines
  const columns = findColumns(titles?.cells ?? [])
  if (columns.leftOn === -1 || preferred.every((name) => columns[name] === -1)) {
    const why = 'Its first line names no column of who left, or none of when.'
    throw refuseFile(why, 'Name one okta_id, email or employee_number, and one left_on.')
  }
  return rest.map((line) => readLine(line, columns))
}

/** What stands in a text of another encoding, and nobody is called by. Whom such a line means cannot be told. */
const unreadable = /[\uFFFD\p{Cc}\p{Cs}]/u

/** An e-mail has 254 letters at most. */
const longestName = 320

type Columns = Record<keyof typeof names, number>

function findColumns(titles: readonly string[]): Columns {
  const plain = titles.map((title) => title.toLowerCase().replaceAll(/[\s_-]/g, ''))
  const find = (of: keyof typeof names) => plain.findIndex((title) => names[of].includes(title))
  return {
    okta_id: find('okta_id'),
    email: find('email'),
    employee_number: find('employee_number'),
    leftOn: find('leftOn'),
  }
}

function readLine({ line, cells }: CsvLine, columns: Columns): HrLine {
  const cellOf = (of: keyof Columns) => (columns[of] === -1 ? '' : (cells[columns[of]] ?? '').trim())
  const by = preferred.find((name) => cellOf(name) !== '') ?? null
  const who = by === null ? null : cellOf(by)
  const given = cellOf('leftOn')
  const leftOn = readDay(given)
  const problems = [
    ...(who === null ? ['it names nobody'] : []),
    ...(who !== null && unreadable.test(who) ? ['its name has letters that are not of UTF-8'] : []),
    ...(who !== null && who.length > longestName ? [`its name has more than ${longestName} letters`] : []),
    ...(given === '' ? ['it has no leaving date'] : []),
    ...(given !== '' && leftOn === null ? [`"${given.slice(0, 40)}" is no date such as 2026-05-14`] : []),
  ]
  return { line, who, by, leftOn, problem: problems.length > 0 ? problems.join('; ') : null }
}

/** Days as `2026-05-14`, with a time behind or not, or as `14.05.2026`: other forms could be read in two ways. */
function readDay(given: string): string | null {
  const [, y, m, d] = /^(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?$/.exec(given) ?? []
  const [, day, month, year] = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(given) ?? []
  const text = y ? `${y}-${m}-${d}` : year ? `${year}-${month?.padStart(2, '0')}-${day?.padStart(2, '0')}` : ''
  const time = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text) ? text : null
}

function refuseFile(why: string, fix: string): UsageError {
  return new UsageError({ what: 'This is no file of who left.', why, fix })
}
