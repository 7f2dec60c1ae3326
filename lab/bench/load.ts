import { connect } from 'node:net'
import { hookSecret } from '../environment.ts'
import { percentile } from './measures.ts'
import { hookBody, inlineBody, inlinePath, orgUrl, personNumber } from './request-bodies.ts'
import { serveQuestions } from './worker-process.ts'

export type LoadQuestion = {
  port: number
  connections: number
  seconds?: number
  count?: number
  inline?: boolean
  /** The org that the hooks come from; left out: the recorded one. */
  from?: string
}
export type LoadAnswer = { acknowledged: number; refused: number; perSecond: number; p50Ms: number; p99Ms: number }

type Round = LoadQuestion & { sent: number; refused: number; latencies: number[]; endsAt: number }

/** Fresh for every process, so that no person comes twice into one database. */
let nextPerson = 0

serveQuestions<LoadQuestion>('ready', makeLoad, async () => {})

/**
 * Keeps so many requests under way and counts the answers. It speaks HTTP over bare sockets, because on a machine of
 * two cores a proper client would take from the servers what is to be measured.
 */
async function makeLoad(question: LoadQuestion): Promise<LoadAnswer> {
  const startedAt = performance.now()
  const round: Round = {
    ...question,
    sent: 0,
    refused: 0,
    latencies: [],
    endsAt: startedAt + (question.seconds ?? Number.POSITIVE_INFINITY) * 1000,
  }
  await Promise.all(Array.from({ length: question.connections }, () => oneConnection(round)))
  const seconds = (performance.now() - startedAt) / 1000
  const sorted = round.latencies.sort((a, b) => a - b)
  return {
    acknowledged: sorted.length,
    refused: round.refused,
    perSecond: sorted.length / seconds,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
  }
}

function oneConnection(round: Round): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: round.port, host: '127.0.0.1', noDelay: true })
    let sentAt = 0
    let answer = ''
    const next = () => {
      const now = performance.now()
      if (round.sent >= (round.count ?? Number.POSITIVE_INFINITY) || now >= round.endsAt) {
        socket.end()
        return resolve()
      }
      round.sent++
      answer = ''
      sentAt = now
      socket.write(round.inline ? inlineRequest() : hookRequest(round))
    }
    socket.on('connect', next)
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('A server closed a connection before it had answered.')))
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
      const status = statusIfWhole(answer)
      if (status === null) return
      if (status < 300) round.latencies.push(performance.now() - sentAt)
      else round.refused++
      next()
    })
  })
}

function hookRequest({ from = orgUrl }: Round): string {
  const body = hookBody(personNumber(nextPerson++), { url: from, published: new Date().toISOString() })
  return `${head('/hooks/okta', body)}${body}`
}

/** All of them are alike but for the person, whose e-mail is as long as any other's: nothing is encoded anew. */
const [beforeEmail = '', afterEmail = ''] = inlineBody('@').split('"@"')
const inlineHead = head(inlinePath, inlineBody(personNumber(0).email))

function inlineRequest(): string {
  return `${inlineHead}${beforeEmail}"${personNumber(nextPerson++).email}"${afterEmail}`
}

function head(path: string, body: string): string {
  return (
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: ${hookSecret}\r\n` +
    `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`
  )
}

/** The status of an answer that has arrived whole, else null. Servers announce a length, send chunks, or send no body. */
function statusIfWhole(answer: string): number | null {
  const headEnd = answer.indexOf('\r\n\r\n')
  if (headEnd < 0) return null
  const head = answer.slice(0, headEnd)
  const status = Number(head.slice(9, 12))
  if (status === 204) return status
  if (/\ntransfer-encoding: chunked/i.test(head)) return answer.endsWith('\r\n0\r\n\r\n') ? status : null
  const length = /\ncontent-length: (\d+)/i.exec(head)?.[1]
  if (length === undefined) throw new Error(`An answer without a length: ${head}`)
  return answer.length >= headEnd + 4 + Number(length) ? status : null
}
