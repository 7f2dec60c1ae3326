/** Through which surface an act came. `schedule`: as it was ordered for that time; `hub`: nobody ordered it. */
export type ActWay = 'console' | 'api' | 'cli' | 'schedule' | 'hub'

/**
 * `administrator`: who has the machine and its database, which overrides what a second person would have to decide.
 * `break_glass`: an operator by an emergency link, of which others were alerted.
 */
export type ActRole = 'viewer' | 'auditor' | 'operator' | 'admin' | 'administrator' | 'break_glass' | 'hub'

/** Who acts. A surface hands this over, and vouches for it; what is below a surface never makes one up. */
export type Operator = {
  /** Their id, or a name that they gave themselves: then `account` is the id. */
  by: string
  /** The id that the surface vouches for, where `by` is not it. */
  account?: string
  role: ActRole
  way: ActWay
  /** The request in which the act came; absent: it came in none. */
  requestId?: string
}

/** The hub by its own rules. */
export const hubItself: Operator = { by: 'hub', role: 'hub', way: 'hub' }
