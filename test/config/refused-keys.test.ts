import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load-config.ts'
import { environment, errorOf, faultOf, imap, many, only, personal } from './temporary-config.ts'
import { TemporaryDirectory } from '../support/temporary-directory.ts'

/** [what is wrong, the file, the whole error text] */
const cases: readonly (readonly [name: string, text: string, fault: string])[] = [
  [
    'a misspelt key',
    imap('prot = 993'),
    only('line 4: accounts.personal.imap.prot: unknown key, did you mean "port"?'),
  ],
  [
    'a key with an underscore',
    imap('ca_file = "ca.pem"'),
    only('line 4: accounts.personal.imap.ca_file: unknown key, did you mean "ca-file"?'),
  ],
  [
    'a key of the table below',
    `${personal}port = 993`,
    only('line 4: accounts.personal.port: unknown key, did you mean "imap.port"?'),
  ],
  [
    'a key of the table above',
    imap('mailboxes = ["*"]'),
    only(
      'line 4: accounts.personal.imap.mailboxes: unknown key, known here: host, port, security, user, password, ca-file, fingerprint, allow-plaintext',
    ),
  ],
  [
    'a key that is like no other',
    `${personal}colour = "canary"`,
    only(
      'line 4: accounts.personal.colour: unknown key, known here: email, connections, store, mailboxes, imap, smtp, budget, max-message, disable, special-use, oauth-client, token-command',
    ),
  ],
  [
    'a misspelt password, whose value is not told (S08)',
    imap('passwd = "canary"'),
    only('line 4: accounts.personal.imap.passwd: unknown key, did you mean "password"?'),
  ],
  [
    'a misspelt source',
    imap('password.cmd = ["canary"]'),
    many(2, [
      'line 4: accounts.personal.imap.password.cmd: unknown key, known here: command, env, file, credential, keychain, oauth',
      'line 4: accounts.personal.imap.password: expected exactly one of command, env, file, credential, keychain, oauth, found none of them',
    ]),
  ],
  [
    'a key without its account',
    `email = "me@example.org"\n${personal}`,
    only('line 1: email: unknown key, did you mean "accounts.NAME.email"?'),
  ],
  [
    'a misspelt table',
    '[acounts.personal]\nemail = "me@example.org"',
    only('line 1: acounts: unknown key, did you mean "accounts"?'),
  ],
  [
    'a key of JavaScript',
    `constructor = 1\n__proto__ = 2\n${personal}`,
    many(2, [
      'line 1: constructor: unknown key, known here: store, connections, connections-per-host, budget, max-message, compress, store-on-network, hooks, accounts',
      'line 2: __proto__: unknown key, known here: store, connections, connections-per-host, budget, max-message, compress, store-on-network, hooks, accounts',
    ]),
  ],
  [
    'a hostile key',
    String.raw`"a\u001b[2J\u202e" = 1
${personal}`,
    only(
      String.raw`line 1: "a\u{1b}[2J\u{202e}": unknown key, known here: store, connections, connections-per-host, budget, max-message, compress, store-on-network, hooks, accounts`,
    ),
  ],

  [
    'a name with a slash',
    '[accounts."a/b"]\nemail = "a@b"\nimap.host = "c"',
    only('line 1: accounts."a/b": an account\'s name may not hold "/", which stands before a mailbox'),
  ],
  [
    'an empty name',
    '[accounts.""]\nemail = "a@b"\nimap.host = "c"',
    only('line 1: accounts."": an account\'s name may not be empty'),
  ],
  [
    'a name with a control character',
    String.raw`[accounts."a\tb"]
email = "a@b"
imap.host = "c"`,
    only(String.raw`line 1: accounts."a\u{9}b": an account's name may not hold control or invisible characters`),
  ],
  [
    'a name with a space at its end',
    '[accounts."a "]\nemail = "a@b"\nimap.host = "c"',
    only('line 1: accounts."a ": an account\'s name may not begin or end with a space'),
  ],
  [
    'a name like an option',
    '[accounts.-q]\nemail = "a@b"\nimap.host = "c"',
    only('line 1: accounts.-q: an account\'s name may not begin with "-", like an option'),
  ],

  [
    'an unfinished string that may be a secret (S08)',
    `${personal}oauth-client = { id = "a", secret = "canary }`,
    'CONFIG_INVALID the config FILE is not valid TOML, line 4, column 37: unfinished string',
  ],
  [
    'an account that stands twice',
    `${personal}${personal}`,
    'CONFIG_INVALID the config FILE is not valid TOML, line 4, column 2: trying to redefine an already defined table or value',
  ],
  [
    'a number beyond counting',
    'connections = 99999999999999999999',
    'CONFIG_INVALID the config FILE is not valid TOML, line 1, column 15: integer value cannot be represented losslessly',
  ],
  [
    'tables without end',
    `store = ${'['.repeat(1000)}`,
    'CONFIG_INVALID the config FILE is not valid TOML, line 1, column 41: document contains excessively nested structures. aborting.',
  ],
  ['no accounts', 'connections = 3\n', 'CONFIG_INVALID the config FILE has no accounts'],
  ['nothing', '', 'CONFIG_INVALID the config FILE has no accounts'],
]

describe('a config is refused with', () => {
  test.each(cases)('%s', (_, text, fault) => {
    expect(faultOf(text)).toBe(fault)
    expect(fault).not.toContain('canary')
  })

  test('all of its problems at once, in the order of the file', () => {
    const text = `${personal}imap.port = 0\nimap.prot = 1\n\n[accounts.work]\nemail = "x"\nsmtp.host = ""\n`
    expect(faultOf(text)).toBe(
      many(5, [
        'line 4: accounts.personal.imap.port: expected a whole number from 1 to 65535, found 0',
        'line 5: accounts.personal.imap.prot: unknown key, did you mean "port"?',
        'line 7: accounts.work.imap: missing',
        'line 8: accounts.work.email: expected an address such as "me@example.org", found "x"',
        'line 9: accounts.work.smtp.host: expected a host name or an IP address, without scheme or port, found an empty string',
      ]),
    )
  })

  test('no more than twenty of its problems', () => {
    const keys = Array.from({ length: 25 }, (_, index) => `x${index} = 1\n`)
    const lines = faultOf(`${keys.join('')}${personal}`).split('\n')
    expect([lines[0], lines.at(-2), lines.at(-1)]).toEqual([
      'CONFIG_INVALID the config FILE has 25 problems:',
      expect.stringMatching(/^ {2}line 20: x19: unknown key/),
      '  and 5 more',
    ])
  })

  test('an example when it has no accounts', () => {
    using directory = new TemporaryDirectory()
    const path = directory.write('config.toml', '')
    expect(errorOf(() => loadConfig(path, environment)).hint)
      .toBe(`add one with \`mailmirror account add\`, or write it:

[accounts.personal]
email = "me@example.org"

[accounts.personal.imap]
host = "imap.example.org"
password = { command = ["pass", "show", "mail/me"] }
`)
  })
})
