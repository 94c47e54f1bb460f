import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { nastyMessages } from './nasty-messages.ts'
import { mboxEntry } from './sample-messages.ts'

const latin1 = (octets: Uint8Array): string => Buffer.from(octets).toString('latin1')

function unquoted(octets: Uint8Array): string {
  return latin1(octets).replaceAll(/(?<=^|\n)>(?=>*From )/g, '')
}

test.each([
  [0, 'From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n'],
  [837_596_665, 'From MAILER-DAEMON Wed Jul 17 09:44:25 1996\n'],
  [undefined, 'From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n'],
  [-1, 'From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n'],
  [Number.NaN, 'From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n'],
  [253_402_300_800, 'From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n'],
])('F82 F90 the separator of a message that came at %j is %j', (seconds, separator) => {
  expect(latin1(mboxEntry(Buffer.from('x\n'), seconds).before)).toBe(separator)
})

test.each([
  ['x', '\n\n'],
  ['x\n', '\n'],
  ['x\r\n', '\n'],
  ['', '\n'],
])('F90 %j is followed by %j', (text, end) => {
  expect(latin1(mboxEntry(Buffer.from(text), 0).after)).toBe(end)
})

test('F90 only lines that could be a separator are quoted', () => {
  const { body: quoted } = mboxEntry(
    Buffer.from('From a\r\n>From b\r\n>>From c\nx From d\nFromage\n> From e\rFrom f'),
    0,
  )
  expect(latin1(quoted)).toBe('>From a\r\n>>From b\r\n>>>From c\nx From d\nFromage\n> From e\rFrom f')
})

test('F90 whatever the octets, taking away what was added gives them back, and no line of theirs is a separator', () => {
  const pieces = fc.constantFrom('From ', '>', '\n', '\r\n', 'F', 'x', '\0', '\xff', ' ')
  const texts = fc.oneof(
    fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join('')),
    fc.constantFrom(...nastyMessages.map(latin1)),
  )
  fc.assert(
    fc.property(texts, (text) => {
      const { body: quoted } = mboxEntry(Buffer.from(text, 'latin1'), 0)
      expect(unquoted(quoted)).toBe(text)
      expect(latin1(quoted)).not.toMatch(/(?:^|\n)From /)
    }),
    { numRuns: 3000 },
  )
})
