import type { Account, MailboxFilter, Security, ServerSettings } from '../model/account.ts'
import { accountNameFault } from '../model/account-name.ts'
import { check, type Checking } from './checking.ts'
import { accountSchema, withoutPrototype, type RawAccount, type RawServer } from './config-schema.ts'
import { isLoopback } from './loopback.ts'
import type { KeyPath } from './toml-entries.ts'
import { readSecretSource } from './secret-source.ts'

/** What the file says for all accounts that do not say otherwise. */
export interface AccountDefaults {
  readonly store: string
  readonly budget: number | undefined
  readonly maxMessage: number | undefined
}

interface AccountPlace {
  readonly name: string
  readonly defaults: AccountDefaults
  readonly checking: Checking
}

/** One account's table; undefined once its problems have been told. */
export function readAccount(value: unknown, { name, defaults, checking }: AccountPlace): Account | undefined {
  const path = ['accounts', name]
  checkAccountName(name, checking)
  const raw = check(accountSchema, { value, path }, checking)
  if (raw === undefined) return undefined
  const imap = readServer(raw.imap, { path: [...path, 'imap'], ports: imapPorts, user: raw.email, checking })
  return {
    name,
    email: raw.email,
    store: raw.store === undefined ? defaults.store : checking.resolvePath(raw.store, [...path, 'store']),
    connections: raw.connections,
    mailboxes: readMailboxes(raw.mailboxes),
    imap,
    smtp: raw.smtp && readSmtp(raw.smtp, { path: [...path, 'smtp'], imap, checking }),
    ...readLimits(raw, defaults),
    disable: raw.disable ?? [],
    specialUse: raw['special-use'] ?? noRoles,
    ...readTokens(raw, { path, checking }),
  }
}

const noRoles = withoutPrototype({})

function checkAccountName(name: string, { problems }: Checking): void {
  const fault = accountNameFault(name)
  if (fault !== undefined) problems.push({ path: ['accounts', name], text: `an account's name ${fault}` })
}

function readMailboxes(raw: RawAccount['mailboxes']): MailboxFilter {
  return { include: raw?.include ?? ['*'], exclude: raw?.exclude ?? [] }
}

function readLimits(raw: RawAccount, defaults: AccountDefaults): Pick<Account, 'budget' | 'maxMessage'> {
  return { budget: raw.budget ?? defaults.budget, maxMessage: raw['max-message'] ?? defaults.maxMessage }
}

function readTokens(
  raw: RawAccount,
  { path, checking }: { readonly path: KeyPath; readonly checking: Checking },
): Pick<Account, 'tokenCommand' | 'oauthClient'> {
  const argv = raw['token-command']
  const client = raw['oauth-client']
  return {
    ...(argv && { tokenCommand: checking.resolveProgram(argv, [...path, 'token-command']) }),
    ...(client && { oauthClient: { id: client.id, secret: client.secret, tenant: client.tenant } }),
  }
}

type Ports = Readonly<Record<Security, number>>
const imapPorts: Ports = { tls: 993, starttls: 143, none: 143 }
const smtpPorts: Ports = { tls: 465, starttls: 587, none: 25 }

interface ServerPlace {
  readonly path: KeyPath
  readonly ports: Ports
  readonly user: string
  readonly checking: Checking
}

function readServer(raw: RawServer, { path, ports, user, checking }: ServerPlace): ServerSettings {
  const security = raw.security ?? 'tls'
  const allowPlaintext = raw['allow-plaintext'] ?? false
  const caFile = raw['ca-file']
  checkProtection({ ...raw, security }, path, checking)
  return {
    host: raw.host,
    port: raw.port ?? ports[security],
    security,
    allowPlaintext,
    user: raw.user ?? user,
    password: readSecretSource(raw.password, [...path, 'password'], checking),
    caFile: caFile === undefined ? undefined : checking.resolvePath(caFile, [...path, 'ca-file']),
    fingerprint: raw.fingerprint,
  }
}

/** Plain text leaves the machine only by an explicit word (S01); what names a certificate must have an effect. */
function checkProtection(
  raw: RawServer & { readonly security: Security },
  path: KeyPath,
  { problems }: Checking,
): void {
  const certificateKeys = (['ca-file', 'fingerprint'] as const).filter((key) => raw[key] !== undefined)
  if (certificateKeys.length > 1) {
    problems.push({ path: [...path, 'fingerprint'], text: 'expected one of ca-file and fingerprint, found both' })
  }
  if (raw.security !== 'none') return
  for (const key of certificateKeys) {
    problems.push({ path: [...path, key], text: 'has no effect with security = "none"' })
  }
  if (isLoopback(raw.host) || raw['allow-plaintext'] === true) return
  problems.push({
    path: [...path, 'security'],
    text:
      'expected "tls" or "starttls", found "none", which would send password and mail in plain text to another machine ' +
      '(allow-plaintext = true permits it)',
  })
}

interface SmtpPlace {
  readonly path: KeyPath
  readonly imap: ServerSettings
  readonly checking: Checking
}

/** User and password are those of IMAP unless SMTP has its own. */
function readSmtp(raw: RawServer, { path, imap, checking }: SmtpPlace): ServerSettings {
  const own = readServer(raw, { path, ports: smtpPorts, user: imap.user, checking })
  return { ...own, password: raw.password === undefined ? imap.password : own.password }
}
