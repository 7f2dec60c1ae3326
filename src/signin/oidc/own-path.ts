/** Where somebody goes after a sign-in who asked for nothing, or for what is no page of the hub. */
const start = '/signin/done'

/**
 * The path to which a browser goes after a sign-in: one of the hub's own, whatever was asked for. Browsers read `//host`
 * and `/\host` as another host, and take tabs and line ends out before they do.
 */
export function readOwnPath(asked: string | undefined): string {
  if (asked === undefined || asked.length > 2000 || !/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(asked)) return start
  const own = 'https://hub.invalid'
  if (!URL.canParse(asked, own)) return start
  const { origin, pathname, search } = new URL(asked, own)
  // Dots may have been taken out of the path, and another host have come to its beginning.
  if (origin !== own || pathname.startsWith('//') || pathname.startsWith('/signin')) return start
  return `${pathname}${search}`
}
