import { setTimeout as sleep } from 'node:timers/promises'

/** The tenants that the story is played on, with credentials, and the person it is about. */
export type Stage = {
  okta: { url: string; token: string }
  auth0: { url: string; clientId: string; clientSecret: string }
  person: { name: string; oktaId: string; userIds: readonly string[]; loginAs: string }
}

/** One step as it ended; `detail` says what was seen, or why it failed. */
export type Step = { title: string; ok: boolean; milliseconds: number; detail: string }

type Act = {
  stage: Stage
  /** Whether Auth0 itself refuses (blocked, sessions ended) or the Action alone does. */
  by: 'action' | 'auth0'
  tell(step: Step): void
}

/** How many steps came true; after the first that did not, no other is tried. */
type ActResult = { passed: number; failed: number }

const patienceMs = 15_000

/** Plays one act over HTTP alone, tells every step as it ends, and counts them. */
export async function playAct({ stage, by, tell }: Act): Promise<ActResult> {
  const world = await connectToTenants(stage)
  const session: { id?: string; refreshToken?: string } = {}
  const result: ActResult = { passed: 0, failed: 0 }
  const step = async (title: string, work: () => Promise<string>) => {
    if (result.failed > 0) return
    const startedAt = performance.now()
    const end = (ok: boolean, detail: string) =>
      tell({ title, ok, milliseconds: performance.now() - startedAt, detail })
    try {
      const detail = await work()
      result.passed++
      end(true, detail)
    } catch (thrown) {
      result.failed++
      end(false, thrown instanceof Error ? thrown.message : String(thrown))
    }
  }
  const { name, userIds } = stage.person

  await step(`${name} logs in on two devices`, async () => {
    const laptop = await world.login({})
    const phone = await world.login({})
    expectThat(
      laptop.status === 200 && phone.status === 200,
      `Auth0 answered ${laptop.status} ${describe(laptop.body)}`,
    )
    session.id = String(laptop.body.session_id)
    session.refreshToken = String(phone.body.refresh_token)
    return 'allowed: she has a session on her laptop and a refresh token on her phone'
  })
  await step('She is deactivated in Okta', async () => {
    await world.okta('POST', `/api/v1/users/${stage.person.oktaId}/lifecycle/deactivate`)
    return 'status DEPROVISIONED'
  })
  await step('Okta sends its event hook; the hub commits it and answers', () =>
    world.waitForHookAnswer('user.lifecycle.deactivate'),
  )
  await step('Auth0 holds it: written, and read back', async () => {
    await world.until(async () =>
      (await world.users(userIds)).every(
        (user) => world.flag(user) === true && (by === 'action' || user.blocked === true),
      ),
    )
    return `${userIds.length} users flagged${by === 'auth0' ? ' and blocked' : ''}`
  })
  if (by === 'action') await playDenialByAction({ step, world, session })
  else await playRefusalByAuth0({ step, world, session, userIds })
  await step('She is activated again in Okta', async () => {
    await world.okta('POST', `/api/v1/users/${stage.person.oktaId}/lifecycle/activate?sendEmail=false`)
    return 'status ACTIVE'
  })
  await step('The hub unblocks her: it undoes what it did itself', async () => {
    await world.until(async () =>
      (await world.users(userIds)).every((user) => world.flag(user) === false && user.blocked !== true),
    )
    return `${userIds.length} users unblocked`
  })
  await step(`${name} logs in again`, async () => {
    const { status, body } = await world.login({})
    expectThat(status === 200, `Auth0 answered ${status} ${describe(body)}`)
    return 'allowed'
  })
  return result
}

type World = Awaited<ReturnType<typeof connectToTenants>>
type Scene = {
  step(title: string, work: () => Promise<string>): Promise<void>
  world: World
  session: { id?: string; refreshToken?: string }
}

async function playDenialByAction({ step, world, session }: Scene): Promise<void> {
  const denied = ({ status, body }: Answer) => {
    expectThat(
      status === 403 && body.error === 'access_denied',
      `not denied by the Action: ${status} ${describe(body)}`,
    )
    return `denied: “${String(body.error_description)}”`
  }
  await step('Her next login is denied by the Action', async () => denied(await world.login({})))
  await step('So is a silent login with her old session', async () =>
    denied(await world.login({ mode: 'silent', session: session.id })),
  )
  await step('So is her refresh token', async () => denied(await world.refresh(session.refreshToken ?? '')))
}

