import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load-config.ts'
import { AppError } from '../../src/model/errors.ts'
import { environment } from './temporary-config.ts'
import { TemporaryDirectory } from '../support/temporary-directory.ts'

const sample = `store = "mail.db"
connections = 8
budget = "2.5G"
compress = "auto"

[hooks.a]
url = "https://example.org/"
secret = "canary"

[accounts.personal]
email = "me@example.org"
mailboxes = { include = ["*"], exclude = ["Trash", "Junk*"] }
disable = ["QRESYNC"]
special-use = { "Sent Items" = "sent" }
oauth-client = { id = "id", secret = "canary" }

[accounts.personal.imap]
host = "imap.example.org"
port = 993
security = "tls"
password = { command = ["pass", "show", "mail/me"] }
fingerprint = "sha256:${'0f'.repeat(32)}"

[accounts.personal.smtp]
host = "127.0.0.1"
security = "none"
password.env = "NAME"
`

/** 'loaded', or the code of the error; any other error is thrown. */
function outcomeOf(text: string): string {
  using directory = new TemporaryDirectory()
  const path = directory.write('config.toml', text)
  try {
    return loadConfig(path, environment).path === path ? 'loaded' : 'another path'
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return error.code
  }
}

const piece = fc.oneof(
  fc.constantFrom(
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '"""',
    '=',
    '.',
    ',',
    '\n',
    '#',
    '__proto__',
    'constructor',
    '[[',
    '-1',
  ),
  fc.constantFrom(
    '1e400',
    '0x',
    '\\',
    '\\u0000',
    '1979-05-27',
    'nan',
    '{}',
    '[]',
    '\uD800',
    '\0',
    'accounts',
    '"" = 1\n',
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
)

test('a config that has been tampered with is loaded or refused, and never anything else', () => {
  const seen = new Set<string>()
  const edit = fc.tuple(fc.nat(sample.length), fc.nat(12), piece)
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      let text = sample
      for (const [at, length, put] of edits) text = `${text.slice(0, at)}${put}${text.slice(at + length)}`
      const outcome = outcomeOf(text)
      seen.add(outcome)
      expect(['loaded', 'CONFIG_INVALID']).toContain(outcome)
    }),
    { numRuns: 1500 },
  )
  expect(seen).toEqual(new Set(['loaded', 'CONFIG_INVALID']))
})

test('lines of a config may stand in any order, twice or not at all', () => {
  const lines = sample.split('\n')
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...lines), { maxLength: 40 }), (chosen) => {
      expect(['loaded', 'CONFIG_INVALID']).toContain(outcomeOf(chosen.join('\n')))
    }),
    { numRuns: 500 },
  )
})
