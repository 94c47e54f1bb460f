import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load-config.ts'
import { readEnvironment } from '../../src/config/environment.ts'
import { configOf, environment, personal } from './temporary-config.ts'
import { TemporaryDirectory } from '../support/temporary-directory.ts'

const full = `store = "mail.db"
connections = 12
connections-per-host = 6
budget = "2.5G"
max-message = "25M"
compress = true
store-on-network = true

[hooks.notify]
command = ["~/bin/notify", "--quiet"]
kinds = ["message-added", "message-removed"]
mailbox = "INBOX"

[hooks.web]
url = "https://hooks.example.org/T0/B0"
secret = "canary-hook"
query = "from:boss"

[accounts.personal]
email = "me@example.org"
connections = 4
mailboxes = { include = ["*"], exclude = ["Trash", "Junk*"] }
max-message = 4096
disable = ["qresync", "COMPRESS=DEFLATE"]
special-use = { "Sent Items" = "sent", constructor = "trash" }
token-command = ["bin/token", "me"]
oauth-client = { id = "client", secret = "canary-oauth", tenant = "common" }

[accounts.personal.imap]
host = "IMAP.Example.org"
security = "starttls"
password = { command = ["pass", "show", "mail/me"] }
ca-file = "~/ca.pem"

[accounts.personal.smtp]
host = "smtp.example.org"

[accounts."my work"]
email = "me@work.example"
store = "~/office/mail.db"
budget = "1g"

[accounts."my work".imap]
host = "[::1]"
port = 1143
security = "none"
user = "me"
password = { file = "secret" }

[accounts."my work".smtp]
host = "münchen.example"
security = "none"
allow-plaintext = true
user = "submit"
password = { env = "WORK_PASSWORD" }
`

const named = (name: string): string => `[accounts.${name}]\nemail = "a@b"\nimap.host = "c"\n`
const mine = (name: string): string => `[accounts.${name}]\nemail = "me@example.org"\nimap.host = "imap.example.org"`

