import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { sampleMail } from '../../src/demo/sample-mail.ts'
import { createMessageParser } from '../../src/mime/message-parser.ts'
import { byMailparser, byPostalMime, ours } from './readings.ts'

const parser = createMessageParser()

const compared = ['subject', 'from', 'to', 'date', 'text', 'attachments'] as const

test('where mailparser and postal-mime agree about sample mail, we agree with them', async () => {
  const { mailboxes } = sampleMail({ messages: 400 })
  const messages = mailboxes.flatMap((mailbox) => mailbox.messages.map(({ octets }) => octets))
  const differences: unknown[] = []
  let agreed = 0
  for (const octets of messages) {
    const own = ours(octets)
    const [first, second] = await Promise.all([byMailparser(octets), byPostalMime(octets)])
    for (const field of compared) {
      const [one, other, mine] = [first, second, own].map((reading) => JSON.stringify(reading[field]))
      // HTML that neither makes a text of.
      if (one !== other || (field === 'text' && one === '""')) continue
      agreed++
      if (mine !== one) differences.push({ field, subject: own.subject, mine, theirs: one })
    }
  }
  expect(differences).toEqual([])
  expect(agreed).toBeGreaterThan(messages.length * 5)
}, 60_000)

const crlf = '\r\n'
const letter = (...lines: readonly string[]): Buffer => Buffer.from(lines.join(crlf))

test('S19 multiparts nested 5,000 deep are read to a limit, and that is said', () => {
  const depth = 5000
  const opening = Array.from({ length: depth }, (_, level) => [
    `Content-Type: multipart/mixed; boundary=b${level}`,
    '',
    `--b${level}`,
  ]).flat()
  const { fields, trouble } = parser.extract(letter('Subject: deep', ...opening, '', 'text'))
  expect(fields.subject).toBe('deep')
  expect(trouble).toBeDefined()
})

test('S19 messages within messages, 5,000 deep, are read to a limit', () => {
  const opening = Array.from({ length: 5000 }, () => ['Content-Type: message/rfc822', ''] as const).flat()
  expect(parser.extract(letter('Subject: deep', ...opening, 'Subject: last', '', 'text')).fields.subject).toBe('deep')
})

test('S19 20,000 parts are listed, the last as the first', () => {
  const parts = Array.from({ length: 20_000 }, (_, number) => [
    '--b',
    `Content-Type: application/pdf; name=${number}.pdf`,
    '',
    'x',
  ]).flat()
  const octets = letter('Content-Type: multipart/mixed; boundary=b', '', ...parts, '--b--')
  const { attachments, trouble } = parser.extract(octets)
  expect([attachments.length, attachments[0]?.name, attachments.at(-1)?.name]).toEqual([20_000, '0.pdf', '19999.pdf'])
  expect(attachments.at(-1)?.part).toBe('20000')
  expect(trouble).toBeUndefined()
})

test('S19 behind 100,000 header fields there is still a subject and a text', () => {
  const fields = Array.from({ length: 100_000 }, (_, number) => `X-Field-${number}: ${number}`)
  const message = parser.read(letter(...fields, 'Subject: after all', '', 'The text.'))
  expect([message.fields.subject, message.text, message.headers.length]).toEqual(['after all', 'The text.', 100_001])
})

test.each([
  ['a boundary that is never seen', ['Content-Type: multipart/mixed; boundary=b', '', 'All of it']],
  ['no boundary', ['Content-Type: multipart/mixed', '', 'All of it']],
  ['an unknown encoding', ['Content-Transfer-Encoding: x-nothing', '', 'All of it']],
  ['an unknown charset', ['Content-Type: text/plain; charset=x-nothing', '', 'All of it']],
  [
    'base64 with noise in it',
    ['Content-Transfer-Encoding: base64', '', ' QWxs!IG9mIGl0ICAgICAgICAgICAg', 'ICAgICAgICAgIA=='],
  ],
  ['a type that is none', ['Content-Type: text', '', 'All of it']],
])('F86 a text with %s is found', (_, lines) => {
  expect(parser.extract(letter(...lines)).text.trim()).toBe('All of it')
})

