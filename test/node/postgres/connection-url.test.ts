import { describe, expect, test } from 'vitest'
import { makeConnectionUrl, parseConnectionUrl } from '../../../src/node/postgres/connection-url.ts'

describe('connectionOptions', () => {
  test('leaves a URL without a socket folder as it is', () => {
    for (const url of ['postgres://u:p@db.example:6432/hub?sslmode=require', 'postgres://u@a,b:5433/hub', 'nonsense']) {
      expect(parseConnectionUrl(url)).toEqual({ url, options: {} })
    }
  })

  test('turns a socket folder into the socket’s path, and keeps the other parameters', () => {
    const { url, options } = parseConnectionUrl('postgres://u:p@localhost/hub?host=%2Frun%2Fpg&application_name=x')
    expect(options).toEqual({ path: '/run/pg/.s.PGSQL.5432' })
    expect(url).toBe('postgres://u:p@localhost/hub?application_name=x')
  })

  test('takes the port of the socket from the URL', () => {
    const { options } = parseConnectionUrl('postgres://u:p@localhost:6000/hub?host=/run/pg')
    expect(options).toEqual({ path: '/run/pg/.s.PGSQL.6000' })
  })

  test('reads back what makeConnectionUrl wrote, whatever characters are in it', () => {
    const connection = { path: '/a b/"c"&?#/.s.PGSQL.5432', username: 'u@x', password: 'p:/%', database: 'd b' }
    const { url, options } = parseConnectionUrl(makeConnectionUrl(connection))
    const { username, password, pathname } = new URL(url)
    expect(options.path).toBe(connection.path)
    expect([username, password, pathname.slice(1)].map(decodeURIComponent)).toEqual(['u@x', 'p:/%', 'd b'])
  })
})
