import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { distinctFileNames, safeFileName } from '../../src/export/file-names.ts'

/** The text that a name was made of. */
function fileNameText(name: string): string {
  if (name === '%') return ''
  return name.replaceAll(/(?:%[0-9A-F]{2})+/g, (escapes) =>
    Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('utf8'),
  )
}

test.each([
  ['INBOX', 'INBOX'],
  ['Entwürfe 2024', 'Entwürfe 2024'],
  ['日本語', '日本語'],
  ['a/b', 'a%2Fb'],
  ['..', '%2E%2E'],
  ['.hidden', '%2Ehidden'],
  ['ends.', 'ends%2E'],
  [' ', '%20'],
  ['CON', '%43ON'],
  ['nul.txt', '%6Eul.txt'],
  ['COM1', '%43OM1'],
  ['a:b*c?"<>|\\', 'a%3Ab%2Ac%3F%22%3C%3E%7C%5C'],
  ['100%', '100%25'],
  ['tilde~2', 'tilde%7E2'],
  ['', '%'],
  ['\u001b[2J\n', '%1B%5B2J%0A'],
  ['u\u0308', 'u%CC%88'],
  ['\u202egpj.exe', '%E2%80%AEgpj.exe'],
])('S11 %j becomes %j', (text, name) => {
  expect(safeFileName(text)).toBe(name)
  expect(fileNameText(name)).toBe(text)
})

test('S11 F91 whatever the text, its name is safe on every system, short enough, and gives the text back', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 12 })),
      (text) => {
        const name = safeFileName(text)
        expect(name).toMatch(/^[^\p{Cc}\p{Cf}\p{Cs}/\\:*?"<>|~]+$/u)
        expect(name).not.toMatch(/^[. ]|[. ]$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i)
        expect(name.normalize('NFC')).toBe(name)
        const back = fileNameText(name)
        expect(text.startsWith(back)).toBe(true)
        // Only what may be too long once it is escaped can be cut.
        expect(back === text || Buffer.byteLength(text) > 60).toBe(true)
      },
    ),
    { numRuns: 3000 },
  )
})

test('F91 a long name is cut between characters', () => {
  // The last one is no composed form, so that each character is four escapes.
  for (const text of ['é'.repeat(300), '/'.repeat(300), `${'x'.repeat(179)}é`, `x${'\u{1D160}'.repeat(30)}`]) {
    const name = safeFileName(text)
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(180)
    expect(text.startsWith(fileNameText(name))).toBe(true)
  }
})

test('F91 names that a system takes for the same get a number', () => {
  const names = distinctFileNames(['Work', 'work', 'WORK', 'other'], safeFileName)
  expect([...names]).toEqual([
    ['Work', 'Work'],
    ['work', 'work~2'],
    ['WORK', 'WORK~3'],
    ['other', 'other'],
  ])
})
