import { CredentialError, MissingRightError, PermanentError, RetryAfterError } from './errors.ts'

type Advice = {
  vendor: string
  /** What to do when the vendor refused: which settings and rights to look at. */
  refused: string
}

/** What an operator does after a vendor's answer: a vendor that is unwell or busy does not say that anything is wrong here. */
export function adviseOnStatus(status: number, { vendor, refused }: Advice): string {
  if (status === 429) return `${vendor} limits calls just now. Run the doctor again in some minutes.`
  if (status === 408 || status >= 500) {
    return `That is a fault at ${vendor}, or of a proxy before it, and says nothing of the settings. See its status page, and run the doctor again.`
  }
  return refused
}

/** The same after a call that threw. */
export function adviseOnFailure(thrown: unknown, { vendor, refused }: Advice): string {
  if (thrown instanceof RetryAfterError) return adviseOnStatus(429, { vendor, refused })
  const isRefusal = [CredentialError, MissingRightError, PermanentError].some((known) => thrown instanceof known)
  if (isRefusal) return refused
  return `${vendor} gave no usable answer, which says nothing of the settings. See the way out to the internet and the vendor's status page, and run the doctor again.`
}
