import { expect, test } from 'vitest'
import { createMessageParser } from '../../src/mime/message-parser.ts'
import { messageBody } from '../../src/ui/message-body.ts'
import { styleOf } from '../../src/ui/style.ts'
import { expectSafe } from './hostile-text.ts'

const layout = { columns: 40, style: styleOf({ hasColors: false }), wraps: true }
const source = [
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: text/plain; charset=utf-8',
  '',
  `See https://example.org/${'a'.repeat(40)} for the whole of it`,
  '> one two three four five six seven eight nine ten',
  'escape \u001b[2J',
  '--b',
  'Content-Type: application/pdf; name="invoice.pdf.exe. "',
  'Content-Disposition: attachment',
  '',
  'MZ',
  '--b',
  'Content-Type: application/pdf; name="plan.pdf"',
  'Content-Disposition: attachment',
  '',
  'PDF',
  '--b--',
  '',
].join('\r\n')

test('text is wrapped, quotes keep their mark, attachments that run say so (S13, S14)', () => {
  const page = messageBody(createMessageParser().read(Buffer.from(source)), layout).join('\n')
  expect(page).toMatchInlineSnapshot(`
    "
    See
    https://example.org/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    for the whole of it
    > one two three four five six seven
    > eight nine ten
    escape \\x1b[2J

    Attachments
      2  invoice.pdf.exe.   application/pdf  2 B  ! can run code, has two extensions
      3  plan.pdf  application/pdf  3 B"
  `)
  expectSafe(page)
})

test('off a terminal lines stay as they are', () => {
  const page = messageBody(createMessageParser().read(Buffer.from(source)), { ...layout, wraps: false })
  expect(page).toContain('> one two three four five six seven eight nine ten')
})
