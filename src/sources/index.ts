import { okta } from './okta.ts'
import type { Source } from './source.ts'

/** The sources this hub knows. */
export const sources: readonly Source<never>[] = [okta]
