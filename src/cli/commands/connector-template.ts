/** What a new connector is called, in each place. */
export type ConnectorNames = {
  /** `time-clock`: its id and folder. */
  id: string
  /** `TIME_CLOCK`: what its settings begin with. */
  prefix: string
  /** `Time clock`: in sentences. */
  title: string
}

/** The files of a new connector by name: it works as it stands, on an interface that is to be replaced. */
export function connectorFiles(names: ConnectorNames): Record<string, string> {
  return {
    'index.ts': index(names),
    'config.ts': config(names),
    'access.ts': access(names),
    'README.md': readme(names),
    [`${names.id}.test.ts`]: test(names),
  }
}

const index = ({ id, prefix, title }: ConnectorNames) => `import { defineConnector } from '../../src/index.ts'
import { accessAt, nothingThere } from './access.ts'
import { config } from './config.ts'

/** ${title}: gives and takes access on request. */
export default defineConnector({
  id: '${id}',
  config,
  grants: ({ config }) => config.${prefix}_GRANTS,
  provision: async ({ request, config, http }) => {
    for (const { url, headers } of accessAt({ request, config })) await http.put(url, {}, { headers })
  },
  deprovision: async ({ request, config, http }) => {
    for (const { url, headers } of accessAt({ request, config }))
      await http.delete(url, { headers }).catch(nothingThere)
  },
})
`

const config = ({ prefix, title }: ConnectorNames) => `import { z } from 'zod'
import { grantable, secret, vendorUrl } from '../../src/index.ts'

/** Read from the environment at start. An operator who has set one wrongly reads its description. */
export const config = z.object({
  ${prefix}_URL: vendorUrl().describe('The address of ${title}, such as https://api.example.com.'),
  ${prefix}_TOKEN: secret(z.string()).describe('A token of ${title} that may change access, and nothing else.'),
  ${prefix}_GRANTS: grantable({ target: /^[\\w-]+$/, error: 'is not letters, digits, _ and -' }).describe(
    'What may be granted: {"<application>": {"<permission>": "<its name at ${title}>"}}. Left out: nothing.',
  ),
})
`

const access = ({ prefix, title }: ConnectorNames) => `import type { z } from 'zod'
import { type AccessRequest, PermanentError } from '../../src/index.ts'
import type { config } from './config.ts'

type Asked = {
  request: Pick<AccessRequest<unknown>, 'subject' | 'permissions'>
  config: z.output<typeof config>
}

/** Where ${title} has each thing that is asked for: PUT gives it, DELETE takes it away. Replace it by what yours has. */
export function accessAt({ request, config }: Asked): { url: string; headers: Record<string, string> }[] {
  const person = \`\${config.${prefix}_URL}/people/\${encodeURIComponent(request.subject.email)}\`
  const headers = { authorization: \`Bearer \${config.${prefix}_TOKEN}\` }
  return request.permissions.map(({ target }) => ({ url: \`\${person}/access/\${encodeURIComponent(target)}\`, headers }))
}

/** Access that is not there has been taken away. */
export function nothingThere(thrown: unknown): void {
  if (!(thrown instanceof PermanentError && thrown.answer?.status === 404)) throw thrown
}
`

const readme = ({ id, prefix, title }: ConnectorNames) => `# ${title}

Gives and takes access at ${title} when a request platform asks for it.

## Set it up

1. **Make \`access.ts\` speak your system's language.** As generated, access is at \`/people/<e-mail>/access/<name>\`: \`PUT\`
   gives it and \`DELETE\` takes it away. Both may come twice.
2. **Make a token** that may change access and nothing else.
3. **Say what may be granted**, for example \`${prefix}_GRANTS='{"${id}": {"edit": "editors"}}'\`: the platform's application id, its
   permission's value, and the name at ${title}. Nothing else is ever granted.
4. **Start the hub** with \`${prefix}_URL\`, \`${prefix}_TOKEN\` and \`${prefix}_GRANTS\`.

## Try it

\`npx vitest run connectors/${id}\` tests it against a server of its own. \`npm run hub -- connectors\` shows whether it is on,
and what it lacks. With the hub running (\`npm run dev\` starts it anew whenever a file changes), this asks it as a platform
would: \`npm run hub -- try ${id} provision --email you@example.com --permission edit\`.

## Undo

1. Take the webhooks that lead to it away at the request platform.
2. Start the hub without \`${prefix}_URL\`, \`${prefix}_TOKEN\` and \`${prefix}_GRANTS\`: the connector is off. What it granted stays as it is.
3. Revoke the token.
4. To remove it: delete this folder, and its two mentions in \`connectors/index.ts\`.
`

