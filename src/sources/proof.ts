/** The part of a request by which a source decides who is calling, before the body is read. */
export type RequestHead = { header(name: string): string | undefined }

/** How a hook must prove itself: what is configured for its route is required of it. */
export type Proof = { secret: boolean; signature: boolean }

/** What came of a look at a hook's secret or signature. `detail` is told to its sender, and holds no secret. */
/** `messageId`: the sender's own id of the message, where it is part of what is signed. */
export type ProofCheck = { good: true; messageId?: string } | FailedCheck

/** `wrong_time`: the signature is good, so that its sender has the secret, and it is too old or too new. */
export type FailedCheck = { good: false; why: 'missing' | 'wrong' | 'wrong_time'; detail: string }

/** The refusal of a hook that lacks headers: it names them, so that an administrator at the platform sees which. */
export function refuseMissing(headers: readonly string[]): FailedCheck {
  return { good: false, why: 'missing', detail: `Missing: ${headers.join(', ')}.` }
}
