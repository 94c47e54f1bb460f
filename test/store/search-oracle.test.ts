import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { globMatches } from '../../src/model/glob.ts'
import type { PlacementQuery, Query, TextField } from '../../src/model/query.ts'
import { reachesRemoved } from '../../src/model/query.ts'
import { toPhrase, toWords } from '../../src/model/words.ts'
import { uidSetOf } from '../../src/model/uid-set.ts'
import type { EpochId } from '../../src/sync/ports.ts'
import { indexStore } from './indexed-store.ts'
import { commitBatch, listedMailbox, messageRow, uidOf } from './sample-mail.ts'
import { temporaryStorePath, writeStore } from './sample-store.ts'
import { found, openSearcher } from './searched-store.ts'

interface Placed {
  readonly account: string
  readonly mailbox: string
  readonly flags: readonly string[]
  readonly labels: readonly string[]
  readonly removed: boolean
}

/** A message as it was planned; nothing of it is read back. */
interface Planned {
  readonly id: number
  readonly texts: Readonly<Record<TextField, string>>
  readonly listId: string | undefined
  readonly octets: number
  /** Seconds since 1970. */
  readonly date: number
  readonly placements: readonly Placed[]
}

const vocabulary = [
  'tea',
  'Tea',
  'teapot',
  'Zürich',
  'zurich',
  'straße',
  'МОСКВА',
  'москва',
  '東京',
  '東京都',
  'カフェ',
  '한국어',
  'x1',
]
const mailboxes = ['work/INBOX', 'work/Archive', 'work/archive/2026', 'home/Inbox', 'home/Lists/Tea'] as const
const flags = [String.raw`\Seen`, String.raw`\Flagged`, String.raw`\Answered`, String.raw`\Draft`]
const labels = ['Travel', 'travel', 'Tea time']

/** The same numbers each time: a failure can be looked into. */
function randomly(seed: number) {
  let state = seed
  const below = (end: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >>> 8) % end
  }
  const oneOf = <T>(list: readonly [T, ...T[]] | readonly T[]): T => {
    const one = list[below(list.length)]
    if (one === undefined) throw new Error('an empty list')
    return one
  }
  const some = <T>(list: readonly T[]): readonly T[] => list.filter(() => below(3) === 0)
  const text = (): string =>
    Array.from({ length: below(4) }, () => oneOf(vocabulary)).join(oneOf([' ', ', ', '-', '。']))
  return { below, oneOf, some, text }
}

const count = 120

async function plannedStore(): Promise<{ readonly path: string; readonly planned: readonly Planned[] }> {
  const path = temporaryStorePath()
  const { below, oneOf, some, text } = randomly(7)
  const planned: Planned[] = []
  await writeStore(path, async (store) => {
    const epochs = new Map<string, EpochId>()
    for (const account of ['work', 'home']) {
      const own = mailboxes
        .filter((name) => name.startsWith(`${account}/`))
        .map((name) => name.slice(account.length + 1))
      const { listed } = await store.recordMailboxes(
        account,
        own.map((name) => listedMailbox(name)),
      )
      for (const [index, { id }] of listed.entries())
        epochs.set(`${account}/${own[index] ?? ''}`, (await store.openEpoch(id, 7n)).id)
    }
    for (let id = 1; id <= count; id++) {
      const texts = { subject: text(), from: text(), to: text(), cc: text(), body: text(), filename: text() }
      const listId = below(4) === 0 ? `Tea <${oneOf(['Tea', 'coffee'])}.example.org>` : undefined
      const date = 1_700_000_000 + below(50) * 1000
      const source = sourceOf(id, { texts, listId, date })
      const placements: Placed[] = []
      for (const name of new Set([oneOf(mailboxes), ...some(mailboxes)])) {
        const epoch = epochs.get(name)
        if (epoch === undefined) throw new Error(name)
        const [account = '', ...rest] = name.split('/')
        const place = {
          account,
          mailbox: rest.join('/'),
          flags: some(flags),
          labels: some(labels),
          removed: below(4) === 0,
        }
        await commitBatch(store, epoch, {
          messages: [[messageRow(id, { flags: place.flags, labels: place.labels }), source]],
        })
        if (place.removed) await store.markRemoved(epoch, uidSetOf([uidOf(id)]))
        placements.push(place)
      }
      planned.push({ id, texts, listId, octets: source.length, date, placements })
    }
  })
  await indexStore(path)
  return { path, planned }
}

