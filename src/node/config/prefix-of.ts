export type Instance = { id: string; kind: string }

/** `OKTA_ORG_URL` is read from `OKTA_EU_ORG_URL` for the instance `okta_eu` of the kind `okta`. */
export function prefixOf({ id, kind }: Instance): { from: string; to: string } {
  return { from: settingPrefix(kind), to: settingPrefix(id) }
}

/** A kind under its own name, and its further instances. */
export function instancesOfKind(kind: string, further: readonly Instance[]): Instance[] {
  return [{ id: kind, kind }, ...further.filter((one) => one.kind === kind)]
}

/** What the names of a connector's settings begin with: `TIME_CLOCK_` for `time-clock`. */
export function settingPrefix(id: string): string {
  return `${id.toUpperCase().replaceAll('-', '_')}_`
}
