import { expect, test } from 'vitest'
import { headerOctets, octetsToText } from '../../src/ui/header-fields.ts'

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

test('F85: raw UTF-8 is read (RFC 6532), anything else as windows-1252', () => {
  expect(octetsToText(octets('Grüße'))).toBe('Grüße')
  expect(octetsToText(Buffer.from('Gr\u00fc\u00dfe', 'latin1'))).toBe('Grüße')
})
