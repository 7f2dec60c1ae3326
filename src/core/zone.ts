/** A day, or a day and a time of it, as clocks in a zone show it. */
const wallClock = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?)?$/

/** True for the name of a time zone, such as `Europe/Berlin` or `UTC`. */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** An ISO time as clocks in a zone show it: `2026-05-14 08:30:00`. */
export function formatInZone(time: string, zone: string): string {
  return writeWallClock(Date.parse(time), zone)
}

/** The day of a time in a zone: `2026-05-14`. */
export function dayInZone(time: Date, zone: string): string {
  return writeWallClock(time.getTime(), zone).slice(0, 10)
}

/**
 * The moment at which clocks in a zone show a day or a time; null: the text is neither. A time that clocks skip counts
 * as one behind the skipped hour, and of one that they show twice the first counts.
 */
export function readInZone(text: string, zone: string): Date | null {
  const [, year, month, day, hour = '00', minute = '00', second = '00'] = wallClock.exec(text.trim()) ?? []
  if (year === undefined) return null
  const asUtc = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(asUtc) || !new Date(asUtc).toISOString().startsWith(`${year}-${month}-${day}`)) return null
  const offsetAt = (moment: number) => Date.parse(`${writeWallClock(moment, zone).replace(' ', 'T')}Z`) - moment
  const halfDay = 12 * 3600 * 1000
  const [before, after] = [offsetAt(asUtc - halfDay), offsetAt(asUtc + halfDay)]
  const fitting = [asUtc - before, asUtc - after].filter((moment) => moment + offsetAt(moment) === asUtc)
  return new Date(fitting.length > 0 ? Math.min(...fitting) : asUtc - before)
}

function writeWallClock(moment: number, zone: string): string {
  const whole = Math.floor(moment / 1000) * 1000
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(whole)
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((one) => one.type === type)?.value ?? ''
  const year = part('year').padStart(4, '0')
  return `${year}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}:${part('second')}`
}
