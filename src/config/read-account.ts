import type { Account, MailboxFilter, SecretSource, Security, ServerSettings } from '../model/account.ts'
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
  const tokens = readTokens(raw, { path, checking })
  const owner = { account: name, tokens, checking }
  const imap = readServer(raw.imap, { ...owner, path: [...path, 'imap'], ports: imapPorts, user: raw.email })
  return {
    name,
    email: raw.email,
    store: raw.store === undefined ? defaults.store : checking.resolvePath(raw.store, [...path, 'store']),
    connections: raw.connections,
    mailboxes: readMailboxes(raw.mailboxes),
    imap,
    smtp: raw.smtp && readSmtp(raw.smtp, { ...owner, path: [...path, 'smtp'], imap }),
    ...readLimits(raw, defaults),
    disable: raw.disable ?? [],
    specialUse: raw['special-use'] ?? noRoles,
    ...tokens,
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

type Tokens = Pick<Account, 'tokenCommand' | 'oauthClient'>

function readTokens(
  raw: RawAccount,
  { path, checking }: { readonly path: KeyPath; readonly checking: Checking },
): Tokens {
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
  readonly account: string
  readonly tokens: Tokens
  readonly path: KeyPath
  readonly ports: Ports
  readonly user: string
  readonly checking: Checking
}

function readServer(raw: RawServer, place: ServerPlace): ServerSettings {
  const { path, ports, checking } = place
  const user = raw.user ?? place.user
  const security = raw.security ?? 'tls'
  const allowPlaintext = raw['allow-plaintext'] ?? false
  const caFile = raw['ca-file']
  checkProtection({ ...raw, security }, path, checking)
  return {
    host: raw.host,
    port: raw.port ?? ports[security],
    security,
    allowPlaintext,
    user,
    password: readPassword(raw, { ...place, user }),
    caFile: caFile === undefined ? undefined : checking.resolvePath(caFile, [...path, 'ca-file']),
    fingerprint: raw.fingerprint,
  }
}

/** The command for tokens is meant where no password is named. */
function readPassword(
  raw: RawServer,
  { account, tokens, path, user, checking }: ServerPlace,
): SecretSource | undefined {
  const { tokenCommand: argv, oauthClient: client } = tokens
  if (raw.password === undefined && argv !== undefined) return { kind: 'token-command', argv }
  const owner = { account, user, host: raw.host, client }
  return readSecretSource(raw.password, owner, { path: [...path, 'password'], checking })
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

interface SmtpPlace extends Omit<ServerPlace, 'ports' | 'user'> {
  readonly imap: ServerSettings
}

/** User and password are those of IMAP unless SMTP has its own. */
function readSmtp(raw: RawServer, { imap, ...place }: SmtpPlace): ServerSettings {
  const own = readServer(raw, { ...place, ports: smtpPorts, user: imap.user })
  return { ...own, password: raw.password === undefined ? imap.password : own.password }
}