async function playRefusalByAuth0({
  step,
  world,
  session,
  userIds,
}: Scene & { userIds: readonly string[] }): Promise<void> {
  await step('Her sessions are ended', async () => {
    await world.until(async () => (await world.sessions(userIds)) === 0)
    return 'none left'
  })
  await step('Her refresh token is dead', async () => {
    const { status, body } = await world.refresh(session.refreshToken ?? '')
    expectThat(status === 403 && body.error === 'invalid_grant', `not refused: ${status} ${describe(body)}`)
    return `refused: “${String(body.error_description)}”`
  })
  await step('Auth0 refuses her before any Action runs', async () => {
    const { status, body } = await world.login({})
    expectThat(status === 403 && body.error === 'unauthorized', `not refused by Auth0: ${status} ${describe(body)}`)
    expectThat(Array.isArray(body.actions_run) && body.actions_run.length === 0, `an Action ran: ${describe(body)}`)
    return `refused: “${String(body.error_description)}”`
  })
}

type Body = Record<string, unknown>
type Answer = { status: number; body: Body }

/** Gets a token of the Management API and returns all that the story does, as HTTP requests to the two vendors. */
async function connectToTenants({ okta, auth0, person }: Stage) {
  const token = await getManagementToken(auth0)
  const management = (path: string) => call(`${auth0.url}/api/v2${path}`, { token: `Bearer ${token}` })
  const metadataOf = (user: Body) => (user.app_metadata as { okta?: { deactivated?: boolean } } | undefined)?.okta
  let deliveriesSeen = (await listDeliveries(okta)).length

  return {
    okta: async (method: string, path: string) => {
      const answer = await call(`${okta.url}${path}`, { method, token: `SSWS ${okta.token}` })
      expectThat(answer.status < 300, `Okta answered ${answer.status} ${describe(answer.body)}`)
    },
    async waitForHookAnswer(eventType: string) {
      const found = await until(async () =>
        (await listDeliveries(okta)).slice(deliveriesSeen).find((one) => one.body.includes(eventType)),
      )
      deliveriesSeen = (await listDeliveries(okta)).length
      const last = found.tries.at(-1)
      expectThat(last?.outcome === 204, `the hub answered ${last?.outcome}`)
      return `204 after ${last?.durationMs.toFixed(0)} ms`
    },
    users: async (ids: readonly string[]) =>
      Promise.all(ids.map(async (id) => (await management(`/users/${encodeURIComponent(id)}`)).body)),
    sessions: async (ids: readonly string[]) => {
      const answers = await Promise.all(ids.map((id) => management(`/users/${encodeURIComponent(id)}/sessions`)))
      return answers.reduce((sum, { body }) => sum + ((body.sessions as unknown[]) ?? []).length, 0)
    },
    flag: (user: Body) => metadataOf(user)?.deactivated,
    login: (body: Body) => call(`${auth0.url}/login`, { method: 'POST', body: { user_id: person.loginAs, ...body } }),
    refresh: (refreshToken: string) =>
      call(`${auth0.url}/oauth/token`, {
        method: 'POST',
        body: { grant_type: 'refresh_token', client_id: 'demo-app', refresh_token: refreshToken },
      }),
    until: (question: () => Promise<boolean>) => until(async () => ((await question()) ? true : undefined)),
  }
}

type HookDelivery = { body: string; tries: { outcome: number | string; durationMs: number }[] }

async function listDeliveries({ url }: Stage['okta']): Promise<HookDelivery[]> {
  return (await (await fetch(`${url}/simulation/deliveries`)).json()) as HookDelivery[]
}

async function getManagementToken({ url, clientId, clientSecret }: Stage['auth0']): Promise<string> {
  const body = {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    audience: `${url}/api/v2/`,
  }
  const answer = await call(`${url}/oauth/token`, { method: 'POST', body })
  expectThat(answer.status === 200, `Auth0 gave no token: ${answer.status} ${describe(answer.body)}`)
  return String(answer.body.access_token)
}

async function call(
  url: string,
  { method = 'GET', token, body }: { method?: string; token?: string; body?: Body },
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...(token ? { authorization: token } : {}), ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Body) }
}

async function until<T>(question: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const answer = await question()
    if (answer !== undefined) return answer
    expectThat(performance.now() < deadline, `it did not come true within ${patienceMs / 1000} s`)
    await sleep(5)
  }
}

function expectThat(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise)
}

function describe(body: Body): string {
  return JSON.stringify(body).slice(0, 200)
}
