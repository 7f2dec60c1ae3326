import postgres from 'postgres'
import { declareSecret } from '../core/redact.ts'
import { driverTypes, type Sql, transactionPooler } from '../journal/index.ts'
import type { Hyperdrive } from './bindings.ts'

/**
 * Makes the one client of an invocation. It connects when it is first used, and is never ended: what an invocation has
 * opened is closed with it, and to end the client made workerd throw "socket closed". Hyperdrive is a pooler.
 */
export function openClient({ connectionString }: Hyperdrive, { connections }: { connections: number }): Sql {
  const { password } = new URL(connectionString)
  declareSecret(decodeURIComponent(password))
  return postgres(connectionString, {
    max: connections,
    types: driverTypes,
    connect_timeout: 5,
    onnotice: () => {},
    ...transactionPooler,
  })
}
