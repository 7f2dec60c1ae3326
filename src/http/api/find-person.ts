import type { Journal, PersonRow } from '../../journal/index.ts'
import { ApiProblem } from './problems.ts'

/**
 * Finds the person of an address by their whole id.
 * @throws ApiProblem when the journal knows nobody of this id
 */
export async function findPerson({ records }: Pick<Journal, 'records'>, id: string): Promise<PersonRow> {
  const [person] = await records.readPeople([id])
  if (person) return person
  throw new ApiProblem('unknown_person', `The journal has no person ${id}.`)
}
