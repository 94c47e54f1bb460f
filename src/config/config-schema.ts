import { domainToASCII } from 'node:url'
import * as v from 'valibot'
import { changeKinds } from '../model/change.ts'
import type { SpecialUse } from '../model/mailbox.ts'
import { familyOf, isLoopback, withoutBrackets } from './loopback.ts'

// The schema of each table. The message of each check says what is expected. Unknown keys are not looked at here:
// unknown-keys.ts names the nearest known one.

export type Table = Readonly<Record<string, unknown>>

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

const securities = ['tls', 'starttls', 'none'] as const

const roles: readonly Exclude<SpecialUse, 'inbox'>[] = [
  'all',
  'archive',
  'drafts',
  'flagged',
  'junk',
  'sent',
  'trash',
  'important',
]

const notEmpty = 'a string that is not empty'
const line = v.pipe(
  v.string('a string'),
  v.nonEmpty(notEmpty),
  v.regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'a string without control characters'),
)
const table = v.custom<Table>(isTable, 'a table')
/** v.object alone would take an array or a date for a table. */
function tableOf<const T extends v.ObjectEntries>(
  entries: T,
): v.GenericSchema<unknown, v.InferOutput<v.ObjectSchema<T, string>>> {
  return v.pipe(table, v.object(entries, 'a table'))
}
const boolean = v.boolean('true or false')

function oneOf<const T extends readonly string[]>(words: T): v.PicklistSchema<T, string> {
  return v.picklist(words, `one of ${words.map((word) => `"${word}"`).join(', ')}`)
}

function wholeNumber(from: number, to: number): v.GenericSchema<unknown, number> {
  const expected = `a whole number from ${from} to ${to}`
  return v.pipe(
    v.number(expected),
    v.check((number) => Number.isInteger(number) && number >= from && number <= to, expected),
  )
}

const connections = wholeNumber(1, 1000)

/** Octets of `25M`, `1.5G`, `4096`: powers of 1024; undefined for all else. */
function textToOctets(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,15}(?:\.\d{1,6})?)([KMGT]?)$/i.exec(text) ?? []
  if (digits === undefined) return undefined
  return Math.round(Number(digits) * 1024 ** ' KMGT'.indexOf(unit === '' ? ' ' : unit.toUpperCase()))
}

const sizeExpected = 'a number of octets above 0, or a string such as "25M" (K, M, G and T are powers of 1024)'
const size = v.pipe(
  v.union([v.number(), v.string()], sizeExpected),
  v.check((value) => {
    const octets = typeof value === 'string' ? textToOctets(value) : value
    return octets !== undefined && Number.isSafeInteger(octets) && octets > 0
  }, sizeExpected),
  v.transform((value) => (typeof value === 'string' ? (textToOctets(value) ?? 0) : value)),
)

/** In ASCII and in lower case; brackets around an IPv6 address go. undefined: neither a name nor an address. */
function textToHost(text: string): string | undefined {
  const bare = withoutBrackets(text)
  if (familyOf(bare) !== 0) return bare
  if (!/^[\p{L}\p{M}\p{N}._-]{1,253}$/u.test(text)) return undefined
  const ascii = domainToASCII(text)
  return ascii === '' ? undefined : ascii
}

const hostExpected = 'a host name or an IP address, without scheme or port'
const host = v.pipe(
  v.string(hostExpected),
  v.check((text) => textToHost(text) !== undefined, hostExpected),
  v.transform((text) => textToHost(text) ?? text),
)

const fingerprintExpected = '"sha256:" and 64 hexadecimal digits, of the certificate'
const fingerprint = v.pipe(
  v.string(fingerprintExpected),
  v.regex(/^sha256:(?:[0-9a-f]{64}|[0-9a-f]{2}(?::[0-9a-f]{2}){31})$/i, fingerprintExpected),
  v.transform((text) => `sha256:${text.slice('sha256:'.length).replaceAll(':', '').toLowerCase()}`),
)

const emailExpected = 'an address such as "me@example.org"'
const email = v.pipe(v.string(emailExpected), v.regex(/^[^\s\p{Cc}]+@[^\s@\p{Cc}]+$/u, emailExpected))

const commandExpected = 'an array of a program and its arguments, such as ["pass", "show", "mail/me"]'
export const command = v.pipe(
  v.array(
    v.pipe(
      v.string('a string'),
      v.check((text) => !text.includes('\0'), 'a string without NUL'),
    ),
    commandExpected,
  ),
  v.check((argv) => (argv[0] ?? '') !== '', commandExpected),
)

export const variableName = v.pipe(
  v.string('the name of an environment variable'),
  v.regex(/^[^=\p{Cc}]+$/u, 'the name of an environment variable'),
)

export const filePath = line

