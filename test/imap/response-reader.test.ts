import { setImmediate as nextTurn } from 'node:timers/promises'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ResponseReader } from '../../src/imap/response-reader.ts'
import { AppError } from '../../src/model/errors.ts'
import { cutAt, plain, readResponses, toOctets } from './read-responses.ts'

const read = async (...pieces: readonly (string | Buffer)[]) => (await readResponses(...pieces)).map(plain)

describe('cutting octets into responses (RFC 9051 §7)', () => {
  test.each<readonly [string, string, readonly string[]]>([
    ['lines end with CRLF', '* OK one\r\n* OK two\r\n', ['* OK one', '* OK two']],
    ['lines may end with LF alone', '* OK one\n* OK two\n', ['* OK one', '* OK two']],
    ['an empty line is a response without text', '\r\n\n* OK\r\n', ['', '', '* OK']],
    ['a bare CR belongs to its line', '* OK a\rb\r\r\n', ['* OK a\rb\r']],
    ['F79 NUL and octets above 127 belong to their line', '* OK a\0b\xff\r\n', ['* OK a\0b\xff']],
    ['a line that has not ended is no response', '* OK one\r\n* OK tw', ['* OK one']],
    [
      'the words of a status response may end like a literal',
      '* NO want {3}\r\n* OK {2}\r\n',
      ['* NO want {3}', '* OK {2}'],
    ],
    ['a tagged line never ends in a literal', 'M1 NO no mailbox {3}\r\n', ['M1 NO no mailbox {3}']],
    [
      'a number of 16 digits is no literal',
      '* LIST () "/" {1234567890123456}\r\n',
      ['* LIST () "/" {1234567890123456}'],
    ],
    ['braces in the middle of a line are no literal', '* LIST () "/" {3} abc\r\n', ['* LIST () "/" {3} abc']],
  ])('%s', async (_name, octets, texts) => {
    expect(await read(octets)).toEqual(texts.map((text) => ({ text, literals: [] })))
  })

  test.each<readonly [string, string, { text: string; literals: readonly string[] }]>([
    ['{n}', '* LIST () "/" {3}\r\na\nb\r\n', { text: '* LIST () "/" {3}\n', literals: ['a\nb'] }],
    ['{n+}', '* LIST () "/" {3+}\r\nabc\r\n', { text: '* LIST () "/" {3+}\n', literals: ['abc'] }],
    ['~{n}', '* 1 FETCH (BINARY[] ~{2}\r\n\0\0)\r\n', { text: '* 1 FETCH (BINARY[] ~{2}\n)', literals: ['\0\0'] }],
    ['{0}', '* 1 FETCH (BODY[] {0}\r\n UID 4)\r\n', { text: '* 1 FETCH (BODY[] {0}\n UID 4)', literals: [''] }],
    ['LF alone after {n}', '* 1 FETCH (BODY[] {2}\n\r\n)\n', { text: '* 1 FETCH (BODY[] {2}\n)', literals: ['\r\n'] }],
    [
      'several literals',
      '* 1 FETCH (A {1}\r\nx B {2}\r\nyz)\r\n',
      { text: '* 1 FETCH (A {1}\n B {2}\n)', literals: ['x', 'yz'] },
    ],
    [
      'literals one right after the other',
      '* 1 FETCH ({1}\r\nx{0}\r\n{1}\r\ny)\r\n',
      { text: '* 1 FETCH ({1}\n{0}\n{1}\n)', literals: ['x', '', 'y'] },
    ],
  ])('a literal written %s is taken by its length', async (_name, octets, response) => {
    expect(await read(`${octets}* OK next\r\n`)).toEqual([response, { text: '* OK next', literals: [] }])
  })

  const octet = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code))
  const octets = (constraints: fc.StringConstraints) => fc.string({ unit: octet, ...constraints })
  /** Nothing that would end the line, or announce a literal. */
  const lineText = octets({ maxLength: 30 }).map((text) => text.replaceAll(/[\n\r}]/g, '.'))
  const response = fc
    .record({ first: lineText, rest: fc.array(fc.record({ literal: octets({ maxLength: 40 }), after: lineText })) })
    .map(({ first, rest }) => ({
      wire: `* LIST ${first}${rest.map(({ literal, after }) => `{${literal.length}}\r\n${literal}${after}`).join('')}\r\n`,
      expected: {
        text: `* LIST ${first}${rest.map(({ literal, after }) => `{${literal.length}}\n${after}`).join('')}`,
        literals: rest.map(({ literal }) => literal),
      },
    }))
  const places = fc.array(fc.nat(), { maxLength: 20 })

  test('however a stream of responses is cut into chunks, the responses are the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(response), places, async (responses, cuts) => {
        const wire = toOctets(responses.map(({ wire }) => wire).join(''))
        expect(await read(...cutAt(wire, cuts))).toEqual(responses.map(({ expected }) => expected))
      }),
    )
  })

  test('however any octets at all are cut into chunks, the responses are the same', async () => {
    const piece = fc.oneof(
      octets({ maxLength: 10 }),
      fc.constantFrom('\r\n', '\n', '\r', '* ', '{3}\r\n', '{0+}\n', '~{2}\r\n', '* OK x {1}\r\n', '}', '{'),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece), places, async (pieces, cuts) => {
        const wire = toOctets(pieces.join(''))
        expect(await read(...cutAt(wire, cuts))).toEqual(await read(wire))
      }),
    )
  })
})

