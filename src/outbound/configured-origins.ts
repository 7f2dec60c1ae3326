/**
 * Lists the origins that a connector's own settings name. The operator chose them, so they may be internal; an address
 * that comes from data may not be. A setting named `…_DOMAIN` or `…_HOST` holds a bare host, and means https.
 */
export function listConfiguredOrigins(config: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  return new Set(
    Object.entries(config).flatMap(([name, value]) => collectTexts(value).flatMap((text) => readOrigins(name, text))),
  )
}

/**
 * Lists the addresses with a path that a connector's own settings hold. They may be secrets whole, as those of incoming
 * webhooks are, so that no text shows their paths.
 */
export function listConfiguredAddresses(config: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.values(config)
    .flatMap(collectTexts)
    .flatMap((text) => {
      if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return []
      const { origin, pathname } = new URL(text)
      return pathname === '/' ? [] : [`${origin}${pathname}`]
    })
}

function collectTexts(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (value instanceof URL) return [value.href]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(collectTexts) : []
}

function readOrigins(name: string, text: string): string[] {
  const isHost = /_(DOMAIN|HOST)$/.test(name) && /^[\w.-]+(:\d+)?$/.test(text)
  const address = isHost ? `https://${text}` : text
  return /^https?:\/\//i.test(address) && URL.canParse(address) ? [new URL(address).origin] : []
}
