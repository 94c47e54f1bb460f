import type { Security } from '../model/account.ts'
import type { NewAccount, NewClient, NewServer, PasswordSource } from '../setup/new-account.ts'

type Pairs = readonly (readonly [key: string, value: string])[]

/** The tables of an account, each with its header. */
export function accountLines(account: NewAccount): readonly string[] {
  const { imap, smtp } = tablesOf(account)
  const path = `accounts.${tomlKey(account.name)}`
  const table = (name: string, pairs: Pairs): readonly string[] => [
    '',
    `[${path}.${name}]`,
    ...pairs.map(([key, value]) => `${key} = ${value}`),
  ]
  return [
    `[${path}]`,
    ...headPairs(account).map(([key, value]) => `${key} = ${value}`),
    ...table('imap', imap),
    ...(smtp === undefined ? [] : table('smtp', smtp)),
  ]
}

/** The same as a value, for configs in which all accounts stand on one line. */
export function inlineAccount(account: NewAccount): string {
  const { imap, smtp } = tablesOf(account)
  const inline = (pairs: Pairs): string => `{ ${pairs.map(([key, value]) => `${key} = ${value}`).join(', ')} }`
  const tables: Pairs = [['imap', inline(imap)], ...(smtp === undefined ? [] : ([['smtp', inline(smtp)]] as const))]
  return inline([...headPairs(account), ...tables])
}

/** Bare where it may be. */
export function tomlKey(name: string): string {
  return /^[\w-]+$/.test(name) ? name : tomlString(name)
}

/** A basic string: the escapes of JSON are TOML's too, which wants one more. */
function tomlString(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', String.raw`\u007f`)
}

function headPairs({ email, store, oauthClient: client }: NewAccount): Pairs {
  return present([
    ['email', tomlString(email)],
    ['store', unlessAbsent(store)],
    [
      'oauth-client',
      client &&
        `{ ${pairsOf(client)
          .map(([key, value]) => `${key} = ${value}`)
          .join(', ')} }`,
    ],
  ])
}

function pairsOf({ id, secret, tenant }: NewClient): Pairs {
  return present([
    ['id', tomlString(id)],
    ['secret', unlessAbsent(secret)],
    ['tenant', unlessAbsent(tenant)],
  ])
}

function unlessAbsent(text: string | undefined): string | undefined {
  return text === undefined ? undefined : tomlString(text)
}

function present(pairs: readonly (readonly [key: string, value: string | undefined])[]): Pairs {
  return pairs.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]))
}

function tablesOf({ imap, smtp, password }: NewAccount): { readonly imap: Pairs; readonly smtp: Pairs | undefined } {
  const source: Pairs = password === undefined ? [] : [['password', passwordTable(password)]]
  return {
    imap: [...serverPairs(imap, imapPorts), ...source],
    smtp: smtp && serverPairs(smtp, smtpPorts),
  }
}

type Ports = Readonly<Record<Security, number>>
const imapPorts: Ports = { tls: 993, starttls: 143, none: 143 }
const smtpPorts: Ports = { tls: 465, starttls: 587, none: 25 }

/** What is as usual is left out. */
function serverPairs(server: NewServer, ports: Ports): Pairs {
  const { host, port, security, user, caFile, fingerprint } = server
  return present([
    ['host', tomlString(host)],
    ['port', port === ports[security] ? undefined : String(port)],
    ['security', security === 'tls' ? undefined : tomlString(security)],
    ['user', unlessAbsent(user)],
    ['ca-file', unlessAbsent(caFile)],
    ['fingerprint', unlessAbsent(fingerprint)],
  ])
}

function passwordTable(source: PasswordSource): string {
  switch (source.kind) {
    case 'command':
      return `{ command = [${source.argv.map(tomlString).join(', ')}] }`
    case 'env':
      return `{ env = ${tomlString(source.name)} }`
    case 'file':
      return `{ file = ${tomlString(source.path)} }`
    case 'credential':
      return `{ credential = ${tomlString(source.name)} }`
    case 'keychain':
      return '{ keychain = true }'
    case 'oauth':
      return `{ oauth = ${tomlString(source.provider)} }`
  }
}
