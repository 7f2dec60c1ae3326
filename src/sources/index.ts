import { lumos } from './lumos/lumos.ts'
import { okta } from './okta/okta.ts'
import { platform } from './platform.ts'
import type { Source } from './source.ts'

export type { LumosConfig } from './lumos/lumos.ts'
export { lumos } from './lumos/lumos.ts'
export { readActor } from './okta/actor.ts'
export { okta } from './okta/okta.ts'
export type { FailedCheck } from './proof.ts'
export type { Scope } from './secrets.ts'
export { eventsScope } from './secrets.ts'
export type { ConfiguredInline, ConfiguredSource, InlineRoute } from './source.ts'
export { configureSource } from './source.ts'

/** The sources this hub knows. */
export const sources: readonly Source<never>[] = [okta, lumos, platform]
