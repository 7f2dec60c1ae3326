import { CredentialError, type HttpClient, type Json, PermanentError } from '../../src/index.ts'

/** The reading half of the hub's client on its bare `fetch`, which is what a doctor gets. */
export function doctorHttp(fetch: typeof globalThis.fetch): Pick<HttpClient, 'get'> {
  return {
    get: async (url, { headers = {}, query = {} } = {}) => {
      const address = new URL(url)
      for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value)
      const { status, ...response } = await answered(fetch, address, headers)
      const what = `GET ${address.origin} answered ${status}`
      if (status === 401) throw new CredentialError(what)
      if (status >= 400 && status < 500) throw new PermanentError(what, { answer: { status, ...response } })
      if (status >= 300) throw new Error(what)
      return { status, ...response }
    },
  }
}

async function answered(fetch: typeof globalThis.fetch, address: URL, headers: Record<string, string>) {
  const response = await fetch(address, { headers })
  const body = (await response.json().catch(() => null)) as Json
  return { status: response.status, headers: Object.fromEntries(response.headers), body }
}
