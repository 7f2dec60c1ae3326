import { WrongUsage } from './wrong-usage.ts'

type Range = { option: string; fallback: number; least: number; most: number }

/** A whole number that an option holds. */
export function wholeNumber(given: string | boolean | undefined, { option, fallback, least, most }: Range): number {
  if (given === undefined) return fallback
  const value = Number(given)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new WrongUsage({
    what: `${option} is ${String(given)}.`,
    why: `It takes a whole number from ${least} to ${most}.`,
    fix: `Write ${option} ${fallback}, for instance.`,
  })
}
