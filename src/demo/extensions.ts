const defaults = {
  CONDSTORE: true,
  'LIST-STATUS': true,
  'SPECIAL-USE': true,
  IDLE: true,
  UIDPLUS: true,
  ENABLE: true,
  'SASL-IR': true,
  'LITERAL+': true,
  MOVE: true,
  NAMESPACE: true,
  ID: true,
  UNSELECT: true,
  /** Takes CONDSTORE and ENABLE with it. */
  QRESYNC: false,
  'X-GM-EXT-1': false,
  OBJECTID: false,
  /** Needs `tls`; without it, `tls` means TLS from the first octet. */
  STARTTLS: false,
  /** Until TLS has begun. */
  LOGINDISABLED: false,
} as const

export type Extension = keyof typeof defaults

/** Which extensions are on. What is not named keeps its default. */
export type ExtensionSwitches = Partial<Record<Extension, boolean>>

export function enabledExtensions(switches: ExtensionSwitches): ReadonlySet<Extension> {
  const on = new Set<Extension>()
  for (const [name, byDefault] of Object.entries(defaults)) {
    if (isExtension(name) && (switches[name] ?? byDefault)) on.add(name)
  }
  if (on.has('QRESYNC')) on.add('CONDSTORE').add('ENABLE')
  return on
}

function isExtension(name: string): name is Extension {
  return Object.hasOwn(defaults, name)
}

/** What CAPABILITY says (RFC 9051 §7.2.2). */
export function capabilities(on: ReadonlySet<Extension>, state: { isSecure: boolean; isLoggedIn: boolean }): string {
  const words = ['IMAP4rev1']
  for (const name of on) {
    const isForPlainText = name === 'STARTTLS' || name === 'LOGINDISABLED'
    if (!isForPlainText || (!state.isSecure && !state.isLoggedIn)) words.push(name)
  }
  // RETURN belongs to LIST-EXTENDED, on which LIST-STATUS is built (RFC 5819 §1).
  if (on.has('LIST-STATUS')) words.push('LIST-EXTENDED', 'CHILDREN')
  if (!state.isLoggedIn && (state.isSecure || !on.has('LOGINDISABLED'))) words.push('AUTH=PLAIN')
  return words.join(' ')
}
