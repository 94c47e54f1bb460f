import type { FoundServer } from './found-servers.ts'
import { checkedHost, isPort } from './host-names.ts'
import { readXml } from './xml-reader.ts'
import type { XmlElement } from './xml-reader.ts'

/** What an autoconfig file (config-v1.1.xml) says. */
export interface AutoconfigServers {
  readonly imap: FoundServer | undefined
  readonly smtp: FoundServer | undefined
  /** Every way of logging in that it names for IMAP is OAuth 2. */
  readonly isOauthOnly: boolean
}

/** undefined: it is no such file, or names no server that can be used. What would send the password in plain text is not looked
 *  at. */
export function readAutoconfig(xml: string, email: string): AutoconfigServers | undefined {
  const root = readXml(xml)
  if (root?.name !== 'clientConfig') return undefined
  const servers = childrenOf(root, 'emailProvider').flatMap(({ children }) => children)
  const imaps = usable(servers, { element: 'incomingServer', type: 'imap' }, email)
  const smtps = usable(servers, { element: 'outgoingServer', type: 'smtp' }, email)
  const [imap] = imaps
  const [smtp] = smtps
  if (imap === undefined && smtp === undefined) return undefined
  const isOauthOnly = imap !== undefined && imap.logins.length > 0 && imap.logins.every((login) => login === 'oauth2')
  return { imap: imap?.server, smtp: smtp?.server, isOauthOnly }
}

interface Usable {
  readonly server: FoundServer
  readonly logins: readonly string[]
}

interface Wanted {
  readonly element: string
  readonly type: string
}

/** TLS from the first octet before STARTTLS (RFC 8314 §3); else in the order of the file. */
function usable(servers: readonly XmlElement[], { element, type }: Wanted, email: string): readonly Usable[] {
  const found = servers
    .filter(({ name, attributes }) => name === element && attributes.get('type')?.toLowerCase() === type)
    .flatMap((server) => readServer(server, email) ?? [])
  return found.toSorted((a, b) => Number(b.server.security === 'tls') - Number(a.server.security === 'tls'))
}

function readServer(element: XmlElement, email: string): Usable | undefined {
  const host = checkedHost(filled(textOf(element, 'hostname'), email))
  const portText = textOf(element, 'port')
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : 0
  const security = securities.get(textOf(element, 'socketType').toUpperCase())
  if (host === undefined || security === undefined || !isPort(port)) return undefined
  const logins = childrenOf(element, 'authentication').map(({ text }) => text.toLowerCase())
  return { server: { host, port, security, user: userOf(textOf(element, 'username'), email) }, logins }
}

const securities: ReadonlyMap<string, 'tls' | 'starttls'> = new Map([
  ['SSL', 'tls'],
  ['TLS', 'tls'],
  ['STARTTLS', 'starttls'],
])

/** undefined: the address, or nothing that can be used. */
function userOf(template: string, email: string): string | undefined {
  const user = filled(template, email)
  return user === '' || user === email || !/^[\u0021-\u007e]{1,254}$/.test(user) ? undefined : user
}

function filled(template: string, email: string): string {
  const at = email.lastIndexOf('@')
  return template
    .replaceAll('%EMAILADDRESS%', () => email)
    .replaceAll('%EMAILLOCALPART%', () => email.slice(0, at))
    .replaceAll('%EMAILDOMAIN%', () => email.slice(at + 1))
}

function childrenOf({ children }: XmlElement, name: string): readonly XmlElement[] {
  return children.filter((child) => child.name === name)
}

function textOf(element: XmlElement, name: string): string {
  return childrenOf(element, name)[0]?.text ?? ''
}
