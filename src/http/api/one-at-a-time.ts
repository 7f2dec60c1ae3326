import { ApiProblem } from './problems.ts'

/** Makes work that takes long wait for none: there is one at a time, and who comes meanwhile asks again. */
export function makeOneAtATime() {
  let isBusy = false
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (isBusy)
      throw new ApiProblem('too_busy', 'Another report of this kind is being made. Ask again when it is done.')
    isBusy = true
    try {
      return await work()
    } finally {
      isBusy = false
    }
  }
}
