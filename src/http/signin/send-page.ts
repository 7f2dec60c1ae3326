import type { Context } from 'hono'
import { html } from 'hono/html'
import { hideSecrets } from '../../core/redact.ts'

type Page = {
  status: 200 | 400 | 403 | 404 | 410 | 429 | 500 | 503
  title: string
  /** What it says: paragraphs of plain text. */
  lines: readonly string[]
  /** The one thing that can be done here: a button that posts these fields. */
  form?: { action: string; fields: Readonly<Record<string, string>>; button: string }
  /** Where to go from here. */
  links?: readonly { href: string; text: string }[]
}

/**
 * Answers a browser with a small page of words and at most one button. Every text is escaped. Behind `secureAnswers`, whose
 * nonce its style has.
 */
export function sendPage(c: Context, { status, title, lines, form, links = [] }: Page) {
  const nonce: string = c.get('secureHeadersNonce') ?? ''
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Bellhop</title>
<style nonce="${nonce}">
body { font: 1rem/1.5 system-ui, sans-serif; margin: 4rem auto; max-width: 34rem; padding: 0 1rem; color-scheme: light dark }
button { font: inherit; min-height: 2.75rem; padding: 0 1.25rem }
</style>
</head>
<body>
<main>
<h1>${title}</h1>
${lines.map((line) => html`<p>${hideSecrets(line)}</p>\n`)}${form ? writeForm(form) : ''}${links.map(
  ({ href, text }) => html`<p><a href="${href}">${text}</a></p>\n`,
)}</main>
</body>
</html>
`
  return c.html(page, status)
}

function writeForm({ action, fields, button }: NonNullable<Page['form']>) {
  const inputs = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">\n`,
  )
  return html`<form method="post" action="${action}">
${inputs}<button type="submit">${button}</button>
</form>
`
}
