import { type Doing, statusOf, toHubError } from './errors.ts'

/** Makes a call of the SDK and puts its errors into the hub's words. */
export async function inHubWords<T>(doing: Doing, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw toHubError(error, doing)
  }
}

/** For `.catch()`: a 404 is an answer here. */
export function nullWhenGone(error: unknown): null {
  if (statusOf(error) === 404) return null
  throw error
}

/** The SDK's request option that ends a call with the signal. */
export function until(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal ? { abortSignal: signal } : {}
}
