import type { LinkKind } from '../journal/index.ts'

/** Where a link of each kind is opened. */
export const linkPaths = {
  link: '/signin/link',
  break_glass: '/signin/break-glass',
} as const satisfies Record<LinkKind, string>

/** The address of a link, below that of the hub. */
export function writeLinkAddress(root: string, { kind, text }: { kind: LinkKind; text: string }): string {
  return `${root.replace(/\/+$/, '')}${linkPaths[kind]}?link=${text}`
}
