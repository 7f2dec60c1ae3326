import { lumos } from './lumos/lumos.ts'
import { okta } from './okta/okta.ts'
import { platform } from './platform.ts'
import type { Source } from './source.ts'

/** The sources this hub knows. */
export const sources: readonly Source<never>[] = [okta, lumos, platform]
