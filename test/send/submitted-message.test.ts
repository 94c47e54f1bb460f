import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AppError } from '../../src/model/errors.ts'
import { parseAddresses } from '../../src/mime/addresses.ts'
import { readHeader, wireForm } from '../../src/send/header.ts'
import { submittedMessage } from '../../src/send/submitted-message.ts'
import type { SubmittedBy, SubmittedRecipients } from '../../src/send/submitted-message.ts'

const by: SubmittedBy = {
  email: 'ada@example.org',
  fullName: '',
  messageId: '<new@example.org>',
  nowMs: Date.UTC(2026, 10, 28, 12, 30, 5),
  addresses: (field) => parseAddresses(field),
}
const fromHeader: SubmittedRecipients = { given: [], fromHeader: true, envelopeFrom: undefined }
const toZoe: SubmittedRecipients = { given: ['zoe@example.org'], fromHeader: false, envelopeFrom: undefined }

const submit = (text: string, recipients = toZoe, about: Partial<SubmittedBy> = {}) => {
  const { octets, ...rest } = submittedMessage(Buffer.from(text), recipients, { ...by, ...about })
  return { ...rest, text: octets.toString('utf8') }
}

describe('a message on stdin', () => {
  test('with all that it needs keeps its octets', () => {
    const text =
      'From: Ada <ada@example.org>\r\nDate: Sat, 28 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@example.org>\r\nSubject: a\r\n\r\n.\r\nText\r\n'
    expect(submit(text)).toEqual({
      messageId: '<1@example.org>',
      subject: 'a',
      envelope: { from: 'ada@example.org', to: ['zoe@example.org'] },
      text,
    })
  })

  test('of cron gets a sender, a date and an id, and goes to the account for a user of this machine (RFC 5322 §3.6)', () => {
    const text = 'From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@host> backup\n\ndone 100%\n'
    expect(
      submit(text, { given: ['root'], fromHeader: false, envelopeFrom: undefined }, { fullName: 'CronDaemon' }),
    ).toEqual({
      messageId: '<new@example.org>',
      subject: 'Cron <root@host> backup',
      envelope: { from: 'ada@example.org', to: ['ada@example.org'] },
      text:
        'From: "CronDaemon" <ada@example.org>\r\nDate: Sat, 28 Nov 2026 12:30:05 +0000\r\nMessage-ID: <new@example.org>\r\n' +
        'To: root\r\nSubject: Cron <root@host> backup\r\n\r\ndone 100%\r\n',
    })
  })

  test('without a header is all text', () => {
    expect(submit('just text\n').text).toBe(
      'From: ada@example.org\r\nDate: Sat, 28 Nov 2026 12:30:05 +0000\r\nMessage-ID: <new@example.org>\r\n\r\njust text\r\n',
    )
  })

  test('whose header runs into its text gets the empty line between them', () => {
    const { text } = submit('From: ada@example.org\nDate: x\nMessage-ID: <1@x>\nno field\nmore\n')
    expect(text).toBe('From: ada@example.org\r\nDate: x\r\nMessage-ID: <1@x>\r\n\r\nno field\r\nmore\r\n')
  })

  test('loses the separator line of an mbox', () => {
    expect(submit('From ada Sat Nov 28 12:00:00 2026\nFrom: ada@example.org\n\nx\n').text).not.toContain('From ada Sat')
  })

  test('has each end of a line on the wire as CRLF, a CR alone too (S26)', () => {
    const { text } = submit('From: a@example.org\nDate: x\nMessage-ID: <1@x>\n\n10%\r20%\r100%\ndone\r\n')
    expect(text.slice(text.indexOf('\r\n\r\n'))).toBe('\r\n\r\n10%\r\n20%\r\n100%\r\ndone\r\n')
  })

  test('takes its recipients of To, Cc and Bcc, and of the arguments, each once', () => {
    const text =
      'From: ada@example.org\nTo: Zoe <zoe@example.org>, team: a@example.org, b@example.org;\nCc: Zoe <zoe@EXAMPLE.org>\nBcc: c@example.org\n\nx\n'
    const { envelope } = submit(text, { ...fromHeader, given: ['d@example.org', 'a@example.org'] })
    expect(envelope.to).toEqual(['zoe@example.org', 'a@example.org', 'b@example.org', 'c@example.org', 'd@example.org'])
  })

  test('that is sent on again goes to those of its Resent fields alone (RFC 5322 §3.6.6)', () => {
    const text =
      'Resent-To: new@example.org\nResent-Bcc: hidden@example.org\nFrom: a@example.org\nTo: old@example.org\n\nx\n'
    expect(submit(text, fromHeader).envelope.to).toEqual(['new@example.org', 'hidden@example.org'])
  })

  test('keeps Bcc in the copy and has none on the wire', () => {
    const { octets } = submittedMessage(
      Buffer.from(
        'From: ada@example.org\nBcc: secret@example.org,\n  other@example.org\nSubject: a\n\nBcc: in the text\n',
      ),
      fromHeader,
      by,
    )
    expect(octets.toString()).toContain('Bcc: secret@example.org,\r\n  other@example.org\r\n')
    const wire = wireForm(octets).toString()
    expect(wire).not.toContain('secret@example.org')
    expect(wire).not.toContain('other@example.org')
    expect(wire).toContain('\r\n\r\nBcc: in the text\r\n')
  })

  test.each([
    ['f@example.org', 'f@example.org'],
    ['<f@example.org>', 'f@example.org'],
    ['<>', ''],
    ['root', 'ada@example.org'],
  ])('with -f %s tells %j of trouble', (envelopeFrom, from) => {
    expect(submit('From: a@example.org\n\nx\n', { ...toZoe, envelopeFrom }).envelope.from).toBe(from)
  })

  test.each([
    ['', toZoe, 'there is no message on stdin'],
    ['From: a@example.org\n\na\0b\n', toZoe, 'the message holds NUL, which SMTP cannot carry'],
    ['From: a@example.org\n\nx\n', fromHeader, 'the message names no recipient'],
    ['From: a@example.org\n\nx\n', { ...toZoe, given: [] }, 'the message names no recipient'],
    ['From: a@example.org\n\nx\n', { ...toZoe, given: ['a@b@c d'] }, '"a@b@c" in the recipients is no address'],
    ['From: a@example.org\n\nx\n', { ...toZoe, given: ['x@example.org>\r\nRCPT TO:<y@example.org'] }, undefined],
    ['From: a@example.org\n\nx\n', { ...toZoe, envelopeFrom: 'a@b\r\nRCPT TO:<c@d>' }, undefined],
  ])('%j to %j is refused (S26)', (text, recipients, message) => {
    let thrown: unknown
    try {
      submit(text, recipients)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(AppError)
    expect(thrown).toMatchObject({ code: 'USAGE', ...(message === undefined ? {} : { message }) })
  })

  test('a name beyond ASCII becomes encoded words that are none longer than 75 characters (RFC 2047 §2)', () => {
    const { text } = submit('Subject: a\n\nx\n', toZoe, { fullName: 'Zoë Ünïcödé 漢字かな '.repeat(6).trim() })
    const lines = text
      .slice(0, text.indexOf('Date:'))
      .split('\r\n')
      .filter((line) => line !== '')
    expect(lines.every((line) => line.length <= 100)).toBe(true)
    expect(parseAddresses(readHeader(Buffer.from(text)).fields[0]?.value ?? '')).toEqual([
      { name: 'Zoë Ünïcödé 漢字かな '.repeat(6).trim(), address: 'ada@example.org' },
    ])
  })

  test('whatever it is, ends each line with CRLF, has the fields that it needs, and is the same a second time', () => {
    const octets = fc
      .uint8Array({ minLength: 3, maxLength: 300 })
      .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 ? 10 : byte))))
    const lines = fc.array(
      fc.constantFrom('A: b\n', ' folded\r\n', '\n', '\r', 'text\n', 'From: x@example.org\n', 'From \n', '.\n'),
      { minLength: 2 },
    )
    fc.assert(
      fc.property(
        fc.oneof(
          octets,
          lines.map((all) => Buffer.from(`${all.join('')}end`)),
        ),
        (input) => {
          const once = submittedMessage(input, toZoe, by).octets
          const names = readHeader(once).fields.map(({ name }) => name)
          expect(/(?:^|[^\r])\n|\r(?!\n)/.test(once.toString('latin1'))).toBe(false)
          expect(['from', 'date', 'message-id'].every((name) => names.includes(name))).toBe(true)
          expect(submittedMessage(once, toZoe, by).octets.equals(once)).toBe(true)
        },
      ),
    )
  })
})
