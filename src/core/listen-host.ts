import { isLoopback } from './settings.ts'

/** Whether an address to listen on, as HOST has it, is of this machine itself. */
export function isLoopbackHost(host: string): boolean {
  return isLoopback(writeHost(host))
}

/** A host as an address has it: IPv6 in brackets. */
export function writeHost(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
}
