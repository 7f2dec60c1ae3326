import type { RuntimeName } from './runtime.ts'

/** A case that cannot hold in one runtime, and why: docs/runtimes.md shows each. */
export type Exception = { runtime: RuntimeName; case: string; reason: string }

export const exceptions: readonly Exception[] = []
