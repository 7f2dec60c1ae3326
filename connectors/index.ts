import type { Connector } from '../src/index.ts'

/** The installed connectors. Add yours here. */
export const connectors: readonly Connector[] = []
