import type { Log } from '../core/log.ts'

/** Makes what is told when a connector's vendor stops answering, and when it answers again. */
export function sayWhetherAnswering(connector: string, log: Log): (isAnswering: boolean) => void {
  return (isAnswering) => {
    if (isAnswering) log.info({ connector }, 'It answers again: all its deliveries go on')
    else log.warn({ connector }, 'It does not answer: one delivery at a time tries, and no other connector waits')
  }
}
