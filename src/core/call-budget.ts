import type { Clock } from './clock.ts'
import { readVendorLimit, type VendorAnswer, type VendorLimit } from './vendor-limit.ts'

/** What calls are made for, in the order in which a vendor's rate limit is shared out. */
export const callClasses = ['denial', 'opening', 'plan', 'bulk', 'background'] as const

export type CallClass = (typeof callClasses)[number]

/**
 * Takes calls out of the ledger that all processes share. `made`: calls of each class that were made beyond what was
 * taken. `seen`: what the vendor said since the last question.
 */
export type TakeCalls = (question: {
  connector: string
  callClass: CallClass
  wanted: number
  made: readonly number[]
  /** Calls a second that the operator or the connector allows; null: the vendor alone says. */
  stated: number | null
  seen: SeenLimit | null
}) => Promise<{ granted: number; waitSeconds: number; sliceSeconds: number; isLimited: boolean }>

/** What a vendor said of its limit so many seconds ago. `emptiedSeconds`: it refused a call until so many from now. */
export type SeenLimit = Partial<VendorLimit & { ageSeconds: number }> & { emptiedSeconds?: number }

/** `waitSeconds`: when to ask again, where nothing was granted. */
type Taken = { granted: number; waitSeconds: number }

/** A process's part of what all of them may call of one connector's vendor. */
export type CallBudget = {
  /** Takes note of what an answer says of the vendor's limit. */
  note(answer: VendorAnswer): void
  /** Counts a call that is made. */
  spend(callClass?: CallClass): void
  /** How many calls have been made for such work by this process. */
  countMade(callClass: CallClass): number
  /** Takes calls for work that is about to begin, all of them or as many as there are. Denials have them without asking. */
  take(callClass: CallClass, wanted: number): Promise<Taken>
  /** Gives back calls that were taken for work that did not begin, or that ended without them. */
  giveBack(callClass: CallClass, calls: number): void
  /** Tells the other processes what was called and heard: at most once a second, but at once where a call was refused. */
  report(): Promise<void>
}

/** Calls that were taken and not made by then are not made any more. */
const keptMs = 60_000
const secondMs = 1000

/** `heard`: the how manieth it was. */
type HeardLimit = VendorLimit & { at: number; heard: number }

type Account = {
  /** Calls that work which has begun may still make. */
  begun: { calls: number; until: number }
  /** Calls that were taken for this slice and given to no work yet. */
  ahead: { calls: number; until: number }
  /** No more is asked for before then. */
  refusedUntil: number
  /** What was given to work in this second and in the last. */
  second: { at: number; calls: number; before: number }
  /** What was made beyond what was taken, and was not told yet; negative: what was given back. */
  untold: number
  made: number
  asking: Promise<unknown> | null
}

/**
 * Makes the budget of one connector. What a vendor does not limit, and nobody else either, is granted without a question
 * for a second at a time. Bulk work takes in advance what its runs will call, in whatever process: these calls are not
 * counted again.
 */