const credentialExpected = 'the name of a credential, such as "mail.password"'
/** As systemd allows them: no way out of their directory. */
export const credentialName = v.pipe(
  v.string(credentialExpected),
  v.regex(/^(?!\.{1,2}$)[^/\p{Cc}]{1,255}$/u, credentialExpected),
)

export const yes = v.literal(true, 'true')
export const oauthProvider = oneOf(['google', 'microsoft'])

/** Where the connection goes; the password's source is checked by itself. */
export const serverEntries = {
  host,
  port: v.optional(wholeNumber(1, 65_535)),
  security: v.optional(oneOf(securities)),
  user: v.optional(line),
  password: v.optional(v.unknown()),
  'ca-file': v.optional(filePath),
  fingerprint: v.optional(fingerprint),
  'allow-plaintext': v.optional(boolean),
}

export const mailboxEntries = {
  include: v.optional(
    v.pipe(v.array(line, 'an array of globs'), v.nonEmpty('at least one glob, such as "*" for all mailboxes')),
  ),
  exclude: v.optional(v.array(line, 'an array of globs')),
}

const tenantExpected = 'the name or number of a tenant, such as "example.org"'
const tenant = v.pipe(v.string(tenantExpected), v.regex(/^[\w.-]{1,100}$/, tenantExpected))

export const oauthClientEntries = { id: line, secret: v.optional(line), tenant: v.optional(tenant) }

/** Any mailbox path may be looked up in it, also `constructor`. */
export function withoutPrototype(table: Table): Readonly<Record<string, SpecialUse>> {
  const copy: Record<string, SpecialUse> = {}
  Object.setPrototypeOf(copy, null)
  for (const [key, value] of Object.entries(table)) {
    const role = roles.find((one) => one === value)
    if (role !== undefined) copy[key] = role
  }
  return Object.freeze(copy)
}

const roleExpected = `one of ${roles.map((role) => `"${role}"`).join(', ')}`
const specialUse = v.pipe(
  v.custom<Table>(isTable, 'a table such as { "Sent Items" = "sent" }'),
  // v.record would pass over a mailbox that is called `constructor`.
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    for (const [key, value] of Object.entries(dataset.value)) {
      if (roles.some((role) => role === value)) continue
      addIssue({
        message: roleExpected,
        input: value,
        path: [{ type: 'object', origin: 'value', input: dataset.value, key, value }],
      })
    }
  }),
  v.transform(withoutPrototype),
)

const capability = v.pipe(
  v.string('the name of a capability, such as "QRESYNC"'),
  v.regex(/^[\w=+./-]{1,100}$/, 'the name of a capability, such as "QRESYNC"'),
  v.transform((name) => name.toUpperCase()),
)

export const accountEntries = {
  email,
  connections: v.optional(connections),
  store: v.optional(filePath),
  mailboxes: v.optional(tableOf(mailboxEntries)),
  imap: tableOf(serverEntries),
  smtp: v.optional(tableOf(serverEntries)),
  budget: v.optional(size),
  'max-message': v.optional(size),
  disable: v.optional(v.array(capability, 'an array such as ["QRESYNC"]')),
  'special-use': v.optional(specialUse),
  'oauth-client': v.optional(tableOf(oauthClientEntries)),
  'token-command': v.optional(command),
}

const urlExpected = 'an https URL without user and password (http for loopback only)'
const url = v.pipe(
  v.string(urlExpected),
  v.check((text) => {
    if (!URL.canParse(text)) return false
    const { protocol, hostname, username, password } = new URL(text)
    const isSafe = protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
    return isSafe && username === '' && password === ''
  }, urlExpected),
)

export const hookEntries = {
  command: v.optional(command),
  url: v.optional(url),
  secret: v.optional(line),
  kinds: v.optional(
    v.pipe(v.array(oneOf(changeKinds), 'an array of kinds of change'), v.nonEmpty('at least one kind')),
  ),
  mailbox: v.optional(line),
  query: v.optional(line),
}

export const fileEntries = {
  store: v.optional(filePath),
  connections: v.optional(connections),
  'connections-per-host': v.optional(connections),
  budget: v.optional(size),
  'max-message': v.optional(size),
  compress: v.optional(v.union([v.literal('auto'), v.boolean()], '"auto", true or false')),
  'store-on-network': v.optional(boolean),
  hooks: v.optional(table),
  accounts: v.optional(table),
}

export const accountSchema = tableOf(accountEntries)
export const hookSchema = tableOf(hookEntries)
export const fileSchema = tableOf(fileEntries)
export type RawServer = v.InferOutput<v.ObjectSchema<typeof serverEntries, string>>
export type RawAccount = v.InferOutput<typeof accountSchema>
export type RawHook = v.InferOutput<typeof hookSchema>
export type RawFile = v.InferOutput<typeof fileSchema>
