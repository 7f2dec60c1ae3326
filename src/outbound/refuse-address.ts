import { AddressRefusedError } from '../core/errors.ts'

/** The host of an address, without brackets. A URL's is canonical: 2130706433, 0x7f.1 and 0177.0.0.1 all read 127.0.0.1. */
export function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '')
}

/** What an operator can do about an address that is a number, or resolves to one. */
export const byNetwork = 'If it may be called, an operator adds its network to HUB_OUTBOUND_ALLOW.'

/** Does not tell the address that a name resolves to: the sender of the name reads this text. */
export function makeRefusal(host: string, why: string, fix: string = byNetwork): AddressRefusedError {
  return new AddressRefusedError(`${host} was not called: ${why}, and no setting of this connector names it. ${fix}`)
}
