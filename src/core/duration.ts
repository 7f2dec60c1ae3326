/** Spans of time in milliseconds. */
export const second = 1000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour

/** A span of time: 850 ms, 12 s, 3 min, 5 h, 2 d. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < second) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 10 * second) return `${(milliseconds / second).toFixed(1)} s`
  if (milliseconds < 2 * minute) return `${Math.round(milliseconds / second)} s`
  if (milliseconds < 2 * hour) return `${Math.round(milliseconds / minute)} min`
  if (milliseconds < 2 * day) return `${Math.round(milliseconds / hour)} h`
  return `${Math.round(milliseconds / day)} d`
}
