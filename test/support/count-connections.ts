export type CountedFetch = {
  fetch: typeof globalThis.fetch
  /** How many were open at once at most. */
  highest(): number
}

/**
 * Makes a `fetch` that counts its open connections, each from the call to the end of its body, and refuses one too many,
 * as the platform of a Worker does. `via`: what calls; left out: an answer after some milliseconds.
 */
export function countConnections({ most, via = answerSlowly }: { most: number; via?: typeof fetch }): CountedFetch {
  let open = 0
  let highest = 0
  return {
    async fetch(input, init) {
      if (++open > most) throw new Error(`${open} connections are open, and ${most} may be.`)
      highest = Math.max(highest, open)
      try {
        const answer = await via(input, init)
        const { status, headers } = answer
        const bytes = await answer.arrayBuffer()
        return new Response(bytes.byteLength === 0 ? null : bytes, { status, headers })
      } finally {
        open--
      }
    },
    highest: () => highest,
  }
}

async function answerSlowly(): Promise<Response> {
  await new Promise((resolve) => setTimeout(resolve, 5))
  return new Response('an answer')
}
