import type { WebClient, WebClientOptions } from '@slack/web-api'
import type { ConnectContext } from '../../src/index.ts'
import type { SlackConfig } from './config.ts'

export type SlackClient = {
  /** Slack's own client for one run: its calls end with the signal. */
  api(signal: AbortSignal): WebClient
  /** Posts once per key while this process lives: a delivery may be tried again after only half of it failed. */
  once(key: string, post: () => Promise<unknown>): Promise<void>
}

type SlackFetch = NonNullable<WebClientOptions['fetch']>

const keysKept = 5_000
const nothing = () => {}

/**
 * Slack's SDK on the hub's fetch, which has the time limit. Its own retries are off and it reports a rate limit at
 * once, because the hub's schedule owns retries. It would log to the console; its errors say the same.
 */
export async function connect({ config, fetch }: ConnectContext<SlackConfig>): Promise<SlackClient> {
  const { WebClient, LogLevel } = await import('@slack/web-api')
  const logger = {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: nothing,
    setLevel: nothing,
    getLevel: () => LogLevel.ERROR,
    setName: nothing,
  }
  const posted = new Set<string>()
  return {
    api: (signal) => {
      const withSignal: SlackFetch = (url, init) => fetch(url, { ...init, signal })
      return new WebClient(config.SLACK_BOT_TOKEN, {
        fetch: withSignal,
        logger,
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
        allowAbsoluteUrls: false,
        ...(config.SLACK_BASE_URL ? { slackApiUrl: `${config.SLACK_BASE_URL}/api/` } : {}),
      })
    },
    once: async (key, post) => {
      if (posted.has(key)) return
      await post()
      posted.add(key)
      const [oldest] = posted
      if (posted.size > keysKept && oldest !== undefined) posted.delete(oldest)
    },
  }
}
