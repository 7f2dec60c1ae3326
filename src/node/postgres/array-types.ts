/**
 * The array types that the journal sends, for postgres.js. Left to itself the driver asks the server for them on each
 * new connection, and a connection that dies at that moment ends the process: nobody handles that question's failure.
 */
export const arrayTypes = {
  text: arrayType(1009),
  int: arrayType(1007),
  bigint: arrayType(1016),
  float8: arrayType(1022),
}

/** PostgreSQL docs: arrays, input syntax. Every element in quotes is right for texts and numbers alike. */
function arrayType(oid: number) {
  return { to: oid, from: [], serialize, parse: (text: string) => text }
}

function serialize(values: unknown): string {
  if (!Array.isArray(values)) return String(values)
  const elements = values.map((value) => (value === null ? 'null' : `"${String(value).replace(/["\\]/g, '\\$&')}"`))
  return `{${elements.join(',')}}`
}
