import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load-config.ts'
import { environment, errorOf, faultOf, imap, many, only, personal } from './temporary-config.ts'
import { TemporaryDirectory } from '../support/temporary-directory.ts'

const advice =
  'a password never stands in the config: write { command = ["pass", "show", "mail/me"] }, { env = "NAME" }, { file = "path" } or { keychain = true }'

/** [what is wrong, the file, the whole error text] */
const cases: readonly (readonly [name: string, text: string, fault: string])[] = [
  [
    'a port above the range',
    imap('port = 99999'),
    only('line 4: accounts.personal.imap.port: expected a whole number from 1 to 65535, found 99999'),
  ],
  [
    'a port of 0',
    imap('port = 0'),
    only('line 4: accounts.personal.imap.port: expected a whole number from 1 to 65535, found 0'),
  ],
  [
    'a port in quotes',
    imap('port = "993"'),
    only('line 4: accounts.personal.imap.port: expected a whole number from 1 to 65535, found "993"'),
  ],
  [
    'a broken port',
    imap('port = 1.5'),
    only('line 4: accounts.personal.imap.port: expected a whole number from 1 to 65535, found 1.5'),
  ],
  [
    'a port that is no number',
    imap('port = nan'),
    only('line 4: accounts.personal.imap.port: expected a whole number from 1 to 65535, found NaN'),
  ],
  [
    'a date for a port',
    imap('port = 2026-01-01'),
    only('line 4: accounts.personal.imap.port: expected a whole number from 1 to 65535, found a date or time'),
  ],
  [
    'no connections',
    `connections = 0\n${personal}`,
    only('line 1: connections: expected a whole number from 1 to 1000, found 0'),
  ],
  [
    'a negative number of connections',
    `${personal}connections = -1`,
    only('line 4: accounts.personal.connections: expected a whole number from 1 to 1000, found -1'),
  ],
  [
    'an unknown kind of protection',
    imap('security = "ssl"'),
    only('line 4: accounts.personal.imap.security: expected one of "tls", "starttls", "none", found "ssl"'),
  ],
  [
    'plain text to another machine (S01)',
    imap('security = "none"'),
    only(
      'line 4: accounts.personal.imap.security: expected "tls" or "starttls", found "none", which would send password and mail in plain text to another machine (allow-plaintext = true permits it)',
    ),
  ],
  [
    'a host with scheme',
    '[accounts.a]\nemail = "a@b"\nimap.host = "imaps://c"',
    only(
      'line 3: accounts.a.imap.host: expected a host name or an IP address, without scheme or port, found "imaps://c"',
    ),
  ],
  [
    'a host with port',
    '[accounts.a]\nemail = "a@b"\nimap.host = "c:993"',
    only('line 3: accounts.a.imap.host: expected a host name or an IP address, without scheme or port, found "c:993"'),
  ],
  [
    'a host that would break lines',
    String.raw`[accounts.a]
email = "a@b"
imap.host = "c\r\nx\u202Ey"`,
    only(
      String.raw`line 3: accounts.a.imap.host: expected a host name or an IP address, without scheme or port, found "c\u{d}\u{a}x\u{202e}y"`,
    ),
  ],
  [
    'no host',
    '\n[accounts.a]\nemail = "a@b"\n\n[accounts.a.imap]\nport = 993',
    only('line 5: accounts.a.imap.host: missing'),
  ],
  ['no server', '\n[accounts.a]\nemail = "a@b"', only('line 2: accounts.a.imap: missing')],
  ['no address', '[accounts.a.imap]\nhost = "c"', only('line 1: accounts.a.email: missing')],
  [
    'an address without domain',
    '[accounts.a]\nemail = "me"\nimap.host = "c"',
    only('line 2: accounts.a.email: expected an address such as "me@example.org", found "me"'),
  ],
  [
    'an empty user',
    imap('user = ""'),
    only('line 4: accounts.personal.imap.user: expected a string that is not empty, found an empty string'),
  ],
  [
    'a user with a line break (S23)',
    imap(String.raw`user = "a\nb"`),
    only(
      String.raw`line 4: accounts.personal.imap.user: expected a string without control characters, found "a\u{a}b"`,
    ),
  ],
  ['an account that is no table', 'accounts.a = "me"', only('line 1: accounts.a: expected a table, found a string')],
  [
    'an array of accounts',
    '[[accounts.a]]\nemail = "a@b"',
    only('line 1: accounts.a: expected a table, found an array'),
  ],
  [
    'a date for the accounts',
    'accounts = 2026-01-01',
    only('line 1: accounts: expected a table, found a date or time'),
  ],
  [
    'a server that is no table',
    '[accounts.a]\nemail = "a@b"\nimap = "c"',
    only('line 3: accounts.a.imap: expected a table, found a string'),
  ],
  [
    'include that is no array',
    `${personal}mailboxes.include = "*"`,
    only('line 4: accounts.personal.mailboxes.include: expected an array of globs, found "*"'),
  ],
  [
    'include that lets nothing in',
    `${personal}mailboxes = { include = [] }`,
    only(
      'line 4: accounts.personal.mailboxes.include: expected at least one glob, such as "*" for all mailboxes, found an empty array',
    ),
  ],
  [
    'a glob that is no string, on a line of its own',
    `${personal}mailboxes.exclude = [\n  "Trash", # "\n  7,\n]`,
    only('line 6: accounts.personal.mailboxes.exclude[1]: expected a string, found 7'),
  ],
  [
    'a plain password (S07)',
    imap('password = "canary"'),
    only(
      `line 4: accounts.personal.imap.password: expected a table that says where the password is, found a string; ${advice}`,
    ),
  ],
  [
    'a number as password',
    imap('password = 12345'),
    only(
      `line 4: accounts.personal.imap.password: expected a table that says where the password is, found a number; ${advice}`,
    ),
  ],
  [
    'a password from nowhere',
    imap('password = {}'),
    only(
      'line 4: accounts.personal.imap.password: expected exactly one of command, env, file, credential, keychain, oauth, found none of them',
    ),
  ],
  [
    'a password from two places',
    imap('password = { env = "A", file = "b" }'),
    only(
      'line 4: accounts.personal.imap.password: expected exactly one of command, env, file, credential, keychain, oauth, found env and file',
    ),
  ],
  [
    'a command line instead of an array (S28)',
    imap('password.command = "pass show x"'),
    only(
      'line 4: accounts.personal.imap.password.command: expected an array of a program and its arguments, such as ["pass", "show", "mail/me"], found a string',
    ),
  ],
  [
    'an empty command',
    imap('password.command = []'),
    only(
      'line 4: accounts.personal.imap.password.command: expected an array of a program and its arguments, such as ["pass", "show", "mail/me"], found an empty array',
    ),
  ],
  [
    'a variable that cannot be',
    imap('password.env = "A=B"'),
    only('line 4: accounts.personal.imap.password.env: expected the name of an environment variable, found a string'),
  ],
  [
    "another user's home",
    imap('password.file = "~bob/secret"'),
    only(
      'line 4: accounts.personal.imap.password.file: only ~/ can stand for a home directory, write out that of another user',
    ),
  ],
  [
    'the keychain, but not quite',
    imap('password = { keychain = "mail" }'),
    only('line 4: accounts.personal.imap.password.keychain: expected true, found a string'),
  ],
  [
    'OAuth without a client',
    imap('password = { oauth = "google" }'),
    only(
      'line 4: accounts.personal.imap.password.oauth: needs oauth-client = { id = "…" } in the account, a client that you have registered: see README.md, "Passwords and tokens"',
    ),
  ],
  [
    'OAuth at nobody',
    imap('password = { oauth = "yahoo" }'),
    only('line 4: accounts.personal.imap.password.oauth: expected one of "google", "microsoft", found a string'),
  ],
  [
    'a credential outside its directory',
    imap('password = { credential = "../shadow" }'),
    only(
      'line 4: accounts.personal.imap.password.credential: expected the name of a credential, such as "mail.password", found a string',
    ),
  ],
  [
    'a tenant that is a path',
    `${personal}oauth-client = { id = "a", tenant = "x/../y" }`,
    only(
      'line 4: accounts.personal.oauth-client.tenant: expected the name or number of a tenant, such as "example.org", found a string',
    ),
  ],
  [
    'a short fingerprint',
    imap('fingerprint = "sha256:abcd"'),
    only(
      'line 4: accounts.personal.imap.fingerprint: expected "sha256:" and 64 hexadecimal digits, of the certificate, found "sha256:abcd"',
    ),
  ],
  [
    'a certificate named in two ways',
    imap(`fingerprint = "sha256:${'0'.repeat(64)}"\nca-file = "ca.pem"`),
    only('line 4: accounts.personal.imap.fingerprint: expected one of ca-file and fingerprint, found both'),
  ],
  [
    'a certificate that nobody would look at',
    `[accounts.a]\nemail = "a@b"\nimap = { host = "::1", security = "none", ca-file = "ca.pem" }`,
    only('line 3: accounts.a.imap.ca-file: has no effect with security = "none"'),
  ],
  [
    'a size with an unknown unit',
    `max-message = "25X"\n${personal}`,
    only(
      'line 1: max-message: expected a number of octets above 0, or a string such as "25M" (K, M, G and T are powers of 1024), found "25X"',
    ),
  ],
  [
    'a size of 0',
    `budget = 0\n${personal}`,
    only(
      'line 1: budget: expected a number of octets above 0, or a string such as "25M" (K, M, G and T are powers of 1024), found 0',
    ),
  ],
  [
    'a size beyond counting',
    `budget = "99999999T"\n${personal}`,
    only(
      'line 1: budget: expected a number of octets above 0, or a string such as "25M" (K, M, G and T are powers of 1024), found "99999999T"',
    ),
  ],
  [
    'an unknown compression',
    `compress = "zstd"\n${personal}`,
    only('line 1: compress: expected "auto", true or false, found "zstd"'),
  ],
  [
    'a capability with a space',
    `${personal}disable = ["IDLE", "A B"]`,
    only('line 4: accounts.personal.disable[1]: expected the name of a capability, such as "QRESYNC", found "A B"'),
  ],
  [
    'an unknown role',
    `${personal}special-use = { "Sent Items" = "outbox", constructor = 1 }`,
    many(2, [
      'line 4: accounts.personal.special-use."Sent Items": expected one of "all", "archive", "drafts", "flagged", "junk", "sent", "trash", "important", found "outbox"',
      'line 4: accounts.personal.special-use.constructor: expected one of "all", "archive", "drafts", "flagged", "junk", "sent", "trash", "important", found 1',
    ]),
  ],
  [
    'a secret that is no string (S08)',
    `${personal}oauth-client = { id = "a", secret = 4711 }`,
    only('line 4: accounts.personal.oauth-client.secret: expected a string, found a number'),
  ],
  [
    'a hook without target',
    `${personal}[hooks.a]\nmailbox = "INBOX"`,
    only('line 4: hooks.a: expected either command or url (with secret), found neither'),
  ],
  [
    'a hook with two targets',
    `${personal}[hooks.a]\ncommand = ["a"]\nurl = "https://b"`,
    only('line 4: hooks.a: expected either command or url (with secret), found both'),
  ],
  [
    'a hook with a secret for nobody',
    `${personal}[hooks.a]\ncommand = ["a"]\nsecret = "canary"`,
    only('line 4: hooks.a: expected either command or url (with secret), found a secret without url'),
  ],
  [
    'a hook over plain HTTP',
    `${personal}[hooks.a]\nurl = "http://canary@b"`,
    only(
      'line 5: hooks.a.url: expected an https URL without user and password (http for loopback only), found a string',
    ),
  ],
  [
    'a hook with an unknown kind',
    `${personal}[hooks.a]\ncommand = ["a"]\nkinds = ["new"]`,
    only(
      'line 6: hooks.a.kinds[0]: expected one of "message-added", "flags-changed", "message-removed", "message-replaced", "mailbox-added", "mailbox-removed", "mailbox-renamed", "epoch-started", found "new"',
    ),
  ],
]

describe('a config is refused with', () => {
  test.each(cases)('%s', (_, text, fault) => {
    expect(faultOf(text)).toBe(fault)
  })

  test.each([
    imap('password = "canary"'),
    imap('password = ["canary"]'),
    imap('password.env = "can=canary"'),
    imap('password.command = "echo canary"'),
    imap('passwd = "canary"'),
    imap('secret = "canary'),
    `password = "canary"\n${personal}`,
    `${personal}oauth-client = { id = "a", secret = "canary }`,
    `${personal}oauth-client = { id = "a", secret = ["canary"] }`,
    `${personal}oauth-client = "canary"\ntoken = "canary"`,
    `${personal}[hooks.a]\nurl = "canary"`,
    `${personal}[hooks.a]\nurl = "https://me:canary@b"`,
    `${personal}[hooks.a]\ncommand = ["a"]\nsecret = "canary"`,
  ])('no secret in the error or its cause (S08): %j', (text) => {
    using directory = new TemporaryDirectory()
    const path = directory.write('config.toml', text)
    const error = errorOf(() => loadConfig(path, environment))
    expect(`${error.stack} ${error.hint} ${String(error.cause)}`).not.toContain('canary')
  })
})