describe('a config', () => {
  test('is read with every key', () => {
    expect(configOf(full)).toEqual({
      path: 'DIR/config.toml',
      connections: 12,
      connectionsPerHost: 6,
      compress: true,
      storeOnNetwork: true,
      hooks: [
        {
          name: 'notify',
          target: { kind: 'command', argv: ['/home/alice/bin/notify', '--quiet'] },
          kinds: ['message-added', 'message-removed'],
          mailbox: 'INBOX',
        },
        {
          name: 'web',
          target: { kind: 'url', url: 'https://hooks.example.org/T0/B0', secret: 'canary-hook' },
          query: 'from:boss',
        },
      ],
      accounts: [
        {
          name: 'personal',
          email: 'me@example.org',
          store: 'DIR/mail.db',
          connections: 4,
          mailboxes: { include: ['*'], exclude: ['Trash', 'Junk*'] },
          imap: {
            host: 'imap.example.org',
            port: 143,
            security: 'starttls',
            allowPlaintext: false,
            user: 'me@example.org',
            password: { kind: 'command', argv: ['pass', 'show', 'mail/me'] },
            caFile: '/home/alice/ca.pem',
          },
          smtp: {
            host: 'smtp.example.org',
            port: 465,
            security: 'tls',
            allowPlaintext: false,
            user: 'me@example.org',
            password: { kind: 'command', argv: ['pass', 'show', 'mail/me'] },
          },
          budget: 2_684_354_560,
          maxMessage: 4096,
          disable: ['QRESYNC', 'COMPRESS=DEFLATE'],
          specialUse: Object.fromEntries([
            ['Sent Items', 'sent'],
            ['constructor', 'trash'],
          ]),
          tokenCommand: ['DIR/bin/token', 'me'],
          oauthClient: { id: 'client', secret: 'canary-oauth', tenant: 'common' },
        },
        {
          name: 'my work',
          email: 'me@work.example',
          store: '/home/alice/office/mail.db',
          mailboxes: { include: ['*'], exclude: [] },
          imap: {
            host: '::1',
            port: 1143,
            security: 'none',
            allowPlaintext: false,
            user: 'me',
            password: { kind: 'file', path: 'DIR/secret' },
          },
          smtp: {
            host: 'xn--mnchen-3ya.example',
            port: 25,
            security: 'none',
            allowPlaintext: true,
            user: 'submit',
            password: { kind: 'env', name: 'WORK_PASSWORD' },
          },
          budget: 1_073_741_824,
          maxMessage: 26_214_400,
          disable: [],
          specialUse: {},
        },
      ],
    })
  })

  test('needs no more than an address and a host', () => {
    expect(configOf(personal)).toEqual({
      path: 'DIR/config.toml',
      connections: 8,
      connectionsPerHost: 8,
      compress: 'auto',
      storeOnNetwork: false,
      accounts: [
        {
          name: 'personal',
          email: 'me@example.org',
          store: '/home/alice/.local/share/mailmirror/mail.db',
          mailboxes: { include: ['*'], exclude: [] },
          imap: {
            host: 'imap.example.org',
            port: 993,
            security: 'tls',
            allowPlaintext: false,
            user: 'me@example.org',
          },
          disable: [],
          specialUse: {},
        },
      ],
    })
  })

  test('puts the store where XDG_DATA_HOME says', () => {
    using directory = new TemporaryDirectory()
    const path = directory.write('config.toml', personal)
    const { accounts } = loadConfig(path, readEnvironment({ XDG_DATA_HOME: '/data' }, '/home/alice'))
    expect(accounts.map(({ store }) => store)).toEqual(['/data/mailmirror/mail.db'])
  })

  test('allows as many connections to one host as in all, unless told', () => {
    const { connections, connectionsPerHost } = configOf(`connections = 3\n${personal}`)
    expect({ connections, connectionsPerHost }).toEqual({ connections: 3, connectionsPerHost: 3 })
  })

  test.each([
    ['tls', 993, 465],
    ['starttls', 143, 587],
    ['none', 143, 25],
  ])('has the usual ports for %s', (security, imapPort, smtpPort) => {
    const words = `{ host = "localhost", security = "${security}" }`
    const [account] = configOf(`[accounts.a]\nemail = "a@b"\nimap = ${words}\nsmtp = ${words}`).accounts
    expect([account?.imap.port, account?.smtp?.port]).toEqual([imapPort, smtpPort])
  })

  test.each(['localhost', '127.0.0.1', '127.8.9.1', '127.1', '::1', '[::1]', '0:0:0:0:0:0:0:1'])(
    'permits plain text to %s (S01)',
    (host) => {
      const [account] = configOf(`[accounts.a]\nemail = "a@b"\nimap = { host = "${host}", security = "none" }`).accounts
      expect(account?.imap.security).toBe('none')
    },
  )

  test('takes a fingerprint with colons and capitals', () => {
    const digits = Array.from({ length: 32 }, () => 'AB')
    const imap = `imap.fingerprint = "SHA256:${digits.join(':')}"`
    expect(configOf(`${personal}${imap}`).accounts[0]?.imap.fingerprint).toBe(`sha256:${digits.join('').toLowerCase()}`)
  })

  test('gives roles that any mailbox path may be looked up in', () => {
    using directory = new TemporaryDirectory()
    const path = directory.write('config.toml', `${personal}special-use = { __proto__ = "sent" }`)
    const [account] = loadConfig(path, environment).accounts
    expect(account?.specialUse['constructor']).toBeUndefined()
    expect(account?.specialUse['__proto__']).toBe('sent')
  })

  test('may have an account whose name means something to JavaScript', () => {
    const { accounts } = configOf(`${named('__proto__')}${named('constructor')}${named('toString')}`)
    expect(accounts.map(({ name }) => name)).toEqual(['__proto__', 'constructor', 'toString'])
  })

  test('may begin with a byte order mark and have CRLF', () => {
    expect(configOf(`\uFEFF${personal.replaceAll('\n', '\r\n')}`).accounts).toHaveLength(1)
  })

  test('says where passwords and tokens come from, under names that outlive a renaming', () => {
    const { accounts } = configOf(`
${mine('key')}
imap.password.keychain = true
${mine('unit')}
imap.password.credential = "mail.password"
${mine('web')}
imap.password.oauth = "microsoft"
oauth-client = { id = "client", tenant = "example.org" }
${mine('program')}
token-command = ["token", "me"]
smtp.host = "smtp.example.org"`)
    expect(accounts.map(({ imap, smtp }) => [imap.password, smtp?.password])).toEqual([
      [{ kind: 'keychain', account: 'key', entry: 'me@example.org at imap.example.org' }, undefined],
      [{ kind: 'credential', name: 'mail.password' }, undefined],
      [
        {
          kind: 'oauth',
          account: 'web',
          provider: 'microsoft',
          user: 'me@example.org',
          client: { id: 'client', secret: undefined, tenant: 'example.org' },
        },
        undefined,
      ],
      [
        { kind: 'token-command', argv: ['token', 'me'] },
        { kind: 'token-command', argv: ['token', 'me'] },
      ],
    ])
  })
})
