import { glob, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** The repository's root, with a slash at its end. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

type Page = { path: string; text: string }

/** Everything that is written for readers. */
export async function readPages(): Promise<Page[]> {
  const patterns = ['README.md', 'docs/**/*.md', 'connectors/*/README.md']
  const pages: Page[] = []
  for await (const path of glob(patterns, { cwd: root })) pages.push(await readPage(path))
  return pages.toSorted((a, b) => a.path.localeCompare(b.path))
}

export async function readPage(path: string): Promise<Page> {
  return { path, text: await readFile(root + path, 'utf8') }
}

/** The fenced blocks of one language, without their fences and indentation. */
export function codeBlocks(text: string, language: string): string[] {
  const fenced = /^([ ]*)```(\w*)\n([\s\S]*?)^[ ]*```$/gm
  return [...text.matchAll(fenced)]
    .filter(([, , name]) => name === language)
    .map(([, indent = '', , code = '']) => code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''))
}

/** The text without its fenced blocks, where a `#` is no heading and a bracket no link. */
export function prose(text: string): string {
  return text.replaceAll(/^[ ]*```[\s\S]*?^[ ]*```$/gm, '')
}

/** The anchors that GitHub makes of a page's headings. */
export function anchors(text: string): string[] {
  return [...prose(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** The first column of the tables below a heading, without the backticks. */
export function firstColumn(text: string, heading: string): string[] {
  const section = text.split(/^##+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? ''
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, cell = '']) => cell)
}
