import { readFile } from 'node:fs/promises'
import { parse } from 'smol-toml'
import { z } from 'zod'
import type { DoctorCheck } from '../../../core/connector.ts'
import { describeIssue } from '../../../core/settings.ts'

/** From this date on `nodejs_compat` has all that the hub needs of Node. */
const oldestDate = '2024-09-23'
const placeholder = /^0+$/
const everyMinute = '* * * * *'
const secretName = /(SECRETS?|TOKENS?|PRIVATE_KEY|PASSWORD)$|^DATABASE_URL$/

const texts = z.array(z.string()).default([])
const wranglerSchema = z.object({
  main: z.string().optional(),
  compatibility_date: z.string().optional(),
  compatibility_flags: texts,
  hyperdrive: z.array(z.object({ binding: z.string(), id: z.string().optional() })).default([]),
  queues: z
    .object({
      producers: z.array(z.object({ binding: z.string(), queue: z.string() })).default([]),
      consumers: z.array(z.object({ queue: z.string(), dead_letter_queue: z.string().optional() })).default([]),
    })
    .default({ producers: [], consumers: [] }),
  triggers: z.object({ crons: texts }).default({ crons: [] }),
  vars: z.record(z.string(), z.unknown()).default({}),
})

type Wrangler = z.output<typeof wranglerSchema>

type Examined = {
  checks: DoctorCheck[]
  /** What the commands of wrangler want; null: the file does not tell. */
  hyperdriveId: string | null
}

/** Checks what a Worker is deployed with: its date, its bindings, its queues and its cron. */
export async function examineWrangler(path: string): Promise<Examined> {
  const read = await readWrangler(path)
  if ('problem' in read) return { checks: [read.problem], hyperdriveId: null }
  const { wrangler } = read
  const id = wrangler.hyperdrive.find(({ binding }) => binding === 'HYPERDRIVE')?.id
  return {
    checks: [
      checkCompatibility(wrangler),
      checkHyperdrive(wrangler),
      ...checkQueues(wrangler),
      checkCron(wrangler),
      ...checkVars(wrangler),
    ],
    hyperdriveId: id === undefined || placeholder.test(id) ? null : id,
  }
}

async function readWrangler(path: string): Promise<{ wrangler: Wrangler } | { problem: DoctorCheck }> {
  const fail = (detail: string, fix: string) => ({
    problem: { name: 'wrangler.toml', status: 'problem', detail, fix } as const,
  })
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return fail(`${path} cannot be read`, 'Call this at the top of the repository, or say --config.')
  const table = parseToml(text)
  if (table === null) return fail(`${path} is not TOML`, 'Compare it with the one of the repository.')
  const parsed = wranglerSchema.safeParse(table)
  if (parsed.success) return { wrangler: parsed.data }
  const [issue] = parsed.error.issues
  const where = issue ? `${issue.path.join('.')} ${describeIssue(issue)}` : 'has parts that are not understood'
  return fail(`${path}: ${where}`, 'Compare it with the one of the repository.')
}

function parseToml(text: string): unknown {
  try {
    return parse(text)
  } catch {
    return null
  }
}

function checkCompatibility({ compatibility_date: date, compatibility_flags: flags }: Wrangler): DoctorCheck {
  const name = 'compatibility'
  if (date === undefined || date < oldestDate) {
    const detail = date === undefined ? 'there is no compatibility_date' : `compatibility_date ${date} is too old`
    return { name, status: 'problem', detail, fix: `Set compatibility_date to ${oldestDate} or later.` }
  }
  if (!flags.includes('nodejs_compat')) {
    const detail = 'the flag nodejs_compat is missing, and the database driver needs it'
    return { name, status: 'problem', detail, fix: 'Set compatibility_flags = ["nodejs_compat"].' }
  }
  return { name, status: 'ok', detail: `${date}, with nodejs_compat` }
}

function checkHyperdrive({ hyperdrive }: Wrangler): DoctorCheck {
  const name = 'Hyperdrive'
  const own = hyperdrive.find(({ binding }) => binding === 'HYPERDRIVE')
  if (!own) {
    const fix = 'Add [[hyperdrive]] with binding = "HYPERDRIVE" and the id of your configuration.'
    return { name, status: 'problem', detail: 'there is no binding HYPERDRIVE', fix }
  }
  if (own.id === undefined || placeholder.test(own.id)) {
    const fix =
      'Run "npx wrangler hyperdrive create bellhop --connection-string … --caching-disabled"; put its id there.'
    return { name, status: 'problem', detail: 'its id is the placeholder', fix }
  }
  return { name, status: 'ok', detail: 'bound as HYPERDRIVE' }
}

function checkQueues({ queues: { producers, consumers } }: Wrangler): DoctorCheck[] {
  const name = 'queue'
  const producer = producers.find(({ binding }) => binding === 'NUDGES')
  if (!producer) {
    const fix = 'Add [[queues.producers]] with binding = "NUDGES" and queue = "bellhop-nudges".'
    return [{ name, status: 'problem', detail: 'there is no binding NUDGES', fix }]
  }
  const { queue } = producer
  const consumer = consumers.find((one) => one.queue === queue)
  if (!consumer) {
    const detail = `nothing takes the messages of ${queue}: work waits for the cron`
    return [{ name, status: 'problem', detail, fix: `Add [[queues.consumers]] with queue = "${queue}".` }]
  }
  const bound: DoctorCheck = { name, status: 'ok', detail: `${queue}, bound as NUDGES, with a consumer` }
  const deadName = 'dead-letter queue'
  if (consumer.dead_letter_queue === undefined) {
    const detail = `a message of ${queue} that fails again and again is dropped without a trace`
    const fix = `Set dead_letter_queue = "${queue}-dead" in [[queues.consumers]], and create that queue.`
    return [bound, { name: deadName, status: 'problem', detail, fix }]
  }
  return [bound, { name: deadName, status: 'ok', detail: consumer.dead_letter_queue }]
}

function checkCron({ triggers: { crons } }: Wrangler): DoctorCheck {
  const name = 'cron'
  if (crons.includes(everyMinute)) return { name, status: 'ok', detail: 'every minute' }
  const detail =
    crons.length === 0
      ? 'there is none: retries, resync and verification do not run'
      : `it does not run every minute: retries come late`
  return { name, status: 'problem', detail, fix: `Set crons = ["${everyMinute}"] in [triggers].` }
}

function checkVars({ vars }: Wrangler): DoctorCheck[] {
  return Object.keys(vars)
    .filter((name) => secretName.test(name))
    .map((name) => ({
      name,
      status: 'problem',
      detail: 'is a secret, and stands in wrangler.toml for everybody who reads the repository',
      fix: `Take it out of [vars], make a new one, and run "npx wrangler secret put ${name}".`,
    }))
}
