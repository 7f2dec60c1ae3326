/** How many people may be locked out, or opened, in how short a time, before an operator must say so. */
export type BrakeLimits = {
  /** 0: the brake is off. */
  people: number
  percent: number
  minutes: number
}

/** However large the company, more than this in one window is looked at by somebody first. */
export const mostPeople = 100

export const defaultBrakeLimits: BrakeLimits = { people: 20, percent: 1, minutes: 10 }

/** The greater of the two limits, never above 100. */
export function brakeThreshold({ people, percent }: BrakeLimits, peopleKnown: number): number {
  return Math.min(Math.max(people, Math.floor((peopleKnown * percent) / 100)), mostPeople)
}
