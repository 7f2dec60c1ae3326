import { basename, dirname } from 'node:path'
import type { DatabaseTls } from './driver-socket.ts'

/** What `postgres()` takes for a server on a Unix socket. */
type SocketConnection = { path: string; username: string; password: string; database: string }

/**
 * Writes a socket connection as a `DATABASE_URL` in libpq's form: `postgres://…@localhost/db?host=<folder>`.
 * psql understands it; postgres.js does not read `host` from the query, so the hub goes through `parseConnectionUrl`.
 */
export function makeConnectionUrl({ path, username, password, database }: SocketConnection): string {
  const [user, secret, name] = [username, password, database].map(encodeURIComponent)
  return `postgres://${user}:${secret}@localhost/${name}?host=${encodeURIComponent(dirname(path))}&port=${portOf(path)}`
}

/**
 * What to give `postgres()` for a `DATABASE_URL`: the URL and nothing more, or, when it names a socket folder
 * (`?host=/…`), the URL without that part and the socket's path.
 */
export function parseConnectionUrl(url: string): { url: string; options: { path?: string } } {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const folder = parsed?.searchParams.get('host')
  if (!parsed || !folder?.startsWith('/')) return { url, options: {} }
  const port = parsed.searchParams.get('port') ?? (parsed.port || '5432')
  parsed.searchParams.delete('host')
  parsed.searchParams.delete('port')
  return { url: parsed.href, options: { path: `${folder}/.s.PGSQL.${port}` } }
}

/**
 * Whether statements may be prepared there: not behind a pooler that gives each transaction another connection, for
 * which the operator writes `?prepare=false`. Everything is right either way.
 */
export function preparesAt(url: string): boolean {
  return !/[?&]prepare=(false|off|0)(&|$)/.test(url)
}

/** What a `DATABASE_URL` asks for with `sslmode` or `ssl`, as postgres.js takes it: `require` does not look at the certificate. */
export function tlsOf(url: string): DatabaseTls {
  const parameters = URL.canParse(url.replace(/,[^/@]*/, ''))
    ? new URL(url.replace(/,[^/@]*/, '')).searchParams
    : undefined
  const system = parameters?.get('sslrootcert') === 'system' ? 'verify-full' : undefined
  const mode = system ?? parameters?.get('sslmode') ?? parameters?.get('ssl') ?? process.env.PGSSL ?? 'disable'
  if (['disable', 'false', ''].includes(mode)) return 'off'
  if (mode === 'prefer' || mode === 'allow') return 'prefer'
  return mode === 'require' ? { rejectUnauthorized: false } : {}
}

function portOf(path: string): string {
  return basename(path).split('.').at(-1) ?? '5432'
}
