type Ask = (url: string, init: RequestInit) => Response | Promise<Response>

/** A browser with its own cookies: it shows what it is sent, and goes on where it is told when asked to. */
export class Browser {
  readonly #cookies = new Map<string, Map<string, string>>()
  readonly #ask: Ask

  constructor(ask: Ask) {
    this.#ask = ask
  }

  cookies(origin: string): Map<string, string> {
    const found = this.#cookies.get(origin) ?? new Map<string, string>()
    this.#cookies.set(origin, found)
    return found
  }

  /** Asks once, with the cookies of the origin, and keeps those that it is given. */
  async ask(url: string): Promise<Response> {
    const kept = this.cookies(new URL(url).origin)
    const cookie = [...kept].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await this.#ask(url, { headers: cookie === '' ? {} : { cookie }, redirect: 'manual' })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /max-age=0\b|expires=thu, 01 jan 1970/i.test(line)) kept.delete(name)
      else kept.set(name, value)
    }
    return answer
  }

  /** Goes on until an address of this form, which it does not ask. */
  async goOn(url: string, until: RegExp): Promise<string> {
    let at = url
    for (let steps = 0; steps < 10; steps += 1) {
      if (until.test(at)) return at
      const answer = await this.ask(at)
      const next = answer.headers.get('location')
      if (next === null) throw new Error(`${at} answered ${answer.status}: ${(await answer.text()).slice(0, 500)}`)
      at = new URL(next, at).href
    }
    throw new Error(`It went round in circles at ${at}`)
  }
}