describe('room for literals', () => {
  test('a literal is written into the room that was given for it, as its octets come', () => {
    const rooms: Uint8Array[] = []
    const announced: string[] = []
    const reader = new ResponseReader({
      response: () => undefined,
      allocate: (octets, text) => {
        announced.push(`${octets} after ${text}`)
        const room = new Uint8Array(octets)
        rooms.push(room)
        return room
      },
      progress: () => undefined,
    })
    void reader.push(toOctets('* 1 FETCH (UID 7 BODY[] {4}\r\nab'))
    expect(announced).toEqual(['4 after * 1 FETCH (UID 7 BODY[] {4}'])
    expect(rooms).toEqual([Uint8Array.from([97, 98, 0, 0])])
    void reader.push(toOctets('cd)\r\n'))
    expect(rooms).toEqual([Uint8Array.from([97, 98, 99, 100])])
  })

  test('F80 a literal of 3 GiB that gets no room is passed over, and what follows is read', async () => {
    const texts: string[] = []
    let progress = 0
    const reader = new ResponseReader({
      response: ({ text, literals }) => {
        texts.push(`${text} ${literals.map(String).join()}`)
        return undefined
      },
      allocate: () => undefined,
      progress: () => progress++,
    })
    const octets = 3 * 2 ** 30
    const chunk = Buffer.alloc(2 ** 22)
    await reader.push(toOctets(`* 1 FETCH (BODY[] {${octets}}\r\n`))
    for (let sent = 0; sent < octets; sent += chunk.length) await reader.push(chunk)
    await reader.push(toOctets(')\r\n* OK next\r\n'))
    expect(texts).toEqual([`* 1 FETCH (BODY[] {${octets}}\n) undefined`, '* OK next '])
    expect(progress).toBe(octets / chunk.length)
  })
})

describe('holding back', () => {
  test('a promise in the middle of a chunk holds back all that follows in it', async () => {
    const texts: string[] = []
    const gate = Promise.withResolvers<void>()
    const reader = new ResponseReader({
      response: ({ text }) => {
        texts.push(text)
        return text === '* OK two' ? gate.promise : undefined
      },
      allocate: (octets) => new Uint8Array(octets),
      progress: () => undefined,
    })
    const held = reader.push(toOctets('* OK one\r\n* OK two\r\n* OK three\r\n* LIST {2}\r\nab\r\n* OK fo'))
    await nextTurn()
    expect(texts).toEqual(['* OK one', '* OK two'])
    gate.resolve()
    await held
    expect(texts).toEqual(['* OK one', '* OK two', '* OK three', '* LIST {2}\n'])
    expect(reader.push(toOctets('ur\r\n'))).toBeUndefined()
    expect(texts.at(-1)).toBe('* OK four')
  })

  test('each of many promises in one chunk is waited for', async () => {
    const texts: string[] = []
    let open = 0
    const reader = new ResponseReader({
      response: async ({ text }) => {
        expect(open++).toBe(0)
        await nextTurn()
        open--
        texts.push(text)
      },
      allocate: (octets) => new Uint8Array(octets),
      progress: () => undefined,
    })
    const lines = Array.from({ length: 300 }, (_, index) => `* ${index} EXISTS`)
    await reader.push(toOctets(`${lines.join('\r\n')}\r\n`))
    expect(texts).toEqual(lines)
  })

  test('a promise that rejects ends the reading with its reason', async () => {
    const reason = new Error('the disk is full')
    const reader = new ResponseReader({
      response: () => Promise.reject(reason),
      allocate: (octets) => new Uint8Array(octets),
      progress: () => undefined,
    })
    await expect(reader.push(toOctets('* OK one\r\n* OK two\r\n'))).rejects.toBe(reason)
  })
})

describe('limits (F86, S22)', () => {
  test('F86 a line of 10 MB is read', async () => {
    const line = `* OK ${'x'.repeat(10_000_000)}`
    const wire = toOctets(`${line}\r\n`)
    expect(await read(...cutAt(wire, [1, 65_536, 5_000_000]))).toEqual([{ text: line, literals: [] }])
  })

  test.each([
    ['a line without an end', 'x', 'the server sent a response line that is too large'],
    ['a response of ever more literals', '* {0}\r\n', 'the server sent a response that is too large'],
  ])('S22 %s is a PROTOCOL_VIOLATION', async (_name, piece, message) => {
    const error = await endless(piece)
    expect(error).toBeInstanceOf(AppError)
    expect(error).toMatchObject({ code: 'PROTOCOL_VIOLATION', scope: 'account', message })
  })
})

/** What a reader says to 70 MB of these octets, over and over. */
async function endless(piece: string): Promise<unknown> {
  const chunk = toOctets(piece.repeat(Math.ceil(2 ** 20 / piece.length)))
  try {
    await readResponses(...Array<Buffer>(70).fill(chunk))
    return undefined
  } catch (error) {
    return error
  }
}
