export type ApiClient = {
  /** @throws Error unless it is answered 200 */
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: object): Promise<T>
}

/** Asks a hub's API with a token, as a program does. */
export function makeApiClient(url: string, token: string): ApiClient {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const ask = async <T>(path: string, init: RequestInit): Promise<T> => {
    const answer = await fetch(new URL(path, url), { headers, ...init })
    const text = await answer.text()
    if (answer.status !== 200) throw new Error(`${path} was answered ${answer.status}: ${text.slice(0, 500)}`)
    return JSON.parse(text)
  }
  return {
    get: (path) => ask(path, {}),
    post: (path, body) => ask(path, { method: 'POST', body: JSON.stringify(body) }),
  }
}