export function makeCallBudget({
  connector,
  stated,
  takeCalls,
  clock,
}: {
  connector: string
  /** Calls a second; left out: the vendor alone says. */
  stated?: number | undefined
  takeCalls: TakeCalls
  clock: Clock
}): CallBudget {
  const accounts = new Map(callClasses.map((callClass) => [callClass, makeAccount()]))
  const limits = new Map<string, HeardLimit>()
  let heard = 0
  const told = { heard: 0, at: Number.NEGATIVE_INFINITY }
  let emptiedUntil: number | null = null
  let unlimitedUntil = Number.NEGATIVE_INFINITY
  const now = () => clock.now().getTime()

  const of = (callClass: CallClass): Account => {
    const account = accounts.get(callClass)
    if (!account) throw new TypeError(`There is no class of calls ${callClass}.`)
    return account
  }

  /** A vendor has a limit for each kind of call: the one of which least is left counts. */
  const findTightest = () => {
    for (const [kind, { at, resetSeconds }] of limits) if (at + resetSeconds * 1000 <= now()) limits.delete(kind)
    const share = ({ left, limit }: VendorLimit) => left / limit
    return [...limits.values()].reduce<HeardLimit | null>(
      (tightest, one) => (tightest && share(tightest) <= share(one) ? tightest : one),
      null,
    )
  }

  /** What is told is taken off at once, so that no other question tells it too, and put back where the journal failed. */
  const ask = async (callClass: CallClass, wanted: number) => {
    const made = callClasses.map((one) => of(one).untold)
    const addUntold = (sign: 1 | -1) =>
      callClasses.forEach((one, i) => {
        of(one).untold += sign * (made[i] ?? 0)
      })
    const before = { emptiedUntil, heard: told.heard }
    const seen = readSeen()
    addUntold(-1)
    emptiedUntil = null
    told.at = now()
    try {
      const answer = await takeCalls({ connector, callClass, wanted, stated: stated ?? null, made, seen })
      unlimitedUntil = answer.isLimited ? Number.NEGATIVE_INFINITY : now() + secondMs
      return answer
    } catch (thrown) {
      addUntold(1)
      emptiedUntil ??= before.emptiedUntil
      told.heard = before.heard
      throw thrown
    }
  }

  /** Null: nothing of it is new. */
  const readSeen = (): SeenLimit | null => {
    const tightest = findTightest()
    const emptied =
      emptiedUntil !== null && emptiedUntil > now() ? { emptiedSeconds: (emptiedUntil - now()) / 1000 } : null
    if (tightest === null || tightest.heard <= told.heard) return emptied
    const { at, heard, ...limit } = tightest
    told.heard = heard
    return { ...limit, ageSeconds: Math.max(0, now() - at) / 1000, ...emptied }
  }

  /** What was taken and not called is free again: another process may have done the work, or it took less. */
  const release = (account: Account) => {
    if (account.begun.until > now()) return
    account.untold -= Math.max(0, account.begun.calls)
    account.begun.calls = 0
  }

  const grant = (account: Account, calls: number): Taken => {
    release(account)
    if (account !== of('bulk')) account.begun = { calls: account.begun.calls + calls, until: now() + keptMs }
    countSecond(account, now()).calls += calls
    return { granted: calls, waitSeconds: 0 }
  }

  const hasNews = () =>
    (findTightest()?.heard ?? 0) > told.heard ||
    (stated !== undefined && callClasses.some((one) => of(one).untold !== 0))

  const isSilent = () => emptiedUntil === null && limits.size === 0

  /** Null: the ledger must be asked. */
  const takeHere = (callClass: CallClass, wanted: number): Taken | null => {
    const account = of(callClass)
    if (callClass === 'denial' || wanted <= 0) return grant(account, Math.max(0, wanted))
    // Background reads keep to a small limit where the vendor names none.
    if (callClass !== 'background' && isSilent() && unlimitedUntil > now()) return grant(account, wanted)
    if (account.refusedUntil > now()) return { granted: 0, waitSeconds: (account.refusedUntil - now()) / 1000 }
    if (account.ahead.until <= now() || account.ahead.calls < wanted) return null
    account.ahead.calls -= wanted
    return grant(account, wanted)
  }

  return {
    note({ url, status, headers }) {
      const limit = readVendorLimit({ url, status, headers })
      if (limit.seen) limits.set(limit.kind, { ...limit.seen, at: now(), heard: ++heard })
      if (limit.emptiedSeconds === null) return
      emptiedUntil = Math.max(emptiedUntil ?? 0, now() + limit.emptiedSeconds * 1000)
    },
    spend(callClass = 'denial') {
      const account = of(callClass)
      account.made++
      if (callClass === 'bulk') return
      release(account)
      if (account.begun.calls > 0) account.begun.calls--
      else account.untold++
    },
    countMade: (callClass) => of(callClass).made,
    async take(callClass, wanted) {
      const account = of(callClass)
      // Work of one class that begins at the same time shares the answer to one question.
      while (account.asking) await account.asking.catch(() => {})
      const taken = takeHere(callClass, wanted)
      if (taken) return taken
      const ahead = callClass === 'background' ? 0 : Math.ceil(countSecond(account, now()).before / 2)
      const asking = ask(callClass, wanted + ahead)
      account.asking = asking
      try {
        const { granted, waitSeconds, sliceSeconds } = await asking
        account.ahead = { calls: Math.max(0, granted - wanted), until: now() + sliceSeconds * 1000 }
        if (granted > 0) return grant(account, Math.min(granted, wanted))
        account.refusedUntil = now() + Math.min(waitSeconds, 1) * 1000
        return { granted, waitSeconds }
      } finally {
        account.asking = null
      }
    },
    giveBack(callClass, calls) {
      const account = of(callClass)
      account.begun.calls -= calls
      account.untold -= calls
    },
    async report() {
      const isUrgent = emptiedUntil !== null && emptiedUntil > now()
      if (!isUrgent && (told.at + secondMs > now() || !hasNews())) return
      // What could not be told is told the next time: a journal that is away keeps nobody from a call.
      await ask('denial', 0).catch(() => {})
    },
  }
}

function makeAccount(): Account {
  return {
    begun: { calls: 0, until: 0 },
    ahead: { calls: 0, until: 0 },
    refusedUntil: 0,
    second: { at: 0, calls: 0, before: 0 },
    untold: 0,
    made: 0,
    asking: null,
  }
}

function countSecond(account: Account, now: number): Account['second'] {
  const at = Math.floor(now / secondMs)
  const { second } = account
  if (second.at !== at) account.second = { at, calls: 0, before: second.at === at - 1 ? second.calls : 0 }
  return account.second
}
