import { hideSecretsIn } from '../../core/redact.ts'
import { findOnePerson } from '../../operate/one-person.ts'
import { withJournal } from '../setup/open-journal.ts'
import type { Call } from '../terminal/command.ts'
import { readWord } from '../terminal/options.ts'
import { printJson } from '../terminal/output.ts'

/** `person export <who>`: all that the journal has of one person, as JSON, table by table. */
export async function exportOne(call: Call): Promise<boolean> {
  const who = readWord(call.words, { command: 'person export', what: 'e-mail or id' })
  return withJournal(call, async (journal) => {
    const { id, source, authorityId, ...person } = await findOnePerson(journal, who)
    const tables = (await journal.records.exportPerson({ id, source, authorityId, ...person })) ?? []
    const rows = Object.fromEntries(tables.map(({ table, rows }) => [table, rows]))
    printJson(call.terminal, hideSecretsIn({ person: id, source, authorityId, tables: rows }))
    return true
  })
}
