import { editDistance } from '../../core/edit-distance.ts'
import { UsageError } from '../../core/errors.ts'

/** The command line itself is wrong: exit code 2, where everything else that fails is 1. */
export class WrongUsage extends UsageError {}

/** The word that was probably meant, if any is near: a letter or two wrong, or only begun. */
export function findClosest(word: string, known: readonly string[]): string | undefined {
  const begun = known.find((candidate) => word.length > 1 && candidate.startsWith(word))
  if (begun) return begun
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .sort((a, b) => a.distance - b.distance)
  const [best] = ranked
  return best && best.distance <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : undefined
}
