import type { DoctorCheck } from '../../../core/connector.ts'
import { errorMessage } from '../../../core/errors.ts'
import type { Environment } from '../../../core/settings.ts'
import { type DatabaseDiagnosis, type Diagnosis, diagnosisSchema } from '../../../http/diagnosis.ts'

const timeoutMs = 15_000
/** Newer ones may work, and are not on the platform's list. */
const newestListed = 17
/** The oldest one that the hub is tested on. */
const oldestTested = 15
/** Leases are the database's clock; the Worker's counts for how long an answer may take. */
const mostClockMs = 5000

type Question = {
  /** Where the Worker answers; undefined: nobody said so. */
  url: string | undefined
  environment: Environment
  /** For the command that switches the cache off. */
  hyperdriveId: string | null
}

/** Asks the Worker itself how it stands. */
export async function examineWorker({ url, environment, hyperdriveId }: Question): Promise<DoctorCheck[]> {
  const name = 'diagnosis'
  const token = environment.HUB_DIAGNOSIS_TOKEN
  if (!url) {
    const fix = 'Say --url https://<your worker>, or set HUB_PUBLIC_URL.'
    return [{ name, status: 'warning', detail: 'the Worker was not asked: its address is not known', fix }]
  }
  if (!token) {
    const detail = 'the Worker was not asked: HUB_DIAGNOSIS_TOKEN is not set here'
    return [{ name, status: 'problem', detail, fix: `${putToken} Then set it here too.` }]
  }
  const asked = await askDiagnosis(url, token)
  return 'problem' in asked ? [{ name, status: 'problem', ...asked.problem }] : judge(asked.diagnosis, hyperdriveId)
}

const putToken = 'Run "npx wrangler secret put HUB_DIAGNOSIS_TOKEN" with a long random text.'

type Asked = { diagnosis: Diagnosis } | { problem: { detail: string; fix: string } }

async function askDiagnosis(url: string, token: string): Promise<Asked> {
  const address = `${url.replace(/\/+$/, '')}/diagnosis`
  const fail = (what: string, fix: string): Asked => ({ problem: { detail: `${address} ${what}`, fix } })
  try {
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(address, { headers, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) })
    const text = await answer.text()
    if (answer.status === 404) return fail('answers 404: the Worker has no HUB_DIAGNOSIS_TOKEN', putToken)
    if (answer.status === 401) return fail('refuses the token', `Use the Worker's token here. Or: ${putToken}`)
    const read = answer.status === 200 ? diagnosisSchema.safeParse(readJson(text)) : null
    if (read?.success) return { diagnosis: read.data }
    return fail(`answers ${answer.status}, and no diagnosis of this version`, 'Deploy with "npx wrangler deploy".')
  } catch (thrown) {
    return fail(`does not answer (${errorMessage(thrown)})`, 'See the address that "npx wrangler deploy" printed.')
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function judge(diagnosis: Diagnosis, hyperdriveId: string | null): DoctorCheck[] {
  const { nodejsCompat, database, bindings } = diagnosis
  const compatibility: DoctorCheck[] =
    nodejsCompat === false
      ? [
          {
            name: 'nodejs_compat',
            status: 'problem',
            detail: 'the Worker runs without it',
            fix: 'Set compatibility_flags = ["nodejs_compat"], and deploy again.',
          },
        ]
      : []
  return [
    ...judgeSettings(diagnosis),
    ...compatibility,
    ...(bindings.HYPERDRIVE ? judgeDatabase(database, hyperdriveId) : []),
  ]
}

function judgeSettings({ wrong, settings, bindings }: Diagnosis): DoctorCheck[] {
  if (wrong.length === 0) {
    return [{ name: 'settings', status: 'ok', detail: `${settings.length} are set, secrets among them; all are read` }]
  }
  return wrong.map((name): DoctorCheck => {
    if (name in bindings) {
      const detail = 'the Worker has no binding of that name'
      return { name, status: 'problem', detail, fix: 'Add it to wrangler.toml, and run "npx wrangler deploy".' }
    }
    if (!settings.includes(name)) {
      const fix = `Run "npx wrangler secret put ${name}".`
      return { name, status: 'problem', detail: 'is not set at the Worker', fix }
    }
    const fix = 'The log says what is wrong: run "npx wrangler tail", and ask for /readyz.'
    return { name, status: 'problem', detail: 'is set at the Worker, and is not right', fix }
  })
}

function judgeDatabase(database: DatabaseDiagnosis, hyperdriveId: string | null): DoctorCheck[] {
  if (!database.reachable) {
    const fix = 'See "npx wrangler hyperdrive get <id>": the address, the user, and whether PostgreSQL lets it in.'
    return [{ name: 'database', status: 'problem', detail: 'the Worker does not reach it', fix }]
  }
  return [judgeVersion(database), judgeSchema(database), judgeCache(database, hyperdriveId), judgeClock(database)]
}

function judgeVersion({ postgres }: DatabaseDiagnosis): DoctorCheck {
  const name = 'database'
  const detail = `PostgreSQL ${postgres}`
  if (postgres === null || postgres < oldestTested) {
    const fix = `Take ${oldestTested} to ${newestListed}.`
    return { name, status: 'warning', detail: `${detail}, which the hub is not tested on`, fix }
  }
  if (postgres > newestListed) {
    const fix = `It may work. To be on the safe side take ${oldestTested} to ${newestListed}.`
    return { name, status: 'warning', detail: `${detail}, which Hyperdrive does not list as supported`, fix }
  }
  return { name, status: 'ok', detail }
}

function judgeSchema({ schema }: DatabaseDiagnosis): DoctorCheck {
  const name = 'schema'
  if (schema?.fits) return { name, status: 'ok', detail: 'as this version needs it' }
  const pending = schema?.pending ?? []
  if (pending.length === 0) {
    const detail = 'was made by another version, and this one does not work with it'
    return { name, status: 'problem', detail, fix: 'Deploy the version that made it, or a newer one.' }
  }
  const fix = 'Run "npm run hub -- migrate" with DATABASE_URL of PostgreSQL itself. A Worker never migrates.'
  return { name, status: 'problem', detail: `is too old: it lacks ${pending.join(', ')}`, fix }
}

function judgeCache({ seesOwnWrites }: DatabaseDiagnosis, hyperdriveId: string | null): DoctorCheck {
  const name = 'query cache'
  const off = `npx wrangler hyperdrive update ${hyperdriveId ?? '<id>'} --caching-disabled`
  if (seesOwnWrites === true) return { name, status: 'ok', detail: 'off: a select shows what was just written' }
  if (seesOwnWrites === false) {
    const detail = 'on: a select showed what was there before a write, and the hub decides by what it reads'
    return { name, status: 'problem', detail, fix: `Run "${off}".` }
  }
  return { name, status: 'warning', detail: 'could not be tested', fix: `Migrate first. To be sure: "${off}".` }
}

function judgeClock({ clockAheadMs }: DatabaseDiagnosis): DoctorCheck {
  const name = 'clock'
  const ms = clockAheadMs ?? 0
  const detail = `${Math.abs(ms)} ms between the database and the Worker`
  if (Math.abs(ms) <= mostClockMs) return { name, status: 'ok', detail }
  return { name, status: 'warning', detail, fix: 'Let the time of the database server be set by NTP.' }
}
