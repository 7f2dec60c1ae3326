import { expect, test } from 'vitest'
import { listRoutes } from '../../lab/bench/list-routes.ts'
import { listListTables } from '../../lab/bench/list-table.ts'
import { summariseLists } from '../../lab/bench/lists.ts'

const id = '0'.repeat(26)
const found = {
  ...{ delivery: `dlv_${id}`, event: `evt_${id}`, request: `dlv_${id}`, grant: `grt_${id}` },
  ...{ batch: `bat_${id}`, person: `per_${id}` },
}

test('names each question once, and by no id, time or e-mail, so that two runs can be compared', () => {
  const names = listRoutes(found).map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(names.filter((name) => /_0|\d{4}-|@/.test(name))).toEqual([])
})

test('takes the median of the route that reads no journal off both quantiles', () => {
  const times = new Map([
    ['/healthz', [1, 2, 3]],
    ['/deliveries', [...Array.from({ length: 18 }, () => 12), 62, 102]],
  ])
  const { bareMs, routes } = summariseLists(times)
  expect(bareMs).toBe(2)
  expect(routes).toEqual([{ name: '/deliveries', p50Ms: 10, p95Ms: 60 }])
  const [table] = listListTables({ rows: 1000, people: 100, asks: 20, fillSeconds: 1, bareMs, routes })
  expect(table?.title).toContain('1 of 1 reach no p95 below 50 ms')
  expect(table?.rows).toEqual([['/deliveries', '10.0', '60.0', '1.20', '< 1']])
})
