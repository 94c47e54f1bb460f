import * as fc from 'fast-check'
import { parse } from 'smol-toml'
import { describe, expect, test } from 'vitest'
import { withAccount, withoutAccount, withRenamedAccount } from '../../src/config/edit-accounts.ts'
import type { NewAccount } from '../../src/setup/new-account.ts'

type Table = Readonly<Record<string, unknown>>

const server = { host: 'imap.example.org', port: 993, security: 'tls', user: undefined } as const
const nobody: NewAccount = {
  name: 'new one',
  email: 'me@example.org',
  store: undefined,
  imap: { ...server, caFile: undefined, fingerprint: undefined },
  smtp: {
    ...server,
    host: 'smtp.example.org',
    port: 587,
    security: 'starttls',
    caFile: undefined,
    fingerprint: undefined,
  },
  password: { kind: 'command', argv: ['pass', 'show', 'say "tea"\u007f'] },
  oauthClient: undefined,
}
const nobodyRead = {
  email: 'me@example.org',
  imap: { host: 'imap.example.org', password: { command: ['pass', 'show', 'say "tea"\u007f'] } },
  smtp: { host: 'smtp.example.org', security: 'starttls' },
}

const full = `# mine
store = "a.db" # [accounts.ada]

# the first
[accounts.ada]
email = "ada@example.org" # hers
# inner
note = """
[accounts.bob]
"""

[accounts.ada.imap]
host = "a.example.org"

# the second
[accounts."bob b"]
email = 'bob@example.org'
imap = { host = "b.example.org", password = { env = "B" } }

[hooks.x]
command = ["true"]
# end
`

describe('an account is added', () => {
  test('after everything else, which stays', () => {
    expect(withAccount(full, nobody)).toBe(`${full}
[accounts."new one"]
email = "me@example.org"

[accounts."new one".imap]
host = "imap.example.org"
password = { command = ["pass", "show", "say \\"tea\\"\\u007f"] }

[accounts."new one".smtp]
host = "smtp.example.org"
security = "starttls"
`)
  })

  test.each([
    ['', ''],
    ['store = "x"', 'store = "x"\n\n'],
    ['store = "x"\r\n', 'store = "x"\r\n\r\n'],
    ['# only\n', '# only\n\n'],
  ])('%j begins with %j', (text, begin) => {
    const after = withAccount(text, nobody)
    expect(after.slice(0, begin.length + 10)).toBe(`${begin}[accounts.`)
    expect(after.includes('\r\n')).toBe(text.includes('\r\n'))
    expect(parse(after)['accounts']).toEqual({ 'new one': nobodyRead })
  })

  test.each(['accounts = {}', 'accounts = { a = { email = "x" } } # c', 'accounts = { a.email = "x", }'])(
    'to %s, where it must stand inside',
    (text) => {
      const accounts = parse(text)['accounts']
      const after = withAccount(text, nobody)
      expect(parse(after)).toEqual({ accounts: { ...(isTable(accounts) ? accounts : {}), 'new one': nobodyRead } })
      expect(after.endsWith('# c')).toBe(text.endsWith('# c'))
    },
  )
})

test('an account is removed with its own lines, and no others', () => {
  expect(withoutAccount(full, 'ada')).toBe(`# mine
store = "a.db" # [accounts.ada]

# the first

# the second
[accounts."bob b"]
email = 'bob@example.org'
imap = { host = "b.example.org", password = { env = "B" } }

[hooks.x]
command = ["true"]
# end
`)
})

test('an account is renamed wherever its name stands, and nowhere else', () => {
  const after = withRenamedAccount(full, 'ada', 'lady "L"')
  expect(after).toBe(
    full
      .replace('\n[accounts.ada]\n', '\n[accounts."lady \\"L\\""]\n')
      .replace('[accounts.ada.imap]', '[accounts."lady \\"L\\"".imap]'),
  )
  expect(withRenamedAccount(after, 'lady "L"', 'ada')).toBe(full)
})

test.each([
  ['accounts = { ada = { email = "a" }, bob.email = "b" }', 'accounts = { bob.email = "b" }'],
  ['accounts = { bob.email = "b", ada.email = "a", ada.imap.host = "h" }', 'accounts = { bob.email = "b" }'],
  ['accounts.ada.email = "a"\naccounts.bob.email = "b"', 'accounts.bob.email = "b"'],
  ['[accounts]\n"ada".email = "a" # hers\n# c\nbob.email = "b"', '[accounts]\n# c\nbob.email = "b"'],
  ['[[accounts.ada.x]]\ny = 1\n[[accounts.ada.x]]\n[accounts.bob]', '[accounts.bob]'],
])('%j without ada is %j', (before, after) => {
  expect(withoutAccount(before, 'ada').replace(/ +\}$/, ' }')).toBe(after)
  expect(parse(withRenamedAccount(before, 'ada', 'c.d'))).toEqual(renamed(parse(before), 'ada', 'c.d'))
})

const isTable = (value: unknown): value is Table => typeof value === 'object' && value !== null && !Array.isArray(value)

