import { makeBound } from '../../src/core/id.ts'
import { writeCursor } from '../../src/http/api/page.ts'
import type { Sql } from '../../src/journal/index.ts'
import { grownEvent, grownPerson, grownRequest } from './growth-rows.ts'

/** A list, a search or one thing of the API, as a program asks for it. */
export type ListRoute = { name: string; path: string }

/** Things that the filled journal has, by their ids. */
export type Found = {
  delivery: string
  event: string
  request: string
  grant: string
  batch: string
  person: string
}

/** Finds one of each in the middle of the filled rows. */
export async function findSome(sql: Sql): Promise<Found> {
  const middle = makeBound('dlv', Date.now() - 90 * dayMs)
  const [row] = await sql<Found[]>`
    select d.id as delivery, d.event_id as event, d.person,
      (select id from hub.delivery where request is not null and id > ${middle} order by id limit 1) as request,
      (select id from hub.access_grant order by id desc limit 1) as grant, (select batch from hub.batch_row limit 1) as batch
    from hub.delivery d where d.id > ${middle} and d.kind = 'sync' order by d.id limit 1`
  if (!row) throw new Error('The journal is empty.')
  return row
}

const dayMs = 86_400_000

/** Every list and search of the API with every filter that it has, and the places in the middle of the long ones. */
export function listRoutes({ delivery, event, request, grant, batch, person }: Found): ListRoute[] {
  const { email, authorityId } = grownPerson(3)
  const at = (days: number) => new Date(Date.now() - days * dayMs).toISOString()
  const middle = makeBound('dlv', Date.now() - 90 * dayMs)
  const asked = (list: string, query: Record<string, string> = {}, key?: string): ListRoute => {
    const cursor = key === undefined ? null : writeCursor({ list: nameOf(list), filter: query }, key)
    const given = new URLSearchParams({ ...query, ...(cursor === null ? {} : { cursor }) }).toString()
    const filters = Object.entries(query).map(([name, value]) => `${name}=${describe(value)}`)
    const words = [...filters, ...(cursor === null ? [] : ['in the middle'])].join('&')
    const route = list.replace(/[a-z]{3}_\w+/, '{id}')
    return {
      name: words === '' ? route : `${route}?${words}`,
      path: `/api/v1${list}${given === '' ? '' : `?${given}`}`,
    }
  }
  const deliveries = (query: Record<string, string> = {}, key?: string) => asked('/deliveries', query, key)
  const statuses = ['pending', 'running', 'succeeded', 'no_match', 'failed', 'held', 'superseded', 'uncertain']
  return [
    deliveries(),
    deliveries({}, middle),
    ...statuses.map((status) => deliveries({ status })),
    deliveries({ status: 'failed' }, middle),
    deliveries({ status: 'superseded' }, middle),
    ...['sync', 'on', 'provision'].map((kind) => deliveries({ kind })),
    ...['target', 'second', 'rare', 'none'].map((connector) => deliveries({ connector })),
    deliveries({ connector: 'second', status: 'failed' }),
    ...[email, authorityId, grownPerson(3).id].map((who) => deliveries({ person: who })),
    ...[event, grownEvent(7), 'user.account.update_profile', 'user.*', 'none.*'].map((of) => deliveries({ event: of })),
    ...[email, 'grown0000', authorityId, delivery, person, 'refused', 'nothing-of-the-kind'].map((search) =>
      deliveries({ search }),
    ),
    ...['accept', 'reject', 'brake'].map((answer) => deliveries({ answer })),
    deliveries({ since: at(1) }),
    deliveries({ until: at(90) }),
    deliveries({ since: at(91), until: at(90), status: 'failed' }),
    asked(`/deliveries/${delivery}`),
    asked(`/events/${event}`),
    asked(`/events/${event}/data`),
    asked('/stuck'),
    asked('/people'),
    asked('/people', {}, `${person} `),
    ...['grown', 'grown0000', email, authorityId, person, 'nobody-at-all'].map((search) =>
      asked('/people', { search }),
    ),
    asked(`/people/${person}`),
    asked(`/people/${person}/timeline`),
    asked('/grants'),
    ...['standing', 'over', 'ended'].map((state) => asked('/grants', { state })),
    ...['target', 'none'].map((connector) => asked('/grants', { connector })),
    ...['role:3', 'role:none'].map((target) => asked('/grants', { target })),
    asked('/grants', { person: email }),
    asked(`/grants/${grant}`),
    asked('/requests'),
    asked('/requests', {}, middle),
    ...['validate', 'provision', 'preapprove'].map((kind) => asked('/requests', { kind })),
    ...['succeeded', 'failed'].map((status) => asked('/requests', { status })),
    ...['target', 'none'].map((connector) => asked('/requests', { connector })),
    ...['accept', 'reject'].map((answer) => asked('/requests', { answer })),
    asked('/requests', { person: email }),
    asked('/requests', { since: at(1) }),
    asked('/requests', { until: at(90) }),
    asked(`/requests/${request}`),
    asked('/audit'),
    asked('/audit', {}, makeBound('ord', Date.now() - 90 * dayMs)),
    ...['hub', 'op1', 'nobody'].map((actor) => asked('/audit', { actor })),
    ...['replay', 'protect', 'cancel'].map((act) => asked('/audit', { act })),
    ...[person, email].map((target) => asked('/audit', { target })),
    asked('/audit', { since: at(1) }),
    asked('/alerts'),
    asked('/batches'),
    asked(`/batches/${batch}`),
    asked(`/batches/${batch}/rows`),
    asked(`/batches/${batch}/rows`, { result: 'carried_out' }),
    asked(`/batches/${batch}/rows`, { plan: 'would_change' }),
    ...['/brake', '/brake/holds', '/protected', '/exceptions', '/conflicts', '/legal-holds'].map((list) => asked(list)),
    ...['/connectors', '/sources', '/sessions', '/tokens', '/me'].map((list) => asked(list)),
    asked('/reports/leavers'),
    asked('/reports/operators'),
    asked(`/deliveries`, { search: grownRequest(7).request }),
  ]
}

/** A list's name in its cursors. */
function nameOf(list: string): string {
  return list.slice(1)
}

/** Ids and times are of one run alone. */
function describe(value: string): string {
  if (/^\d{4}-/.test(value)) return '<time>'
  return value
    .replace(/^(dlv|evt|per)_.*/, '<$1_…>')
    .replace(/^00u.*/, '<Okta id>')
    .replace(/^.+@.+$/, '<e-mail>')
}
