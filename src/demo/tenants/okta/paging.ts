/** The Link header of a page: `self` always, `next` when there is one; clients follow it and never build it. */
export function nextLink(requestUrl: string, { url, next }: { url: string; next: string | undefined }): string {
  const { pathname, search } = new URL(requestUrl)
  const self = `<${url}${pathname}${search}>; rel="self"`
  if (next === undefined) return self
  const following = new URL(`${url}${pathname}${search}`)
  following.searchParams.set('after', next)
  return `${self}, <${following}>; rel="next"`
}
