import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ContentId } from '../../src/sync/ports.ts'
import { matchBySizeAndDate, settleMatch } from '../../src/sync/relink.ts'
import { uidOf } from '../store/sample-mail.ts'

interface Listed {
  readonly uid: number
  readonly size: number
  readonly seconds: number
  readonly header?: string | undefined
}

interface Held {
  readonly content: number
  readonly size: number
  readonly seconds: number
  readonly header?: string | undefined
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- numbers of contents that are made up here
const contentOf = (number: number): ContentId => number as ContentId

/** UID to content, as both steps together have it. */
function relink(server: readonly Listed[], mirror: readonly Held[]): Readonly<Record<number, number>> {
  const listed = {
    uids: server.map(({ uid }) => uidOf(uid)),
    sizes: server.map(({ size }) => size),
    seconds: server.map(({ seconds }) => seconds),
  }
  const held = {
    contents: mirror.map(({ content }) => contentOf(content)),
    sizes: mirror.map(({ size }) => size),
    seconds: mirror.map(({ seconds }) => seconds),
  }
  const ofUid = new Map(server.flatMap(({ uid, header }) => (header === undefined ? [] : [[uidOf(uid), header]])))
  const ofContent = new Map(
    mirror.flatMap(({ content, header }) => (header === undefined ? [] : [[contentOf(content), header]])),
  )
  return Object.fromEntries(
    [...matchBySizeAndDate(listed, held)].flatMap((match) => [...settleMatch(match, { ofUid, ofContent })]),
  )
}

const at = { size: 100, seconds: 7 }
const tea = { ...at, header: 'tea' }
const bread = { ...at, header: 'bread' }

interface Case {
  readonly name: string
  readonly server: readonly Listed[]
  readonly mirror: readonly Held[]
  readonly expected: Readonly<Record<number, number>>
}

const cases: readonly Case[] = [
  {
    name: 'the one of its size, date and header',
    server: [{ uid: 1, ...tea }],
    mirror: [
      { content: 5, ...tea },
      { content: 6, ...bread },
      { content: 7, ...tea, size: 99 },
      { content: 8, ...tea, seconds: 8 },
    ],
    expected: { 1: 5 },
  },
  {
    name: 'none of another size',
    server: [{ uid: 1, ...tea }],
    mirror: [{ content: 5, ...tea, size: 9 }],
    expected: {},
  },
  {
    name: 'none of another date',
    server: [{ uid: 1, ...tea }],
    mirror: [{ content: 5, ...tea, seconds: 9 }],
    expected: {},
  },
  { name: 'none of another header', server: [{ uid: 1, ...tea }], mirror: [{ content: 5, ...bread }], expected: {} },
  { name: 'none without a header', server: [{ uid: 1, ...at }], mirror: [{ content: 5, ...at }], expected: {} },
  {
    name: 'none where two different ones are like it',
    server: [{ uid: 1, ...tea }],
    mirror: [
      { content: 5, ...tea },
      { content: 6, ...tea },
    ],
    expected: {},
  },
  {
    name: 'a content that is held twice, for two',
    server: [
      { uid: 1, ...tea },
      { uid: 2, ...tea },
      { uid: 3, ...bread },
    ],
    mirror: [
      { content: 5, ...tea },
      { content: 5, ...tea },
      { content: 6, ...bread },
    ],
    expected: { 1: 5, 2: 5, 3: 6 },
  },
  {
    name: 'none where more are listed than are held',
    server: [
      { uid: 1, ...tea },
      { uid: 2, ...tea },
    ],
    mirror: [{ content: 5, ...tea }],
    expected: {},
  },
  {
    name: 'none where size or date is not told',
    server: [
      { uid: 1, ...tea, size: NaN },
      { uid: 2, ...tea, seconds: NaN },
    ],
    mirror: [
      { content: 5, ...tea, size: NaN },
      { content: 6, ...tea, seconds: NaN },
    ],
    expected: {},
  },
  { name: 'none where nothing is held', server: [{ uid: 1, ...tea }], mirror: [], expected: {} },
  {
    name: 'a message of 0 octets from before 1970',
    server: [{ uid: 1, size: 0, seconds: -5, header: '' }],
    mirror: [{ content: 5, size: 0, seconds: -5, header: '' }],
    expected: { 1: 5 },
  },
]

describe('F33 which held content a listed message is', () => {
  test.each(cases)('$name', ({ server, mirror, expected }) => {
    expect(relink(server, mirror)).toEqual(expected)
  })

  test('as a naive comparison of all with all has it', () => {
    const header = fc.constantFrom('tea', 'bread', undefined)
    const keys = fc.record({ size: fc.constantFrom(0, 1, NaN), seconds: fc.constantFrom(-1, 0, NaN) })
    // A content has one header.
    const headers = fc.array(header, { minLength: 4, maxLength: 4 })
    const mirror = fc
      .tuple(headers, fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), keys)))
      .map(([known, rows]) => rows.map(([content, key]): Held => ({ content, ...key, header: known[content - 1] })))
    const server = fc
      .array(fc.tuple(keys, header))
      .map((rows) => rows.map(([key, told], index): Listed => ({ uid: index + 1, ...key, header: told })))
    fc.assert(
      fc.property(server, mirror, (listed, held) => {
        expect(relink(listed, held)).toEqual(naive(listed, held))
      }),
    )
  })
})

function naive(server: readonly Listed[], mirror: readonly Held[]): Readonly<Record<number, number>> {
  const settled: Record<number, number> = {}
  for (const message of server) {
    const isLike = (one: Listed | Held): boolean =>
      one.size === message.size && one.seconds === message.seconds && one.header === message.header
    const held = mirror.filter(isLike)
    if (message.header === undefined || server.filter(isLike).length > held.length) continue
    const [first, ...others] = held.map(({ content }) => content)
    if (first !== undefined && others.every((content) => content === first)) settled[message.uid] = first
  }
  return settled
}
