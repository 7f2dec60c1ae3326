import { Agent, request } from 'node:http'
import { hookSecret } from '../environment.ts'
import type { ContenderOptions } from './contender.ts'
import type { Server } from './database.ts'
import type { LoadAnswer } from './load.ts'
import { findSpread, median, percentile, type Spread, sendSteadily } from './measures.ts'
import { inlineBody, inlinePath, personNumber } from './request-bodies.ts'
import type { Pace } from './throughput.ts'
import { startWorker } from './worker-process.ts'

export type Inline = {
  echoPerSecond: number
  askPerSecond: number
  ratio: Spread
  refused: number
  /** One question after the other at a steady pace, journaled, with a handler that takes no time of its own. */
  steady: { perSecond: number; p50Ms: number; p99Ms: number }
}

const steadyPerSecond = 50

/** Questions answered a second, journaled, against an echo that parses the same body; both in turn in every round. */
export async function measureInline(server: Server, pace: Pace): Promise<Inline> {
  const start = async (kind: ContenderOptions['kind']) => {
    const databaseUrl = kind === 'ask' ? await server.create('bench_ask') : ''
    return startWorker('contender.ts', { options: { kind, databaseUrl, routed: false, drained: false } })
  }
  const [echo, ask, load] = await Promise.all([start('askEcho'), start('ask'), startWorker('load.ts')])
  const portOf = (worker: typeof echo) => (worker.hello as { port: number }).port
  const run = (worker: typeof echo, seconds: number) =>
    load.ask<LoadAnswer>({ port: portOf(worker), connections: pace.connections, seconds, inline: true })
  try {
    for (const worker of [echo, ask]) await run(worker, pace.warmUpSeconds)
    const rounds: { echo: LoadAnswer; ask: LoadAnswer }[] = []
    for (let i = 0; i < pace.rounds; i++) {
      const first = i % 2 === 0 ? await run(echo, pace.seconds) : null
      const asked = await run(ask, pace.seconds)
      rounds.push({ echo: first ?? (await run(echo, pace.seconds)), ask: asked })
    }
    return {
      echoPerSecond: median(rounds.map((round) => round.echo.perSecond)),
      askPerSecond: median(rounds.map((round) => round.ask.perSecond)),
      ratio: findSpread(rounds.map((round) => round.ask.perSecond / round.echo.perSecond)),
      refused: rounds.reduce((sum, round) => sum + round.ask.refused + round.echo.refused, 0),
      steady: await askSteadily(portOf(ask), pace.rounds * pace.seconds),
    }
  } finally {
    await Promise.all([load.end(), echo.end(), ask.end()])
  }
}

async function askSteadily(port: number, seconds: number): Promise<Inline['steady']> {
  const agent = new Agent({ keepAlive: true })
  const pace = { count: seconds * steadyPerSecond, perSecond: steadyPerSecond }
  const answers = await sendSteadily(pace, (number) => askOnce({ agent, port, number }))
  const sorted = answers.sort((a, b) => a - b)
  agent.destroy()
  return { perSecond: steadyPerSecond, p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) }
}

function askOnce({ agent, port, number }: { agent: Agent; port: number; number: number }): Promise<number> {
  const body = inlineBody(personNumber(number).email)
  const headers = { authorization: hookSecret, 'content-length': Buffer.byteLength(body) }
  const sentAt = performance.now()
  return new Promise((resolve, reject) => {
    const call = request({ agent, port, host: '127.0.0.1', method: 'POST', path: inlinePath, headers }, (answer) => {
      answer.resume()
      if (answer.statusCode !== 200) reject(new Error(`A question was answered ${answer.statusCode}`))
      answer.on('end', () => resolve(performance.now() - sentAt))
    })
    call.on('error', reject)
    call.end(body)
  })
}
