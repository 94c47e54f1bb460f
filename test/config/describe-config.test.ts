import { expect, test } from 'vitest'
import { describeConfig } from '../../src/config/describe-config.ts'
import { configOf, personal } from './temporary-config.ts'

test('a config is shown with its values in effect', () => {
  expect(
    describeConfig(configOf(`${personal}imap.password.command = ["pass", "me"]\nsmtp.host = "smtp.example.org"`)),
  ).toEqual({
    path: 'DIR/config.toml',
    connections: 8,
    'connections-per-host': 8,
    compress: 'auto',
    'store-on-network': false,
    accounts: [
      {
        name: 'personal',
        email: 'me@example.org',
        store: '/home/alice/.local/share/mailmirror/mail.db',
        connections: 4,
        mailboxes: { include: ['*'], exclude: [] },
        imap: {
          host: 'imap.example.org',
          port: 993,
          security: 'tls',
          'allow-plaintext': false,
          user: 'me@example.org',
          password: { command: ['pass', 'me'] },
        },
        smtp: {
          host: 'smtp.example.org',
          port: 465,
          security: 'tls',
          'allow-plaintext': false,
          user: 'me@example.org',
          password: { command: ['pass', 'me'] },
        },
        disable: [],
        'special-use': {},
      },
    ],
  })
})

test('F15 F29 an account is shown with the connections and the budget that its provider leaves it', () => {
  const shown = describeConfig(
    configOf(`[accounts.mail]
email = "me@gmail.com"
connections = 99
imap.host = "imap.gmail.com"

[accounts.more]
email = "me@gmail.com"
budget = "1G"
imap.host = "imap.gmail.com"`),
  )
  expect(shown).toMatchObject({
    accounts: [
      { connections: 15, budget: 2_500_000_000 },
      { connections: 4, budget: 2 ** 30 },
    ],
  })
})

test('a config is shown without its secrets (S08)', () => {
  const shown = JSON.stringify(
    describeConfig(
      configOf(`[hooks.a]
url = "https://example.org/canary?canary"
secret = "canary"

[hooks.b]
command = ["notify"]

[accounts.a]
email = "a@b"
imap = { host = "c", password = { env = "NAME" } }
smtp = { host = "c", password = { file = "/secret" } }
oauth-client = { id = "id", secret = "canary" }`),
    ),
  )
  expect(shown).not.toContain('canary')
  expect(shown).toContain(
    '"hooks":[{"name":"a","url":"https://example.org/…","secret":true},{"name":"b","command":["notify"]}]',
  )
  expect(shown).toContain('"password":{"env":"NAME"}')
  expect(shown).toContain('"password":{"file":"/secret"}')
  expect(shown).toContain('"oauth-client":{"id":"id","secret":true}')
})

test.each([
  ['keychain = true', '{"keychain":true}'],
  ['oauth = "google"', '{"oauth":"google"}'],
  ['credential = "mail"', '{"credential":"mail"}'],
])('a password { %s } is shown as such', (written, shown) => {
  const config = configOf(`[accounts.a]
email = "a@b"
imap = { host = "c", password = { ${written} } }
oauth-client = { id = "id", secret = "canary" }`)
  const text = JSON.stringify(describeConfig(config))
  expect(text).toContain(`"password":${shown}`)
  expect(text).not.toContain('canary')
})
