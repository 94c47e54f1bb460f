/** What is publicly known of a mail provider's limits. */
export interface Provider {
  /** Connections of one account at once that it documents; undefined: it names no number. */
  readonly connectionCeiling: number | undefined
  /** Those that are used unless the config says otherwise: well below, since phones and other programs have theirs. */
  readonly usualConnections: number
  /** Octets that an account may receive by IMAP within a day; undefined: it names none. */
  readonly dailyOctets: number | undefined
}

const usual: Provider = { connectionCeiling: undefined, usualConnections: 4, dailyOctets: undefined }

/** Hosts by their last labels. Sources as of November 2026; what is no number of the provider's own is not here. */
const providers: readonly (readonly [hosts: RegExp, known: Partial<Provider>])[] = [
  // Gmail. 15 connections: support.google.com/mail/answer/7126229. 2,500 MB by IMAP: support.google.com/a/answer/1071518.
  [/(?:^|\.)(?:gmail|googlemail)\.com$/, { connectionCeiling: 15, dailyOctets: 2_500_000_000 }],
  // Microsoft 365. Exchange's MaxConnectionsPerUser is 16 by default: learn.microsoft.com/exchange, "Set connection limits
  // for IMAP4". The service throttles by a budget that it does not publish, and names the wait instead (F28).
  [/(?:^|\.)(?:office365|outlook|hotmail)\.com$/, { connectionCeiling: 16, usualConnections: 3 }],
  // Yahoo and AOL, iCloud, Yandex, Zoho, GMX and WEB.DE refuse further connections and slow down (F104), but publish no
  // number.
  [/(?:^|\.)(?:yahoo\.[a-z.]+|aol\.com)$/, { usualConnections: 3 }],
  [/(?:^|\.)(?:mail\.me|icloud)\.com$/, { usualConnections: 3 }],
  [/(?:^|\.)yandex\.(?:com|ru)$/, { usualConnections: 3 }],
  [/(?:^|\.)zoho\.[a-z.]+$/, { usualConnections: 3 }],
  [/(?:^|\.)gmx\.(?:net|com|de|at|ch)$/, { usualConnections: 3 }],
  [/(?:^|\.)web\.de$/, { usualConnections: 3 }],
]

/** Of whoever serves that host, in lower case. */
export function providerOf(host: string): Provider {
  return { ...usual, ...providers.find(([hosts]) => hosts.test(host))?.[1] }
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

/** Octets that an account may receive within 24 hours: what the config says, else what the provider does; undefined: any. */
export function dailyBudget(host: string, configured: number | undefined): number | undefined {
  return configured ?? providerOf(host).dailyOctets
}

/** SMTP hosts that file what they send into the \Sent mailbox themselves, so that a copy from here would be a second one. Exact
 *  names: Gmail's smtp-relay and Microsoft's MX endpoints file nothing. */
const keepingSentCopies: ReadonlySet<string> = new Set([
  // "Your sent messages will be automatically copied to the [Gmail]/Sent Mail folder": support.google.com/mail/answer/78892.
  'smtp.gmail.com',
  'smtp.googlemail.com',
  // Microsoft 365 and Outlook.com: client submission saves to Sent Items; learn.microsoft.com/exchange, Set-Mailbox,
  // MessageCopyForSMTPClientSubmissionEnabled, which is on unless an administrator has turned it off.
  'smtp.office365.com',
  'smtp-legacy.office365.com',
  'smtp-mail.outlook.com',
  'smtp.live.com',
])

/** Whether the submission server of that name keeps a copy of all that it sends in the sender's \Sent mailbox. */
export function keepsSentCopies(host: string): boolean {
  return keepingSentCopies.has(host.toLowerCase().replace(/\.$/, ''))
}
