import fc from 'fast-check'

/** What may happen next. Fate and person are drawn with it, so that a failure shrinks to the few that matter. */
export type Step =
  | { do: 'change'; person: number; verb: number; fate: Fate; clockMinutes: number }
  | { do: 'deliver'; order: number }
  | { do: 'crash' }
  | { do: 'pause'; ms: number }
  /** The hub's own clock is set anew, so far from the right time. */
  | { do: 'jump'; minutes: number }

/** What becomes of the hook that tells of a change. */
type Fate = 'sent' | 'dropped' | 'doubled' | 'kept back'

/** How many people one history is about. */
export const people = 3
const change = fc.record({
  do: fc.constant('change' as const),
  person: fc.nat(people - 1),
  verb: fc.nat(),
  fate: fc.constantFrom<Fate>('sent', 'sent', 'dropped', 'doubled', 'kept back', 'kept back'),
  // One that is ahead by less than 5 min is believed; beyond that, the time of receipt counts.
  clockMinutes: fc.constantFrom(0, 0, 0, 0, -90, -1, 1, 4, 90),
})
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: change },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('deliver' as const), order: fc.nat() }) },
  { weight: 1, arbitrary: fc.constant({ do: 'crash' as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pause' as const), ms: fc.nat(60) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('jump' as const), minutes: fc.constantFrom(0, 0, -90, -4, -1, 1, 4, 90) }),
  },
)

/** Found by chance once: an old deactivation by a clock that ran ahead must not outshine the activation after it. */
const clockAhead: Step[] = [
  { do: 'change', person: 0, verb: 0, fate: 'sent', clockMinutes: 0 },
  { do: 'pause', ms: 200 },
  { do: 'change', person: 0, verb: 0, fate: 'dropped', clockMinutes: 0 },
  { do: 'change', person: 0, verb: 0, fate: 'kept back', clockMinutes: 90 },
  { do: 'change', person: 0, verb: 0, fate: 'kept back', clockMinutes: 0 },
  { do: 'deliver', order: 0 },
  { do: 'pause', ms: 60 },
]

/** Found by chance once: a denial by such a clock, after the return, must not leave the person locked out for good. */
const returnOvertaken = [4, 90].map((clockMinutes): Step[] => [
  { do: 'change', person: 0, verb: 0, fate: 'sent', clockMinutes: 0 },
  { do: 'pause', ms: 200 },
  { do: 'change', person: 0, verb: 0, fate: 'dropped', clockMinutes: 0 },
  { do: 'change', person: 0, verb: 0, fate: 'kept back', clockMinutes },
  { do: 'change', person: 0, verb: 0, fate: 'dropped', clockMinutes: 0 },
])

/** Seldom drawn: a person who is known left and was deleted, and no hook told. No list of Okta's names them any more. */
const deletedUnseen: Step[] = [
  { do: 'change', person: 0, verb: 2, fate: 'sent', clockMinutes: 0 },
  { do: 'pause', ms: 200 },
  { do: 'change', person: 0, verb: 0, fate: 'dropped', clockMinutes: 0 },
  { do: 'change', person: 0, verb: 2, fate: 'dropped', clockMinutes: 0 },
]

/** What comes after the last change of a history: a hook about it, or nothing but a resync. */
export type Ending = 'hook' | 'resync'

export const story = fc.array(step, { minLength: 3, maxLength: 18 })
const endings: Ending[] = ['hook', 'resync']
export const ending = fc.constantFrom(...endings)
/** Played whatever the seed. */
export const examples = [clockAhead, ...returnOvertaken, deletedUnseen].flatMap((steps) =>
  endings.map((one): [Step[], Ending] => [steps, one]),
)