test('F84 thousands of References are cut, those nearest to the message kept', () => {
  const ids = Array.from({ length: 5000 }, (_, number) => `<${number}@example.org>`)
  const { references } = parser.extract(letter(`References: ${ids.join(' ')}`, '', '')).fields
  expect(references.at(-1)).toBe('4999@example.org')
  expect(references.length).toBeLessThanOrEqual(100)
})

test('F86 whatever the octets, nothing is thrown, and every attachment that is listed can be read in its length', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'Content-Type: multipart/mixed; boundary=b',
      'Content-Type: message/rfc822',
      'Content-Type: text/html; charset=utf-16',
      "Content-Type: application/pdf; name*0*=utf-8''%; name*1=x",
      'Content-Transfer-Encoding: base64',
      'Content-Transfer-Encoding: quoted-printable',
      'Content-Disposition: attachment; filename="=?utf-8?Q?=FF?=',
      'Subject: =?iso-2022-jp?B?GyRC',
      'From: "a@b" <<x@y>, (c (d), group: a@b;',
      'Date: 31 Feb 99999 25:61:61 +9999',
      'References: <a <b> c>',
      '--b',
      '--b--',
      '',
      '=3',
      'QUJD=',
      '<p>&#x110000;&nope;<',
    ),
    fc.string(),
    fc.uint8Array({ maxLength: 40 }).map((octets) => Buffer.from(octets).toString('latin1')),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }), fc.constantFrom('\r\n', '\n', '\r'), (pieces, ending) => {
      const octets = Buffer.from(pieces.join(ending), 'latin1')
      const extracted = parser.extract(octets)
      expect(parser.read(octets)).toMatchObject(extracted)
      for (const { part, octets: length } of extracted.attachments) {
        expect({ part, length: parser.partData(octets, part)?.length }).toEqual({ part, length })
      }
    }),
    { numRuns: 2000 },
  )
})

test('each message within a message has a number of its own (RFC 9051 §6.4.5)', () => {
  const nested = 'Content-Type: message/rfc822'
  const octets = letter(nested, '', nested, '', nested, '', 'Subject: innermost', '', 'text')
  const { attachments } = parser.extract(octets)
  expect(attachments.map(({ part }) => part)).toEqual(['1', '1.1', '1.1.1'])
  const lengths = attachments.map(({ part, octets: length }) => [parser.partData(octets, part)?.length, length])
  expect(lengths.map(([data, listed]) => data === listed)).toEqual([true, true, true])
  expect(parser.partData(octets, '1.1.1.1')).toEqual(Buffer.from('text'))
})

test('lines that are no header are the text, although no empty line stands before them', () => {
  const read = parser.extract(
    letter('Subject: torn', 'To: sol@example.org', 'here begins the text: at once', 'and goes on'),
  )
  expect([read.fields.subject, read.text]).toEqual(['torn', 'here begins the text: at once\nand goes on'])
  expect(parser.extract(Buffer.from('no header at all\nbut two lines')).text).toBe('no header at all\nbut two lines')
  expect(parser.extract(letter('Subject: only', ' folded: fields')).text).toBe('')
})

test('a file that is shown within the text is found by its name too', () => {
  const read = parser.extract(
    letter(
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      '',
      'See the notes.',
      '--b',
      'Content-Type: text/plain; name=notes.txt',
      'Content-Disposition: inline; filename=notes.txt',
      '',
      'Bring tea.',
      '--b--',
    ),
  )
  expect(read.text).toBe('See the notes.\nBring tea.')
  expect(read.attachments.map(({ part, name, inline }) => [part, name, inline])).toEqual([['2', 'notes.txt', true]])
})
