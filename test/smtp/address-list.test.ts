import { expect, test } from 'vitest'
import { addressList } from '../../src/smtp/address-list.ts'

const read = (field: string): readonly string[] | undefined => addressList(field)?.map(({ address }) => address)

test.each([
  ['zoe@example.org', ['zoe@example.org']],
  ['a@example.org, b@example.org', ['a@example.org', 'b@example.org']],
  ['a@example.org; b@example.org', ['a@example.org', 'b@example.org']],
  ['a@example.org,,b@example.org,', ['a@example.org', 'b@example.org']],
  ['bob@example.org <bob@example.org>', ['bob@example.org']],
  ['"bob@x.example" <bob@example.org>', ['bob@example.org']],
  ['"Beck, Bob (x)" <bob@example.org>, c@example.org', ['bob@example.org', 'c@example.org']],
  ['Zoe zoe@example.org', ['zoe@example.org']],
  ['zoe@example.org (a (nested) x@y.example, comment)', ['zoe@example.org']],
  ['team: a@b.example, c@d.example;', ['a@b.example', 'c@d.example']],
  ['undisclosed-recipients:;', []],
  ['', []],
  ['<@relay.example:a@b.example>', ['a@b.example']],
  ['"a b"@c.example', ['"a b"@c.example']],
  ['a@[IPv6:::1], b@[127.0.0.1]', ['a@[IPv6:::1]', 'b@[127.0.0.1]']],
  ['=?utf-8?Q?a=2C_b?= <a@b.example>', ['a@b.example']],
  ['root (Cron Daemon)', undefined],
])('%j is read', (field, addresses) => {
  expect(read(field)).toEqual(addresses)
})

test.each([
  'zoe@example.org bea@example.org',
  'zoe@example.org\tbea@example.org',
  'Zoe <zoe@example.org> bea@example.org',
  'Zoe <zoe@example.org> Bea <bea@example.org>',
  '<a@b.example> <c@d.example>',
  'Zoe <zoe@example.org, bea@example.org>',
  '"unclosed <a@b.example>, c@d.example',
  'Zoe, Bea <bea@example.org>',
  'a@b.example, root',
  'a@b.example c@d.example <e@f.example>',
  'a@b.example,c@d.example e@f.example',
])('%j is not read in part, so that nobody is left out', (field) => {
  expect(read(field)).toBeUndefined()
})
