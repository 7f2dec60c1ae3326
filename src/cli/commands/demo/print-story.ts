import { styleText } from 'node:util'
import type { Step } from '../../../../lab/story.ts'

export type Printer = {
  opening(facts: { okta: string; auth0: string; hub: string; folder: string }): void
  heading(text: string): void
  act(title: string): void
  detail(line: string): void
  step(step: Step): void
  closing(facts: Closing): void
}

type Closing = {
  passed: number
  failed: number
  folder: string
  env: Record<string, string>
  log: readonly string[]
  /** It ends now, and with it everything that there would be to look at. */
  once: boolean
}

const say = (line = '') => process.stdout.write(`${line}\n`)
// styleText itself leaves colour out where the terminal or NO_COLOR asks for none.
const paint = (format: Parameters<typeof styleText>[0], text: string) =>
  styleText(format, text, { stream: process.stdout })

/** Prints the demo's story, a line a step, with the milliseconds each took. */
export function makePrinter(): Printer {
  return {
    opening({ okta, auth0, hub, folder }) {
      say(paint('bold', 'Bellhop: deactivated in Okta, locked out of Auth0'))
      say()
      say(`  simulated Okta org       ${okta}`)
      say(`  simulated Auth0 tenant   ${auth0}`)
      say(`  the hub                  ${hub}`)
      say(`  embedded PostgreSQL in   ${folder}/.bellhop`)
    },
    heading(text) {
      say()
      say(paint('bold', text))
    },
    act(title) {
      say()
      say(paint('bold', title))
    },
    detail(line) {
      say(`  ${paint('dim', line)}`)
    },
    step({ title, ok, milliseconds, detail }) {
      const mark = ok ? paint('green', '✓') : paint('red', '✗')
      say(`  ${mark} ${`${milliseconds.toFixed(0)} ms`.padStart(8)}  ${title}`)
      say(`               ${paint(ok ? 'dim' : 'red', detail)}`)
    },
    closing({ passed, failed, folder, env, log, once }) {
      say()
      if (failed > 0) {
        say(paint('red', `A step failed after ${passed} had passed. The end of the hub’s log:`))
        for (const line of log.slice(-30)) say(`  ${line}`)
        return
      }
      say(paint('green', `All ${passed} steps passed.`))
      say()
      if (once) {
        say('All of it is gone now; without --once it keeps running, so that you can look around.')
        say('The code: lab/story.ts tells it, src/engine/sync/run-sync.ts does it.')
        return
      }
      say('Where to look next, in another terminal while this one runs:')
      say()
      say(`  npm run hub -- deliveries --folder ${folder}      what was delivered`)
      say(`  npm run hub -- person lena.park@acme-demo.test --folder ${folder}`)
      say(`  curl http://127.0.0.1:${env.PORT}/readyz`)
      say()
      say('The code: lab/story.ts tells it, src/engine/sync/run-sync.ts does it. Ctrl-C ends the demo.')
    },
  }
}
