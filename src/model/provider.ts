/** What is publicly known of a mail provider's limits. */
export interface Provider {
  readonly name: string
  /** Connections of one account at once that it documents; undefined: it names no number. */
  readonly connectionCeiling: number | undefined
  /** Those that are used unless the config says otherwise: well below, since phones and other programs have theirs. */
  readonly usualConnections: number
  /** Octets that an account may receive by IMAP within a day; undefined: it names none. */
  readonly dailyOctets: number | undefined
}

const usual: Omit<Provider, 'name'> = { connectionCeiling: undefined, usualConnections: 4, dailyOctets: undefined }

/** Hosts by their last labels. Sources as of November 2026; what is no number of the provider's own is not here. */
const providers: readonly (readonly [name: string, hosts: RegExp, known: Partial<Provider>])[] = [
  // 15 connections: support.google.com/mail/answer/7126229. 2,500 MB by IMAP: support.google.com/a/answer/1071518.
  ['Gmail', /\b(?:gmail|googlemail)\.com$/, { connectionCeiling: 15, dailyOctets: 2_500_000_000 }],
  // Exchange's MaxConnectionsPerUser is 16 by default: learn.microsoft.com/exchange/set-connection-limits-for-imap4. The
  // service throttles by a budget that it does not publish, and names the wait instead (F28).
  ['Microsoft 365', /\b(?:office365|outlook|hotmail)\.com$/, { connectionCeiling: 16, usualConnections: 3 }],
  // These refuse further connections and slow down (F104), but publish no number.
  ['Yahoo', /\b(?:yahoo\.[a-z.]+|aol\.com)$/, { usualConnections: 3 }],
  ['iCloud', /\b(?:mail\.me|icloud)\.com$/, { usualConnections: 3 }],
  ['Yandex', /\byandex\.(?:com|ru)$/, { usualConnections: 3 }],
  ['Zoho', /\bzoho\.[a-z.]+$/, { usualConnections: 3 }],
  ['GMX', /\bgmx\.(?:net|com|de|at|ch)$/, { usualConnections: 3 }],
  ['WEB.DE', /\bweb\.de$/, { usualConnections: 3 }],
  ['Fastmail', /\b(?:fastmail|messagingengine)\.com$/, {}],
]

/** Whoever serves that host, in lower case. */
export function providerOf(host: string): Provider {
  const [name, , known] = providers.find(([, hosts]) => hosts.test(host)) ?? ['another server', /^/, {}]
  return { ...usual, ...known, name }
}

/** How many connections an account may have at once. What the config asks for counts up to the provider's ceiling; what the
 *  server has refused lately is not asked for again. */
export function allowedConnections(
  host: string,
  { configured, remembered }: { readonly configured: number | undefined; readonly remembered: number | undefined },
): number {
  const { connectionCeiling = Infinity, usualConnections } = providerOf(host)
  return Math.min(configured ?? usualConnections, connectionCeiling, remembered ?? Infinity)
}
