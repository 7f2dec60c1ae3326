import { randomId } from '../values.ts'

type SlackUser = { id: string; email: string; name: string }

type SlackMessage = { channel: string; text: string; form: Record<string, string>; ts: string }

export type SlackOptions = { users?: SlackUser[]; channels?: string[]; scopes?: string[] }

type Form = Record<string, string>

type SlackCall = { method: string; form: Form; authorization: string | null }

export type Workspace = {
  token: string
  scopes: string[]
  messages: SlackMessage[]
  revoke: () => void
  /** What a method answers from now on: an error's name, or a whole body, as text, that is no JSON perhaps. */
  answerWith: (method: string, answer: { error: string } | { text: string }) => void
  /** An object is to be sent as JSON, a text as it is. */
  call: (call: SlackCall) => object | string
}

const needed: Record<string, string[]> = {
  'auth.test': [],
  'chat.postMessage': ['chat:write'],
  'users.lookupByEmail': ['users:read.email'],
}

/** What a workspace holds, and its answers as in the examples of docs.slack.dev/reference/methods. */
export function createWorkspace(options: SlackOptions): Workspace {
  const { users = [], channels = ['C0EXAMPLE01'], scopes = ['chat:write', 'users:read.email'] } = options
  const token = `xoxb-${randomId('simulated', 24)}`
  const messages: SlackMessage[] = []
  const answers = new Map<string, { error: string } | { text: string }>()
  let revoked = false

  const methods: Record<string, (form: Form) => object> = {
    'auth.test': () => ({
      ok: true,
      url: 'https://acme-demo.slack.test/',
      team: 'Acme Demo',
      user: 'bellhop',
      team_id: 'T0EXAMPLE01',
      user_id: 'U0EXAMPLEBOT',
      bot_id: 'B0EXAMPLE01',
    }),
    'users.lookupByEmail': ({ email = '' }) => {
      const user = users.find((one) => one.email === email.toLowerCase())
      if (!user) return { ok: false, error: 'users_not_found' }
      const profile = { real_name: user.name, email: user.email }
      return { ok: true, user: { id: user.id, team_id: 'T0EXAMPLE01', name: user.id, deleted: false, profile } }
    },
    'chat.postMessage': (form) => {
      const { channel = '', text = '' } = form
      if (text === '') return { ok: false, error: 'no_text' }
      const known = channels.includes(channel) || users.some(({ id }) => id === channel)
      if (!known) return { ok: false, error: 'channel_not_found' }
      const ts = `${Math.floor(Date.now() / 1000)}.${String(messages.length + 1).padStart(6, '0')}`
      messages.push({ channel, text, form, ts })
      return { ok: true, channel, ts, message: { type: 'message', text, bot_id: 'B0EXAMPLE01', ts } }
    },
  }

  return {
    token,
    scopes,
    messages,
    revoke: () => {
      revoked = true
    },
    answerWith: (method, answer) => void answers.set(method, answer),
    call: ({ method, form, authorization }) => {
      if (authorization !== `Bearer ${token}`)
        return { ok: false, error: authorization ? 'invalid_auth' : 'not_authed' }
      if (revoked) return { ok: false, error: 'token_revoked' }
      const answer = answers.get(method)
      if (answer && 'text' in answer) return answer.text
      if (answer) return { ok: false, ...answer }
      const missing = (needed[method] ?? []).filter((scope) => !scopes.includes(scope))
      if (missing.length > 0) {
        return { ok: false, error: 'missing_scope', needed: missing.join(','), provided: scopes.join(',') }
      }
      return methods[method]?.(form) ?? { ok: false, error: 'unknown_method', req_method: method }
    },
  }
}