function accountsOf(table: Table): Table {
  const { accounts } = table
  return isTable(accounts) ? accounts : {}
}

/** Without one; a table of accounts that is empty is as good as none. */
function without(table: Table, name: string): Table {
  const { accounts: _, ...rest } = table
  const { [name]: __, ...accounts } = accountsOf(table)
  return Object.keys(accounts).length === 0 ? rest : { ...rest, accounts }
}

function renamed(table: Table, from: string, to: string): Table {
  const account = accountsOf(table)[from]
  const others = without(table, from)
  return { ...others, accounts: { ...accountsOf(others), [to]: account } }
}

const names = ['ada', 'bob', 'a.b', 'with "quotes"', "it's", 'ümlaut']
const values = [
  '"x"',
  "'#'",
  '"""\n[accounts.ada]\n\\""" # no\n"""',
  "'''\nada = {\n'''",
  '[\n 1, # in\n { a = "}" } ]',
  '1979-05-27 07:32:00',
  '{ x = [1, 2], "y.z" = 3 }',
]

const value = fc.constantFrom(...values)
const written = (name: string): fc.Arbitrary<string> =>
  /^\w+$/.test(name)
    ? fc.constantFrom(name, JSON.stringify(name), `'${name}'`)
    : fc.constantFrom(JSON.stringify(name), ...(name.includes("'") ? [] : [`'${name}'`]))

/** One account in one of the ways in which TOML lets it be written. */
function accountText(
  name: string,
): fc.Arbitrary<{ readonly root: string; readonly table: string; readonly section: string }> {
  return fc
    .tuple(fc.constantFrom('root', 'table', 'section', 'section'), written(name), value, value, fc.boolean())
    .map(([where, key, first, second, isInline]) => {
      const pairs = isInline
        ? `${key} = { first = ${first.includes('\n') ? '1' : first}, sub.second = 2 } # hers\n`
        : `${key}.first = ${first}\n${key} . sub . second = ${second} # hers\n`
      if (where === 'root')
        return { root: pairs.replaceAll(new RegExp(`^(?=${escaped(key)})`, 'gm'), 'accounts.'), table: '', section: '' }
      if (where === 'table') return { root: '', table: pairs, section: '' }
      const sub = isInline ? '' : `[accounts . ${key}.sub] # hers\nsecond = ${second}\n`
      return { root: '', table: '', section: `[ accounts.${key} ]\n# inner\nfirst = ${first}\n${sub}` }
    })
}

const escaped = (text: string): string => text.replaceAll(/[^\w]/g, String.raw`\$&`)

const config = fc
  .uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 4 })
  .chain((chosen) => fc.tuple(fc.constant(chosen), fc.tuple(...chosen.map(accountText)), fc.constantFrom('\n', '\r\n')))
  .map(([chosen, parts, lineEnd]) => {
    const tables = parts.map(({ table }) => table).join('# among\n')
    const text = [
      '# top\nstore = "x" # of all\n\n',
      ...parts.map(({ root }) => root),
      '# before the tables\n',
      tables === '' ? '' : `[accounts]\n${tables}\n`,
      ...parts.map(({ section }, index) => `\n# before section ${index}\n\n${section}`),
      '\n# before the hooks\n[hooks.ada]\ncommand = ["true"]\n# last',
    ].join('')
    return { chosen, text: text.replaceAll('\n', lineEnd) }
  })
  .filter(({ text }) => isToml(text))

function isToml(text: string): boolean {
  try {
    parse(text)
    return true
  } catch {
    return false
  }
}

const comments = (text: string): readonly string[] =>
  [...text.matchAll(/^# (?!inner).*|# of all/gm)].map(([comment]) => comment.trim())

test('whatever a config looks like, exactly that account comes, goes or changes its name, and comments elsewhere stay', () => {
  let seen = 0
  fc.assert(
    fc.property(config, fc.nat(3), ({ chosen, text }, index) => {
      const before: Table = parse(text)
      const name = chosen[index % chosen.length] ?? ''
      seen += 1
      const gone = withoutAccount(text, name)
      expect(without(parse(gone), name)).toEqual(without(before, name))
      expect(comments(gone)).toEqual(comments(text).filter((comment) => comments(gone).includes(comment)))
      expect(comments(gone).filter((comment) => !comment.includes('among'))).toEqual(
        comments(text).filter((comment) => !comment.includes('among')),
      )
      const other = withRenamedAccount(text, name, 'new.name')
      expect(parse(other)).toEqual(renamed(before, name, 'new.name'))
      expect(comments(other)).toEqual(comments(text))
      const more = withAccount(text, nobody)
      expect(parse(more)).toEqual({ ...before, accounts: { ...accountsOf(before), 'new one': nobodyRead } })
      expect(more.startsWith(text)).toBe(true)
      expect(without(parse(withoutAccount(more, 'new one')), 'new one')).toEqual(before)
    }),
    { numRuns: 300 },
  )
  expect(seen).toBeGreaterThan(200)
})
