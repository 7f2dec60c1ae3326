import type { ApiNeeds } from './needs.ts'

/** The operations API, before it is loaded. */
export type LazyApi = {
  /** Answers a request, and loads the API for the first one. */
  fetch(request: Request, env: unknown): Promise<Response>
  /** Loads it ahead of the first request. @throws Error when a route names no role */
  load(): Promise<void>
}

/** Makes the API such that its schemas are loaded when somebody asks: no hook waits for them after a start. */
export function makeLazyApi(needs: ApiNeeds): LazyApi {
  const open = async () => (await import('./serve-api.ts')).serveApi(needs)
  let opened: ReturnType<typeof open> | undefined
  const take = () => {
    opened ??= open()
    return opened
  }
  return {
    fetch: async (request, env) => (await take()).fetch(request, env as object),
    load: async () => void (await take()),
  }
}
