import { expect, test } from 'vitest'
import { headerProof, maxHeaderOctets } from '../../src/model/header-fields.ts'

const proofOf = (text: string): string | undefined => headerProof(Buffer.from(text, 'latin1'))
const header = 'Message-ID: <1@example.org>\r\nSubject: tea\r\nDate: Mon, 1 Jan 2024 10:00:00 +0000\r\n'

test('a header and its telling fields in any order prove the same message', () => {
  const whole = `Received: from a by b\r\n${header}X-Spam: no\r\n\r\nMessage-ID: <other@example.org>\r\n`
  const told = 'Date: Mon, 1 Jan 2024 10:00:00 +0000\r\nMessage-Id: <1@example.org>\r\nSubject: tea\r\n\r\n'
  expect(proofOf(whole)).toBeDefined()
  expect(proofOf(told)).toBe(proofOf(whole))
  expect(proofOf(whole.replaceAll('\r\n', '\n'))).toBe(proofOf(whole))
})

test.each([
  ['another Message-ID', header.replace('<1@', '<2@')],
  ['another subject', header.replace('tea', 'tee')],
  ['a folded field of which only the second line differs', `${header}To: a,\r\n b\r\n`],
  ['a field more', `${header}To: a,\r\n c\r\n`],
  ['a field twice', `${header}Subject: tea\r\n`],
  ['a blank more', header.replace(': tea', ':  tea')],
])('%s is another proof', (_name, other) => {
  const proofs = [header, `${header}To: a,\r\n d\r\n`, other].map(proofOf)
  expect(proofs).not.toContain(undefined)
  expect(new Set(proofs).size).toBe(3)
})

test.each([
  ['a header without Message-ID', 'Subject: tea\r\n\r\nMessage-ID: <1@example.org>\r\n'],
  ['a message without a header', '\r\nMessage-ID: <1@example.org>\r\n\r\n'],
  ['nothing', ''],
  ['a header without an end', `${header}${'X: y\r\n'.repeat(maxHeaderOctets / 6)}`],
])('%s proves nothing', (_name, text) => {
  expect(proofOf(text)).toBeUndefined()
})