const encoded = (text: string): string => (text === '' ? '' : `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`)
const person = (text: string): string => (text === '' ? '' : `${encoded(text)} <q@z.example>`)

/** As octets, each a character. */
function sourceOf(id: number, { texts, listId, date }: Pick<Planned, 'texts' | 'listId' | 'date'>): string {
  const { subject, from, to, cc, body, filename } = texts
  const name = filename === '' ? '' : `; filename*=utf-8''${encodeURIComponent(filename)}`
  const fields = [
    ['Subject', encoded(subject)],
    ['From', person(from)],
    ['To', person(to)],
    ['Cc', person(cc)],
    ['List-Id', listId ?? ''],
  ]
  return [
    ...fields.filter(([, value]) => value !== '').map(([field, value]) => `${field}: ${value}`),
    `Date: ${new Date(date * 1000).toUTCString().replace('GMT', '+0000')}`,
    ...(id % 3 === 0 ? [`Message-ID: <m${id}@z.example>`] : []),
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Transfer-Encoding: ${id % 2 === 0 ? 'base64' : '8bit'}`,
    '',
    id % 2 === 0 ? Buffer.from(body).toString('base64') : Buffer.from(body).toString('latin1'),
    ...(name === ''
      ? []
      : ['--b', 'Content-Type: image/png', `Content-Disposition: attachment${name}`, '', 'x'.repeat(id * 10)]),
    '--b--',
    '',
  ].join('\r\n')
}

/** What the query says of a message, one placement after the other, as model/query.ts puts it. */
function isFound(query: Query, message: Planned): boolean {
  const scope = message.placements.filter(({ removed }) => reachesRemoved(query) || !removed)
  return scope.some((place) => holds(query, { message, place, scope }))
}

interface Considered {
  readonly message: Planned
  readonly place: Placed
  readonly scope: readonly Placed[]
}

// oxlint-disable-next-line eslint/complexity -- a case for each kind of query
function holds(query: Query, considered: Considered): boolean {
  const { message, place, scope } = considered
  switch (query.kind) {
    case 'all':
    case 'anywhere':
      return true
    case 'and':
      return query.of.every((part) => holds(part, considered))
    case 'or':
      return query.of.some((part) => holds(part, considered))
    case 'not':
      return !scope.some((other) => holds(query.of, { ...considered, place: other }))
    case 'text':
      return searched(message, query.field).some((text) => occurs(text, query))
    case 'list':
      return (message.listId ?? '').toLowerCase().includes(query.text.toLowerCase())
    case 'message-id':
      return message.id % 3 === 0 && query.id === `m${message.id}@z.example`
    case 'attachment':
      return message.texts.filename !== ''
    case 'larger':
      return message.octets > query.octets
    case 'smaller':
      return message.octets < query.octets
    case 'date':
      return message.date >= (query.since ?? -Infinity) && message.date < (query.before ?? Infinity)
    case 'flag':
      return query.state === 'unread'
        ? !hasFlag(place, 'Seen')
        : hasFlag(place, query.state === 'read' ? 'Seen' : query.state)
    case 'removed':
      return place.removed
    case 'mailbox':
    case 'account':
    case 'label':
      return isNamed(query, place)
  }
}

const withAddress = (name: string): string => (name === '' ? '' : `${name} q@z.example`)

/** The texts of that field, or of all, with what stands in no field of its own. */
function searched({ texts, listId }: Planned, field: TextField | undefined): readonly string[] {
  const { from, to, cc } = texts
  const all = { ...texts, from: withAddress(from), to: withAddress(to), cc: withAddress(cc) }
  return field === undefined ? [...Object.values(all), listId ?? ''] : [all[field]]
}

function hasFlag(place: Placed, name: string): boolean {
  return place.flags.some((flag) => flag.toLowerCase() === `\\${name.toLowerCase()}`)
}

function isNamed({ kind, glob }: Extract<PlacementQuery, { glob: string }>, place: Placed): boolean {
  const known = {
    mailbox: mailboxes.map((name) => name.slice(name.indexOf('/') + 1)),
    account: ['work', 'home'],
    label: labels,
  }[kind]
  const own = kind === 'label' ? place.labels : [place[kind]]
  const isExact = known.some((name) => globMatches(glob, name))
  return own.some((name) => (isExact ? globMatches(glob, name) : globMatches(glob.toLowerCase(), name.toLowerCase())))
}

function occurs(text: string, query: Extract<Query, { kind: 'text' }>): boolean {
  const all = toWords(text)
  const { words, prefix } = toPhrase(query.text, query.prefix)
  return all.some((_, start) =>
    words.every((word, index) => {
      const own = all[start + index] ?? ''
      return prefix && index === words.length - 1 ? own.startsWith(word) : own === word
    }),
  )
}

const leaves: fc.Arbitrary<Query> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('text' as const),
      field: fc.constantFrom<(TextField | undefined)[]>(undefined, 'subject', 'from', 'to', 'cc', 'body', 'filename'),
      text: fc.constantFrom(...vocabulary, 'te', 'z', '東', '京都', 'tea tea', 'tea, zurich', 'フェ', '국'),
      prefix: fc.boolean(),
    }),
  },
  fc.record({
    kind: fc.constant('mailbox' as const),
    glob: fc.constantFrom('INBOX', 'archive', 'Archive', 'ARCHIVE*', '*', 'lists/*', 'none'),
  }),
  fc.record({ kind: fc.constant('account' as const), glob: fc.constantFrom('work', 'HOME', 'w*', 'none') }),
  fc.record({
    kind: fc.constant('label' as const),
    glob: fc.constantFrom('travel', 'Travel', 'TRAVEL', 'tea*', 'none'),
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('flag' as const),
      state: fc.constantFrom('unread' as const, 'read', 'flagged', 'answered', 'draft'),
    }),
  },
  fc.constantFrom<Query[]>({ kind: 'removed' }, { kind: 'anywhere' }, { kind: 'all' }, { kind: 'attachment' }),
  fc.record({
    kind: fc.constantFrom('larger' as const, 'smaller' as const),
    octets: fc.integer({ min: 300, max: 2000 }),
  }),
  fc.record({ kind: fc.constant('list' as const), text: fc.constantFrom('TEA', 'coffee.', 'none') }),
  fc.record({ kind: fc.constant('message-id' as const), id: fc.constantFrom('m3@z.example', 'm77@z.example', 'none') }),
  fc.record({
    kind: fc.constant('date' as const),
    since: fc.option(fc.integer({ min: 1_699_990_000, max: 1_700_050_000 }), { nil: undefined }),
    before: fc.option(fc.integer({ min: 1_700_000_000, max: 1_700_060_000 }), { nil: undefined }),
  }),
)

const queries = fc.letrec<{ query: Query }>((tie) => ({
  query: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaves,
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      of: fc.array(tie('query'), { minLength: 1, maxLength: 4 }),
    }),
    fc.record({ kind: fc.constant('not' as const), of: tie('query') }),
  ),
})).query

test('every query finds what brute force over the planned messages finds, newest first', async () => {
  const { path, planned } = await plannedStore()
  const reader = await openSearcher(path)
  const newestFirst = planned.toSorted((left, right) => right.date * 1000 + right.id - (left.date * 1000 + left.id))
  let someFound = 0
  fc.assert(
    fc.property(queries, (query) => {
      const expected = newestFirst.filter((message) => isFound(query, message)).map(({ id }) => id)
      if (expected.length > 0 && expected.length < count) someFound++
      expect(found(reader, query)).toEqual(expected)
      expect(found(reader, query, { limit: 5 })).toEqual(expected.slice(0, 5))
      expect(found(reader, query, { order: 'relevance' }).toSorted((a, b) => a - b)).toEqual(
        expected.toSorted((a, b) => a - b),
      )
      const own = newestFirst.filter(({ placements, ...rest }) =>
        isFound(query, { ...rest, placements: placements.filter(({ account }) => account === 'work') }),
      )
      expect(found(reader, query, { accounts: ['work'] })).toEqual(own.map(({ id }) => id))
    }),
    { numRuns: 1000 },
  )
  expect(someFound).toBeGreaterThan(300)
})
