import { startServer } from './database.ts'
import { measureThroughput } from './throughput.ts'

const server = await startServer()
try {
  const quick = process.argv.includes('--quick')
  const pace = quick
    ? { connections: 64, warmUpSeconds: 0.3, rounds: 1, seconds: 0.5, loneRequests: 50 }
    : { connections: 64, warmUpSeconds: 3, rounds: 3, seconds: 5, loneRequests: 500 }
  const t = await measureThroughput(server, pace)
  console.table(t.rates)
  console.table(t.ratios)
  console.log(t.lone)
} finally {
  await server.close()
}
