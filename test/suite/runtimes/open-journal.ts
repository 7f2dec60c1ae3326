import postgres, { type Sql } from 'postgres'
import { driverTypes } from '../../../src/journal/index.ts'
import { parseConnectionUrl } from '../../../src/node/postgres/connection-url.ts'
import { makeDatabaseSockets } from '../../../src/node/postgres/driver-socket.ts'
import { eventually } from '../../support/eventually.ts'

/** The journal as a case reads it, beside the hub. It outlives a server that is killed: the driver's own sockets do not. */
export function openJournal(url: string): Sql {
  const socket = makeDatabaseSockets({ tls: 'off', patience: { silenceSeconds: 10 } })
  const { url: address, options } = parseConnectionUrl(url)
  return postgres(address, { ...options, ...{ socket }, ssl: false, types: driverTypes, max: 2, onnotice: () => {} })
}

export async function waitUntilDown(sql: Sql): Promise<void> {
  await eventually(async () => {
    const answers = await sql`select 1`.then(
      () => true,
      () => false,
    )
    if (answers) throw new Error('The database answers.')
  })
}

export async function waitUntilUp(sql: Sql): Promise<void> {
  await eventually(() => sql`select 1`, { withinSeconds: 40 })
}
