import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AppError } from '../../src/model/errors.ts'
import { parseAddresses } from '../../src/mime/addresses.ts'
import { draftOf } from '../../src/send/compose-draft.ts'
import type { DraftRequest, OriginalMessage } from '../../src/send/compose-draft.ts'

const plain: DraftRequest = {
  from: { name: 'Ada', address: 'ada@example.org' },
  to: ['zoe@example.org'],
  cc: [],
  bcc: [],
  subject: undefined,
  text: 'Hello',
  html: undefined,
  attachments: [],
  headers: [],
  replyTo: undefined,
  forwarded: undefined,
  messageId: '<new@example.org>',
  dateMs: 0,
}

const original: OriginalMessage = {
  octets: Buffer.from('Subject: plans\r\n\r\none\r\n'),
  messageId: 'b@example.org',
  references: ['a@example.org'],
  inReplyTo: [],
  subject: 'RE: re: plans',
  from: [{ name: 'Zoë', address: 'zoe@example.org' }],
  replyTo: [],
  date: 'Fri, 27 Nov 2026 10:00:00 +0100',
  text: 'one\n\n> two\n',
}

const draft = (change: Partial<DraftRequest>) => draftOf({ ...plain, ...change }, (field) => parseAddresses(field))

describe('an answer', () => {
  test('goes to the sender, carries the thread and quotes the original (RFC 5322 §3.6.4)', () => {
    const { to, subject, text, inReplyTo, references } = draft({ to: [], text: 'Yes.\n', replyTo: original })
    expect({ to, subject, text, inReplyTo, references }).toEqual({
      to: [{ name: 'Zoë', address: 'zoe@example.org' }],
      subject: 'Re: plans',
      text: 'Yes.\n\nOn Fri, 27 Nov 2026 10:00:00 +0100, Zoë wrote:\n> one\n>\n>> two',
      inReplyTo: '<b@example.org>',
      references: ['<a@example.org>', '<b@example.org>'],
    })
  })

  test('goes where the original wants its answers, or where it is told', () => {
    const replyTo = { ...original, replyTo: [{ name: '', address: 'list@example.org' }] }
    expect(draft({ to: [], replyTo }).to).toEqual([{ name: '', address: 'list@example.org' }])
    expect(draft({ to: ['me@example.org'], replyTo }).to).toEqual([{ name: '', address: 'me@example.org' }])
  })

  test('to a message of a stranger takes nothing of it that would begin a field (S26)', () => {
    const hostile = {
      ...original,
      subject: 'a\r\nBcc: victim@example.org',
      messageId: 'x> <y\r\nBcc: z@example.org',
      references: ['ok@example.org', 'bad id@example.org', 'a>\r\nX: y'],
      from: [{ name: 'Zoe\r\nBcc: v@example.org', address: 'zoe@example.org' }],
    }
    const { subject, to, references } = draft({ to: [], replyTo: hostile })
    expect({ subject, to, references }).toEqual({
      subject: 'Re: a Bcc: victim@example.org',
      to: [{ name: 'Zoe  Bcc: v@example.org', address: 'zoe@example.org' }],
      references: ['<ok@example.org>'],
    })
  })

  test('keeps the first and the newest of very many references', () => {
    const references = Array.from({ length: 500 }, (_, index) => `${index}@example.org`)
    const kept = draft({ replyTo: { ...original, references } }).references
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([50, '<0@example.org>', '<b@example.org>'])
  })
})

test('a message that is sent on goes along whole', () => {
  const { subject, forwarded, text, inReplyTo } = draft({ forwarded: original })
  expect({ subject, forwarded, text, inReplyTo }).toEqual({
    subject: 'Fwd: RE: re: plans',
    forwarded: original.octets,
    text: 'Hello',
    inReplyTo: undefined,
  })
})

test.each<[string, Partial<DraftRequest>]>([
  ['no recipient', { to: [] }],
  ['an unreadable recipient', { to: ['Zoe'] }],
  ['a line break in a recipient', { to: ['zoe@example.org\r\nBcc: x@example.org'] }],
  ['a line break in the subject', { subject: 'a\nBcc: x@example.org' }],
  ['a NUL in the subject', { subject: 'a\0' }],
  ['a line break in a header field', { headers: ['X-A: b\r\nBcc: x@example.org'] }],
  ['a field without a name', { headers: [': b'] }],
  ['a field that the options make', { headers: ['Bcc: x@example.org'] }],
  [
    'a line break in the name of a file',
    { attachments: [{ name: 'a\r\nb', type: undefined, octets: Buffer.from('') }] },
  ],
])('%s is refused (S26)', (_, change) => {
  expect(() => draft(change)).toThrow(AppError)
})

test('whatever stands in the options, no field of the draft holds a line break (S26)', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', ' ', '\r', '\n', '\0', ',', '<', '>', '@', ':', '"', 'é', '\ud800'),
  })
  fc.assert(
    fc.property(text, text, text, (subject, to, header) => {
      try {
        const made = draft({ subject, to: [to, 'zoe@example.org'], headers: [header] })
        const fields = [
          made.subject,
          ...made.to.flatMap(({ name, address }) => [name, address]),
          ...made.headers.flat(),
        ]
        return fields.every((field) => !/[\r\n\0]/.test(field))
      } catch (error) {
        return error instanceof AppError && error.code === 'USAGE'
      }
    }),
  )
})
