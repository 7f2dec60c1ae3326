/**
 * What postgres.js must know of PostgreSQL's types to serve the journal: give it to every pool that a journal works on,
 * as `postgres(url, { types: driverTypes })`.
 *
 * The arrays are those that the journal sends. Left to itself the driver asks the server for them on each new
 * connection, and a connection that dies at that moment ends the process: no code handles the failure of that question.
 *
 * Times come out as ISO text with milliseconds, such as `2026-05-14T12:00:00.000Z`, where the driver's default is a
 * Date. What SQL builds into JSON has the same form through `hub.iso_time`. The numbers are those of `pg_type.oid`.
 */
export const driverTypes = {
  text: arrayType(1009),
  int: arrayType(1007),
  bigint: arrayType(1016),
  float8: arrayType(1022),
  timestamptz: { to: 1184, from: [1184], serialize: toIso, parse: readTime },
}

function arrayType(oid: number) {
  return { to: oid, from: [], serialize: serializeArray, parse: (text: string) => text }
}

/** PostgreSQL docs: arrays, input syntax. Every element in quotes is right for texts and numbers alike. */
function serializeArray(values: unknown): string {
  if (!Array.isArray(values)) return String(values)
  const elements = values.map((value) => (value === null ? 'null' : `"${String(value).replace(/["\\]/g, '\\$&')}"`))
  return `{${elements.join(',')}}`
}

function toIso(time: string | Date): string {
  return new Date(time).toISOString()
}

/** `infinity` has no ISO text and stays as it is: to throw here would break the connection. */
function readTime(text: string): string {
  return text.endsWith('infinity') ? text : toIso(text)
}