const test = ({ id, prefix, title }: ConnectorNames) => `import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CredentialError, invoke, PermanentError, RetryAfterError } from '../../src/index.ts'
import connector from './index.ts'

/** A ${title} in this process: who has what, and how it answers if it does not do as it is told. */
const granted = new Set<string>()
let answer: { status: number; headers?: Record<string, string> } | undefined
let server: Server
let config = { ${prefix}_URL: '', ${prefix}_TOKEN: '', ${prefix}_GRANTS: '' }

beforeEach(async () => {
  granted.clear()
  answer = undefined
  server = createServer(({ method, url = '', headers }, response) => {
    if (answer) return response.writeHead(answer.status, answer.headers).end()
    if (headers.authorization !== 'Bearer test-token') return response.writeHead(401).end()
    if (method === 'PUT') granted.add(url)
    return response.writeHead(method === 'PUT' || granted.delete(url) ? 204 : 404).end()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  config = {
    ${prefix}_URL: \`http://127.0.0.1:\${typeof address === 'object' ? address?.port : ''}\`,
    ${prefix}_TOKEN: 'test-token',
    ${prefix}_GRANTS: '{"app": {"edit": "editors", "read": "readers"}}',
  }
})

afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const request = {
  subject: { email: 'lena@example.com' },
  application: { id: 'app' },
  permissions: [{ value: 'edit' }, { value: 'read' }],
}
const all = ['/people/lena%40example.com/access/editors', '/people/lena%40example.com/access/readers']

describe('the connector ${id}', () => {
  test('gives all that is asked for, and no more when it is asked again', async () => {
    await invoke(connector, 'provision', { request }, { config })
    await invoke(connector, 'provision', { request }, { config })
    expect([...granted]).toEqual(all)
  })

  test('takes all of it away, also when it is gone and when nobody knows the person', async () => {
    await invoke(connector, 'provision', { request }, { config })
    await invoke(connector, 'deprovision', { request }, { config })
    await invoke(connector, 'deprovision', { request, person: null }, { config })
    expect([...granted]).toEqual([])
  })

  test('grants nothing that is not in its allow-list', async () => {
    const asked = invoke(connector, 'provision', { request: { ...request, permissions: [{ value: 'own' }] } }, { config })
    await expect(asked).rejects.toThrow(PermanentError)
    expect([...granted]).toEqual([])
  })

  test.each([
    { status: 422, thrown: PermanentError },
    { status: 401, thrown: CredentialError },
    { status: 429, thrown: RetryAfterError, headers: { 'retry-after': '7' } },
    { status: 500, thrown: Error },
  ])('ends as the hub expects when the answer is $status', async ({ status, thrown, headers = {} }) => {
    answer = { status, headers }
    await expect(invoke(connector, 'provision', { request }, { config })).rejects.toThrow(thrown)
    await expect(invoke(connector, 'deprovision', { request }, { config })).rejects.toThrow(thrown)
  })

  test('says what is wrong with a setting, and not its value', async () => {
    const wrong = { ...config, ${prefix}_URL: 'not-an-address' }
    const asked = invoke(connector, 'provision', { request }, { config: wrong })
    await expect(asked).rejects.toThrow(/${prefix}_URL (?!.*not-an-address)/)
  })
})
`
