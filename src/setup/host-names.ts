const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?$/

/** In lower case and without a dot at its end; undefined: no name that a server may be looked for under. Addresses are none:
 *  no honest source names them. */
export function checkedHost(text: string): string | undefined {
  const host = text.toLowerCase().replace(/\.$/, '')
  const labels = host.split('.')
  if (host.length > 253 || !labels.every((part) => label.test(part))) return undefined
  if (/^\d+$/.test(labels.at(-1) ?? '')) return undefined
  return labels.length > 1 || host === 'localhost' ? host : undefined
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port > 0 && port <= 65_535
}

/** Whether the host is the domain, or below it. */
export function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`)
}

/** What may be the domain of whoever runs this host: all above it that are no top level, the longest first. */
export function domainsAbove(host: string): readonly string[] {
  const labels = host.split('.')
  return [labels.slice(1), labels.slice(-2)]
    .filter(({ length }) => length >= 2)
    .map((parts) => parts.join('.'))
    .filter((domain, index, all) => all.indexOf(domain) === index)
}
