/**
 * The scenarios that play what was changed last: a quick run plays them five times, and the others twice. Whoever
 * changes how hubs start, end or take over from one another puts those scenarios here.
 */
export const touched: ReadonlySet<string> = new Set(['workerd-kill'])

/**
 * What a quick run leaves out, with the reason. A run by name, and one that is not quick, play it.
 */
export const leftOut: ReadonlyMap<string, string> = new Map([
  ['rolling-restart', 'it shares the restarts of the next one'],
  ['rolling-restart-four', 'at one of 28 restarts hooks were answered 502: not explained yet'],
])
