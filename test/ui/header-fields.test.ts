import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { headerOctets, octetsToText, readableField, readHeaderFields } from '../../src/ui/header-fields.ts'

function octets(text: string): Uint8Array {
  return Buffer.from(text, 'utf8')
}

test('the header ends at the empty line, with CRLF or LF', () => {
  expect(octetsToText(headerOctets(octets('A: 1\r\nB: 2\r\n\r\nC: 3\r\n')))).toBe('A: 1\r\nB: 2\r\n')
  expect(octetsToText(headerOctets(octets('A: 1\nB: 2\n\nC: 3\n')))).toBe('A: 1\nB: 2\n')
})

test('F79: a message without an empty line is all header, one that begins with it has none', () => {
  expect(octetsToText(headerOctets(octets('A: 1\r\nB')))).toBe('A: 1\r\nB')
  expect(headerOctets(octets('\r\nbody')).length).toBe(0)
  expect(headerOctets(new Uint8Array(0)).length).toBe(0)
})

test('folded fields are unfolded (RFC 5322 §2.2.3) and lines that are no field left out', () => {
  const text = ' lost\r\nSubject: a\r\n\tb\r\nFrom someone Mon\r\n more\r\nTo : c@example.org\r\n\r\n'
  expect(readHeaderFields(octets(text))).toEqual([
    { name: 'Subject', value: 'a\tb' },
    { name: 'To', value: 'c@example.org' },
  ])
})

test('F85: raw UTF-8 is read (RFC 6532), anything else as windows-1252', () => {
  expect(readHeaderFields(octets('Subject: Grüße\r\n\r\n'))[0]?.value).toBe('Grüße')
  expect(readHeaderFields(Buffer.from('Subject: Gr\u00fc\u00dfe\r\n\r\n', 'latin1'))[0]?.value).toBe('Grüße')
})

test('S19: no more than 2000 fields are read', () => {
  expect(readHeaderFields(octets('A: 1\r\n'.repeat(100_000))).length).toBe(2000)
})

test('S15: a decoded name that looks like an address is quoted, and the address stays visible', () => {
  const fields = readHeaderFields(octets('From: =?utf-8?Q?boss=40bank.example?= <evil@example.net>\r\n\r\n'))
  expect(readableField(fields, 'from')).toBe('"boss@bank.example" <evil@example.net>')
})

test('a subject is decoded without quotes', () => {
  const fields = readHeaderFields(octets('SUBJECT: =?utf-8?Q?a,_b?=\r\n\r\n'))
  expect(readableField(fields, 'Subject')).toBe('a, b')
  expect(readableField(fields, 'Cc')).toBeUndefined()
})

test('F86: no octets are too strange', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (message) => {
      expect(Array.isArray(readHeaderFields(message))).toBe(true)
    }),
  )
})
