import type { Scene } from './desk.ts'

export type Played = { title: string; about: string; scenes: readonly Scene[] }

const widest = 120
const mostLines = 6

/** The page of an incident: what happened, what was seen first, what was typed and seen until it was mended. */
export function renderPage({ title, about, scenes }: Played): string {
  return [`### ${title}`, about, ...scenes.map(renderScene)].join('\n\n')
}

function renderScene(scene: Scene): string {
  switch (scene.kind) {
    case 'told':
      return scene.text
    case 'alert':
      return `The pager: \`${scene.type}\`.`
    case 'typed':
      return ['```text', `$ npm run hub -- ${shorten(scene.command)}`, ...renderLines(scene.seen), '```'].join('\n')
  }
}

function renderLines(lines: readonly string[]): string[] {
  return [...lines.slice(0, mostLines).map(renderLine), ...(lines.length > mostLines ? ['…'] : [])]
}

/** A line as a terminal would cut it, with ids that do not change from one run to the next. */
function renderLine(line: string): string {
  const short = shorten(line).replace(/127\.0\.0\.1:\d+/, '127.0.0.1:8787')
  return short.length > widest ? `${short.slice(0, widest - 1)}…` : short
}

/** In a table the width stays. */
function shorten(text: string): string {
  return text.replace(/\b((?:dlv|evt|per|msg)_[0-9a-z]{6,}|00u[0-9A-Za-z]{17})( {2})?/g, (id, _, gap) => {
    const short = `${/^[a-z]+_|^00u/.exec(id)?.[0]}…`
    return gap ? short.padEnd(id.length) : short
  })
}

const marked = /(<!-- incidents: begin.*?-->)[\s\S]*?(<!-- incidents: end -->)/

/** Puts the pages between the marks of a document. */
export function putPages(document: string, pages: readonly string[]): string {
  if (!marked.test(document)) throw new Error('The document has no marks for the incidents.')
  return document.replace(marked, (_, begin, end) => `${begin}\n\n${pages.join('\n\n')}\n\n${end}`)
}

/** What a document says was done: its headings, alerts and commands, in order. Times and figures differ from run to run. */
export function readSteps(document: string): string[] {
  const [pages = ''] = marked.exec(document) ?? []
  return pages.split('\n').filter((line) => /^(### |The pager: |\$ )/.test(line))
}
