/** Only the cursor is taken from the link, so that the credential cannot be sent to another host. */
export function nextCursor(headers: Headers): string | null {
  const next = /<([^>]+)>;\s*rel="next"/.exec(headers.get('link') ?? '')?.[1]
  return next && URL.canParse(next) ? new URL(next).searchParams.get('after') : null
}
