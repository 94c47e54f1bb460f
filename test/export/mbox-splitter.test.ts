import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { MboxSplitter } from '../../src/export/mbox-splitter.ts'
import { isPlain, unquoted } from '../../src/export/unquote-mbox.ts'
import type { MboxDialect } from '../../src/export/unquote-mbox.ts'
import { nastyMessages } from './nasty-messages.ts'
import { mboxEntry } from './sample-messages.ts'

interface Split {
  readonly offset: number
  readonly separator: string
  readonly text: string
  readonly isMeasured: boolean
  readonly isPlain: boolean
}

/** Fed in pieces of these lengths, again and again. */
function split(mbox: Buffer, pieces: readonly number[] = [mbox.length], dialect: MboxDialect = 'mboxrd'): Split[] {
  const splitter = new MboxSplitter()
  const found: Split[] = []
  const take = (entries: ReturnType<MboxSplitter['push']>): void => {
    for (const entry of entries) {
      const { offset, separator, isMeasured } = entry
      const text = unquoted(entry, dialect).toString('latin1')
      found.push({ offset, separator, text, isMeasured, isPlain: isPlain(entry) })
    }
  }
  for (let start = 0, turn = 0; start < mbox.length; turn++) {
    const length = Math.max(1, pieces[turn % pieces.length] ?? 1)
    take(splitter.push(mbox.subarray(start, start + length)))
    start += length
  }
  take(splitter.end())
  return found
}

const textsOf = (mbox: string, dialect?: MboxDialect): readonly string[] =>
  split(Buffer.from(mbox, 'latin1'), undefined, dialect).map(({ text }) => text)

const line = 'From ada@example.org Thu Jan  1 00:00:00 2015'

test.each([
  ['two', `${line}\nA: 1\n\nx\n\n${line}\nB: 2\n\ny\n\n`, ['A: 1\n\nx\n', 'B: 2\n\ny\n']],
  ['CRLF', `${line}\r\nA: 1\r\n\r\nx\r\n\r\n${line}\r\nB: 2\r\n\r\n\r\n`, ['A: 1\r\n\r\nx\r\n', 'B: 2\r\n\r\n']],
  ['no empty line between', `${line}\nA: 1\n\nx\n${line}\nB: 2\n\ny\n`, ['A: 1\n\nx\n', 'B: 2\n\ny\n']],
  ['the last line is not ended', `${line}\nA: 1\n\nx`, ['A: 1\n\nx']],
  ['empty messages', `${line}\n\n${line}\n\n`, ['', '']],
  ['nothing but separators', `${line}\n${line}\n`, ['', '']],
  [
    'a sentence is no separator',
    `${line}\nA: 1\n\nFrom me to you\n\nFrom: x\nx\n\n`,
    ['A: 1\n\nFrom me to you\n\nFrom: x\nx\n'],
  ],
  [
    'a zone before the year, as Google has it',
    `From 15@xxx Thu Jan 01 10:11:12 +0000 2015\nA: 1\n\nx\n\n${line}\nB: 2\n`,
    ['A: 1\n\nx\n', 'B: 2\n'],
  ],
  [
    'separators without dates',
    'From ada\nA: 1\n\nFrom here\nx\n\nFrom ada\nB: 2\n\ny\n\n',
    ['A: 1\n\nFrom here\nx\n', 'B: 2\n\ny\n'],
  ],
  [
    'empty lines at the end are the message’s own but for one',
    `${line}\nA: 1\n\n\n\n\n${line}\nB: 2\n`,
    ['A: 1\n\n\n\n', 'B: 2\n'],
  ],
])('%s', (_, mbox, texts) => {
  expect(textsOf(mbox)).toEqual(texts)
})

const quotes = `${line}\nA: 1\n\n>From one\n>>From two\n> From three\n\n`

test.each([
  ['mboxrd', ['A: 1\n\nFrom one\n>From two\n> From three\n']],
  ['mboxo', ['A: 1\n\nFrom one\n>>From two\n> From three\n']],
  ['mboxcl2', ['A: 1\n\n>From one\n>>From two\n> From three\n']],
] as const)('%s takes away what was put before "From "', (dialect, texts) => {
  expect(textsOf(quotes, dialect)).toEqual(texts)
})

test('a Content-Length that is true tells where a message ends, whatever stands in it', () => {
  const body = `x\n\n${line}\nB: 2\n\nFrom y\n`
  const mbox = `${line}\nContent-Length: ${body.length}\n\n${body}\n${line}\nC: 3\n\nz\n`
  expect(textsOf(mbox)).toEqual([`Content-Length: ${body.length}\n\n${body}`, 'C: 3\n\nz\n'])
  expect(split(Buffer.from(mbox)).map((one) => [one.isMeasured, one.isPlain])).toEqual([
    [true, true],
    [false, false],
  ])
})

test('one that is true to the octet gives back a message without a last line end', () => {
  expect(textsOf(`${line}\nContent-Length: 3\n\nend\n\n${line}\nC: 3\n`)).toEqual([
    'Content-Length: 3\n\nend',
    'C: 3\n',
  ])
})

test.each(['2', '99', '99999999999', '-1', '1e3', '0x9'])('Content-Length: %s is not believed', (length) => {
  const mbox = `${line}\nContent-Length: ${length}\n\nabcd\n\n${line}\nC: 3\n\nz\n`
  expect(textsOf(mbox)).toEqual([`Content-Length: ${length}\n\nabcd\n`, 'C: 3\n\nz\n'])
})

test('what is no mbox is told by its first octets', () => {
  const splitter = new MboxSplitter()
  expect(splitter.isMbox).toBeUndefined()
  for (const entry of splitter.push(Buffer.from('Fro'))) expect(entry).toBeUndefined()
  expect(splitter.isMbox).toBeUndefined()
  for (const entry of splitter.push(Buffer.from('m'))) expect(entry).toBeUndefined()
  for (const entry of splitter.push(Buffer.from('age'))) expect(entry).toBeUndefined()
  expect(splitter.isMbox).toBe(false)
})

const complete = (text: string): string => text.replace(/(?<!\n)$/, text === '' ? '' : '\n')

function mboxOf(messages: readonly Buffer[]): Buffer {
  const pieces = messages.flatMap((octets) => {
    const { before, body, after } = mboxEntry(octets, 0)
    return [before, body, after]
  })
  return Buffer.concat(pieces)
}

test('whatever an mbox of ours holds is read back, in whatever pieces it comes', () => {
  const texts = nastyMessages.map((octets) => complete(octets.toString('latin1')))
  const mbox = mboxOf(nastyMessages)
  for (const size of [1, 2, 3, 7, 64, mbox.length]) {
    expect(split(mbox, [size]).map(({ text }) => text)).toEqual(texts)
  }
})

test('random messages are read back from an mbox in random pieces', () => {
  const word = fc.constantFrom(
    'From ',
    '>From ',
    '\n',
    '\r\n',
    '\n\n',
    line,
    'Content-Length: 3',
    'x',
    '>',
    ': ',
    '\0',
    '\r',
  )
  const message = fc.array(word, { maxLength: 30 }).map((words) => Buffer.from(words.join(''), 'latin1'))
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 }),
      (messages, pieces) => {
        const whole = split(mboxOf(messages))
        // A length that happens to be true ends a message where it says, and nobody can know better.
        fc.pre(whole.every(({ isMeasured }) => !isMeasured))
        expect(whole.map(({ text }) => text)).toEqual(messages.map((one) => complete(one.toString('latin1'))))
        expect(split(mboxOf(messages), pieces)).toEqual(whole)
      },
    ),
    { numRuns: 300 },
  )
})
