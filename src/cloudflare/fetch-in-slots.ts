import type { ConnectionSlots } from './connection-slots.ts'

/**
 * Makes a `fetch` that waits for a slot and has it until the answer's body has been read, was given up, or the call's
 * time is over: until then the connection is open.
 */
export function makeFetchInSlots(
  slots: Pick<ConnectionSlots, 'take'>,
  via: typeof fetch = (input, init) => fetch(input, init),
): typeof fetch {
  return async (input, init) => {
    const { signal } = init ?? {}
    const leave = await slots.take(signal)
    try {
      const answer = await via(input, init)
      if (answer.body !== null) return leaveAtItsEnd(answer, { leave, signal })
      leave()
      return answer
    } catch (thrown) {
      leave()
      throw thrown
    }
  }
}

type End = { leave(): void; signal: AbortSignal | null | undefined }

function leaveAtItsEnd(answer: Response, { leave, signal }: End): Response {
  const { readable, writable } = new TransformStream()
  answer.body?.pipeTo(writable).then(leave, leave)
  // A caller that never reads the body must not hold the slot for ever.
  signal?.addEventListener('abort', leave, { once: true })
  const { status, statusText, headers, url, redirected } = answer
  return Object.defineProperties(new Response(readable, { status, statusText, headers }), {
    url: { value: url },
    redirected: { value: redirected },
  })
}
