import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createMessageParser } from '../../src/mime/message-parser.ts'
import type { Draft, DraftAttachment, MailAddress } from '../../src/send/ports.ts'
import { createComposer } from '../../src/smtp/composer.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const composer = createComposer()
const parser = createMessageParser()
const script = fileURLToPath(new URL('read-composed.py', import.meta.url))

const plain: Draft = {
  from: { name: 'Ada', address: 'ada@example.org' },
  to: [{ name: '', address: 'zoe@example.org' }],
  cc: [],
  bcc: [],
  subject: 'Hello',
  text: 'See you.',
  html: undefined,
  attachments: [],
  forwarded: undefined,
  inReplyTo: undefined,
  references: [],
  headers: [],
  messageId: '<m@example.org>',
  dateMs: Date.UTC(2026, 10, 28),
}

/** Python's email package, which reads one message after the other. */
function startPython(): (octets: Uint8Array) => Promise<unknown> {
  const child = spawn('python3', [script], {
    env: { ...process.env, PYTHONUTF8: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(async () => {
    child.stdin.end()
    if (child.exitCode === null) await once(child, 'close')
  })
  const path = join(temporaryDirectory(), 'message.eml')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return async (octets) => {
    writeFileSync(path, octets)
    child.stdin.write(`${path}\n`)
    const next: IteratorResult<unknown, unknown> = await lines.next()
    const told: unknown = JSON.parse(String(next.value))
    return told
  }
}

const digest = (octets: Uint8Array): string => createHash('sha256').update(octets).digest('hex')
/** Of a text as it arrives: a message that is nothing else ends with a line end, whether or not the text does. */
const wired = (text: string | undefined): readonly string[] =>
  text === undefined ? [] : [text.replaceAll(/\r\n?/g, '\n').replace(/\n$/, '')]
const addressesOf = (list: readonly MailAddress[]): readonly string[] => list.map(({ address }) => address)
const pairs = (list: readonly MailAddress[]): unknown => list.map(({ name, address }) => [name, address])

/** What Python and we are to read in it. */
function readingOf({ subject, from, to, cc, bcc, text, html, attachments }: Draft): Readonly<Record<string, unknown>> {
  const parts = {
    subject,
    text: wired(text),
    html: wired(html),
    attachments: attachments.map(({ name, octets }) => [name.trim(), digest(octets)]),
    defects: [],
  }
  const names = attachments.map(({ name }) => name)
  return {
    modern: { ...parts, from: addressesOf([from]), to: addressesOf(to), cc: addressesOf(cc), bcc: addressesOf(bcc) },
    old: { ...parts, from: pairs([from]), to: pairs(to), cc: pairs(cc), bcc: pairs(bcc) },
    ours: { subject, to: [...to, ...cc, ...bcc], names, trouble: undefined },
    form: { isWithinLimit: true, isAscii: true },
  }
}

async function readingsOf(octets: Uint8Array, byPython: Read): Promise<Readonly<Record<string, unknown>>> {
  const { fields, attachments, trouble } = parser.extract(Buffer.from(octets))
  const { subject = '', to, cc, bcc } = fields
  const python = await byPython(octets)
  return {
    ...(typeof python === 'object' ? python : {}),
    ours: { subject, to: [...to, ...cc, ...bcc], names: attachments.map(({ name }) => name), trouble },
    form: { isWithinLimit: longestLine(octets) <= 998, isAscii: !octets.some((octet) => octet > 127) },
  }
}

type Read = (octets: Uint8Array) => Promise<unknown>

/** What was read in other words than it was written: by whom, and where. */
async function differences(draft: Draft, byPython: Read): Promise<readonly unknown[]> {
  const octets = await composer.compose(draft)
  const read = await readingsOf(octets, byPython)
  return Object.entries(readingOf(draft)).flatMap(([reader, expected]) => {
    const actual = read[reader]
    return Object.entries({ ...(typeof expected === 'object' ? expected : {}) }).flatMap(([field, wanted]) => {
      const got: unknown = Object.entries({ ...(typeof actual === 'object' ? actual : {}) }).find(
        ([name]) => name === field,
      )?.[1]
      return JSON.stringify(got) === JSON.stringify(wanted) ? [] : [[reader, field, short(wanted), short(got)]]
    })
  })
}

const short = (value: unknown): string => JSON.stringify([value]).slice(1, 200)

async function expectRead(drafts: readonly Draft[]): Promise<void> {
  const byPython = startPython()
  const found: unknown[] = []
  for (const draft of drafts) found.push(...(await differences(draft, byPython)))
  expect(found).toEqual([])
}

function longestLine(octets: Uint8Array): number {
  let [longest, start] = [0, 0]
  for (let end = octets.indexOf(10); end >= 0; end = octets.indexOf(10, start)) {
    longest = Math.max(longest, end - 1 - start)
    start = end + 1
  }
  return Math.max(longest, octets.length - start)
}

const file = (name: string, octets: Uint8Array = Buffer.from('x')): DraftAttachment => ({
  name,
  type: undefined,
  octets,
})

const scripts = [
  'Grüße aus Köln', 'Привет, мир', 'こんにちは世界', '你好，世界', '안녕하세요', 'שלום עולם', 'مرحبا بالعالم', 'สวัสดีชาวโลก',
  '👩‍👩‍👧‍👦🏳️‍🌈 family', 'e\u0301a\u0308o\u0302 combining', '\u202eright to left\u202c', 'a\u200bb\u00adc', 'हिन्दी में', 'ß', ' ', '  two  blanks  ', 'tab\there',
  '=?utf-8?Q?not_encoded?=', 'a =?x?= b', '"quoted" \\ (comment) <x@y>', 'a, b; c: d', 'x'.repeat(3000), 'wort '.repeat(600).trim(), 'ü'.repeat(3000),
  '😀'.repeat(1000), 'a '.repeat(20) + 'ü'.repeat(80), 'ü'.repeat(30) + ' ' + 'ü'.repeat(30),
] // prettier-ignore

const texts = [
  '', '\n', '\n\n\n', ' ', '.', '..', '.\n..\n...', 'a\n.\nb', 'From here\nFrom there', '>From', '> quoted\n>> deeper\n>not', 'trailing   \nblanks  ', '-- \nAda',
  'tab\tstops\t\n\tx', 'x'.repeat(100_000), 'word '.repeat(20_000), 'ü'.repeat(50_000), 'CRLF\r\nLF\nCR\rend', '\r', 'no end', 'end\n', '\ufeffbom', '=3D=20=', '=',
  '\u2028line separator\u2029', '\u0085next line', '\u000cform feed\u000b', '\u001b[31mred', 'a\u0000b'.replace('\u0000', ''), ' leading\n  two', ...scripts,
] // prettier-ignore

const names = [
  'plan.txt', 'no extension', 'Grüße.pdf', '日本語の長い名前'.repeat(10) + '.txt', 'a"b.txt', "a'b.txt", 'a;b.txt', 'a\\b.txt', 'a/b.txt', '../../etc/passwd', 'a%20b.txt', "UTF-8''x.txt",
  'n'.repeat(300), 'ü'.repeat(300), `${'long '.repeat(60)}.txt`, ' blanks .txt ', 'a=b.txt', '(a).txt', '<a>.txt', 'a,b.txt', '👩‍👩‍👧.png', 'letter.eml', 'x.html', '.hidden', 'a.tar.gz', '=?utf-8?Q?x?=.txt', 'tab\tx.txt', 'name.',
] // prettier-ignore

const people = scripts.filter((one) => one.trim() === one && one.length < 200 && !/=\?|\t/.test(one))
const pages = [
  '',
  '<p>Grüße</p>',
  `<p>${'x'.repeat(100_000)}</p>`,
  '<p>a</p>\r\n.\r\n<p>b</p>\n',
  '<img src="file:///etc/passwd">',
]
const contents = [
  Buffer.alloc(0), Buffer.from('\r\n.\r\n'), Buffer.from('a\nb\rc\r\n'), Buffer.from([0, 255, 13, 10, 0]),
  Buffer.alloc(100_000, 'x'), Buffer.alloc(25_000_000, 'binary\u0000'), Buffer.from('From x\n.\n\n'),
] // prettier-ignore

const line = fc
  .string({ unit: 'grapheme', maxLength: 60 })
  .map((text) => text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, '').trim())
// Our reader makes one blank of several.
const name = line.map((text) => text.replaceAll(/\s+/gu, ' ')).filter((text) => !text.includes('=?'))
const person = fc.record({
  name,
  address: fc.stringMatching(/^[a-z0-9]{1,20}(?:[.+_-][a-z0-9]{1,20})?@[a-z0-9]{1,20}\.example$/),
})
const anyDraft: fc.Arbitrary<Draft> = fc
  .record({
    from: person,
    to: fc.array(person, { minLength: 1, maxLength: 5 }),
    cc: fc.array(person, { maxLength: 3 }),
    bcc: fc.array(person, { maxLength: 3 }),
    subject: line,
    text: fc.option(
      fc.string({ unit: 'binary', maxLength: 400 }).map((text) => text.replaceAll(/[\0\p{Cs}]/gu, '')),
      { nil: undefined },
    ),
    html: fc.string({ unit: 'grapheme', maxLength: 200 }).map((text) => `<p>${text.replaceAll('\0', '')}`),
    attachments: fc.array(
      fc.record({
        name: name.filter((text) => text !== '' && !text.includes('*')),
        octets: fc.uint8Array({ maxLength: 300 }),
        type: fc.constant(undefined),
      }),
      { maxLength: 3 },
    ),
  })
  .map((drawn) => ({ ...plain, ...drawn }))

const many = (prefix: string): MailAddress[] =>
  Array.from({ length: 200 }, (_, number) => ({
    name: people[number % 12] ?? '',
    address: `${prefix}${number}@example.com`,
  }))

describe('what is composed is what Python and we read', () => {
  test('subjects', () => expectRead(scripts.map((subject) => ({ ...plain, subject }))))

  test('names of people', () =>
    expectRead(
      people.map((name) => ({
        ...plain,
        from: { name, address: 'ada@example.org' },
        cc: [{ name, address: 'c@example.org' }],
      })),
    ))

  test('200 recipients', () => {
    return expectRead([{ ...plain, to: many('to'), cc: many('cc'), bcc: many('bcc') }])
  })

  test('texts', () => expectRead(texts.map((text) => ({ ...plain, text }))))

  test('HTML, alone and beside a text', () =>
    expectRead(
      pages.flatMap((html) => [
        { ...plain, html },
        { ...plain, html, text: undefined },
        { ...plain, html, attachments: [file('a.txt')] },
      ]),
    ))

  test('attachments by their names', () =>
    expectRead([
      ...names.map((name) => ({ ...plain, attachments: [file(name)] })),
      { ...plain, attachments: names.map((name) => file(name)) },
    ]))

  test(
    'attachments by their octets',
    () =>
      expectRead(
        contents.map((one) => ({
          ...plain,
          attachments: [file('a.bin', one), file('a.bin', one), file('a.txt', one)],
        })),
      ),
    60_000,
  )

  test('whatever it is', async () => {
    const byPython = startPython()
    await fc.assert(
      fc.asyncProperty(anyDraft, async (draft) => {
        expect(await differences(draft, byPython)).toEqual([])
      }),
      { numRuns: 200 },
    )
  }, 60_000)
})

/** Of a multipart, without its boundaries. */
const partsOf = (octets: Uint8Array): readonly Buffer[] => {
  const text = Buffer.from(octets).toString('latin1')
  const boundary = /boundary="(.*)"/.exec(text)?.[1] ?? ''
  return text
    .split(`\r\n--${boundary}`)
    .slice(1, -1)
    .map((part) => Buffer.from(part, 'latin1'))
}

describe('a message that is sent on', () => {
  const original = 'From: Zoe <zoe@example.org>\r\nSubject: Plan\r\n\r\n'

  test.each([
    ['in ASCII', `${original}text\r\n`, '7bit'],
    ['in eight bits', `${original}zoë\r\n`, '8bit'],
    ['without a last line end', `${original}text`, '7bit'],
    ['with dots and From', `${original}.\r\n..\r\nFrom x\r\n\r\n\r\n`, '7bit'],
    ['with lines of 998', `${original}${'x'.repeat(998)}\r\n`, '7bit'],
  ])('%s stays as it is', async (_, text, encoding) => {
    const octets = await composer.compose({ ...plain, forwarded: Buffer.from(text) })
    const part = partsOf(octets).at(-1) ?? Buffer.alloc(0)
    const [header = ''] = part.toString().split('\r\n\r\n')
    expect(header).toMatch(/^\r\nContent-Type: message\/rfc822\r\n/)
    expect(header).toContain(`Content-Transfer-Encoding: ${encoding}`)
    expect(part.subarray(header.length + 4).equals(Buffer.from(text))).toBe(true)
  })

  test.each([
    ['with a line of 999', `${original}${'x'.repeat(999)}\r\n`],
    ['with LF alone', original.replaceAll('\r', '')],
    ['with CR alone', `${original}a\rb\r\n`],
    ['with NUL', `${original}a\0b\r\n`],
  ])('%s goes as a file, octet by octet', async (_, text) => {
    const octets = await composer.compose({ ...plain, forwarded: Buffer.from(text) })
    expect(longestLine(octets)).toBeLessThanOrEqual(76)
    const [header = '', body = ''] = (partsOf(octets).at(-1) ?? '').toString().split('\r\n\r\n')
    expect(header).toContain('application/octet-stream; name=message.eml')
    expect(Buffer.from(body, 'base64').equals(Buffer.from(text))).toBe(true)
  })
})

test('S18 nothing that a draft names is read', async () => {
  const named = { path: '/etc/passwd', href: 'http://127.0.0.1:1/' }
  const drafts: Draft[] = [
    { ...plain, text: JSON.stringify(named), html: '<img src="/etc/passwd"><link href="file:///etc/passwd">' },
    { ...plain, subject: '/etc/passwd', attachments: [file('/etc/passwd', Buffer.from('own'))] },
    { ...plain, headers: [['X-Path', 'file:///etc/passwd']] },
  ]
  for (const draft of drafts) expect(Buffer.from(await composer.compose(draft)).toString()).not.toContain('root:')
})
