/**
 * The origins that a connector's own settings name. They are the operator's word and may lie inside; an address that
 * comes from data may not. A setting named `…_DOMAIN` or `…_HOST` holds a bare host, and means https.
 */
export function configuredOrigins(config: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  return new Set(
    Object.entries(config).flatMap(([name, value]) => textsIn(value).flatMap((text) => originOf(name, text))),
  )
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (value instanceof URL) return [value.href]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

function originOf(name: string, text: string): string[] {
  const isHost = /_(DOMAIN|HOST)$/.test(name) && /^[\w.-]+(:\d+)?$/.test(text)
  const address = isHost ? `https://${text}` : text
  return /^https?:\/\//i.test(address) && URL.canParse(address) ? [new URL(address).origin] : []
}
