/**
 * The scenarios that play what was changed last: a quick run plays them five times, and the others twice. Whoever
 * changes how hubs start, end or take over from one another puts those scenarios here.
 */
export const touched: ReadonlySet<string> = new Set(['workerd-kill', 'rolling-restart', 'rolling-restart-four'])
