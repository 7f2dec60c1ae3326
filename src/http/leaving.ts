import type { MiddlewareHandler } from 'hono'

/** Whether the process was told to end: `/readyz` says so, while hooks are still answered. */
export type Leaving = { isLeaving(): boolean; leave(): void }

export function makeLeaving(): Leaving {
  let leaving = false
  return {
    isLeaving: () => leaving,
    leave: () => {
      leaving = true
    },
  }
}

/** Has each answer end its connection from then on, so that the next request opens one to a process that stays. */
export function closeWhenLeaving({ isLeaving }: Pick<Leaving, 'isLeaving'>): MiddlewareHandler {
  return async (c, next) => {
    await next()
    if (isLeaving()) c.header('connection', 'close')
  }
}
