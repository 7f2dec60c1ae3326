/** Times in which nothing is done to many at once. */
export type FreezeWindow = { zone: string } & (
  | { every: 'week'; fromMinute: number; toMinute: number }
  /** Whole days, the last one included. */
  | { every: 'once'; fromDay: string; toDay: string }
)

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const minutesOfDay = 24 * 60
const minutesOfWeek = 7 * minutesOfDay

const weekly = /^([a-z]{3}) (\d{2}):(\d{2})\s*-\s*([a-z]{3}) (\d{2}):(\d{2})(?: (\S+))?$/i
const dated = /^(\d{4}-\d{2}-\d{2})\s*\/\s*(\d{4}-\d{2}-\d{2})(?: (\S+))?$/

/** Windows such as `Fri 16:00-Mon 07:00 Europe/Berlin; 2026-12-20/2027-01-03`; null: the text is no list of windows. */
export function parseFreeze(text: string): FreezeWindow[] | null {
  const parts = text
    .split(';')
    .map((part) => part.trim().replace(/\s+/g, ' '))
    .filter((part) => part !== '')
  const windows = parts.map((part) => parseWeekly(part) ?? parseDated(part))
  return windows.every((window) => window !== null) ? windows : null
}

function parseWeekly(part: string): FreezeWindow | null {
  const [, fromDay, fromHour, fromMinute, toDay, toHour, toMinute, zone = 'UTC'] = weekly.exec(part) ?? []
  const from = readMinute(fromDay, fromHour, fromMinute)
  const to = readMinute(toDay, toHour, toMinute)
  if (from === null || to === null || from === to || !isZone(zone)) return null
  return { every: 'week', zone, fromMinute: from, toMinute: to }
}

function parseDated(part: string): FreezeWindow | null {
  const [, fromDay = '', toDay = '', zone = 'UTC'] = dated.exec(part) ?? []
  if (!isDay(fromDay) || !isDay(toDay) || fromDay > toDay || !isZone(zone)) return null
  return { every: 'once', zone, fromDay, toDay }
}

/** The minute of a week that begins on Monday. */
function readMinute(day = '', hour = '', minute = ''): number | null {
  const at = days.indexOf(day.toLowerCase())
  const isTime = Number(hour) < 24 && Number(minute) < 60
  return at >= 0 && hour !== '' && isTime ? at * minutesOfDay + Number(hour) * 60 + Number(minute) : null
}

function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

/** Whether a moment lies in one of the windows. The first minute of a window is in it, and the minute of its end is not. */
export function isFrozen(windows: readonly FreezeWindow[], at: Date): boolean {
  return windows.some((window) => {
    const local = readLocal(at, window.zone)
    if (window.every === 'once') return window.fromDay <= local.day && local.day <= window.toDay
    const length = (window.toMinute - window.fromMinute + minutesOfWeek) % minutesOfWeek
    return (local.minuteOfWeek - window.fromMinute + minutesOfWeek) % minutesOfWeek < length
  })
}

/** What clocks and calendars in a time zone show. */
function readLocal(at: Date, zone: string): { day: string; minuteOfWeek: number } {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  })
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]))
  const of = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? ''
  const minuteOfWeek = readMinute(of('weekday'), of('hour'), of('minute')) ?? 0
  return { day: `${of('year').padStart(4, '0')}-${of('month')}-${of('day')}`, minuteOfWeek }
}
