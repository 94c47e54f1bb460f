import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Query } from '../../src/model/query.ts'
import { parseQuery } from '../../src/search/parse-query.ts'
import { QueryError } from '../../src/search/query-error.ts'

const nowMs = new Date(2026, 10, 25, 12).getTime()
const parse = (text: string): Query => parseQuery(text, { nowMs })
const word = (text: string, prefix = false): Query => ({ kind: 'text', field: undefined, text, prefix })
const seconds = (...parts: [number, number, number]): number => new Date(...parts).getTime() / 1000

function errorOf(text: string): QueryError {
  try {
    parse(text)
  } catch (error) {
    if (error instanceof QueryError) return error
    throw error
  }
  throw new Error(`"${text}" was read`)
}

test.each<[string, Query]>([
  ['', { kind: 'all' }],
  ['invoice', word('invoice')],
  ['  two  words ', { kind: 'and', of: [word('two'), word('words')] }],
  ['"two words"', word('two words')],
  ['“two words”', word('two words')],
  ['inv*', word('inv', true)],
  ['"two wor"*', word('two wor', true)],
  ['a OR b', { kind: 'or', of: [word('a'), word('b')] }],
  ['a b OR c', { kind: 'and', of: [word('a'), { kind: 'or', of: [word('b'), word('c')] }] }],
  ['a AND b', { kind: 'and', of: [word('a'), word('b')] }],
  ['(a b) OR c', { kind: 'or', of: [{ kind: 'and', of: [word('a'), word('b')] }, word('c')] }],
  ['((a))', word('a')],
  ['-a', { kind: 'not', of: word('a') }],
  ['NOT a', { kind: 'not', of: word('a') }],
  ['--a', word('a')],
  ['-(a OR b)', { kind: 'not', of: { kind: 'or', of: [word('a'), word('b')] } }],
  ['or and not', { kind: 'and', of: [word('or'), word('and'), word('not')] }],
  ['Subject:tea', { kind: 'text', field: 'subject', text: 'tea', prefix: false }],
  ['from:"Ada Byron"', { kind: 'text', field: 'from', text: 'Ada Byron', prefix: false }],
  ['from:ada@example.org', { kind: 'text', field: 'from', text: 'ada@example.org', prefix: false }],
  ['filename:pdf', { kind: 'text', field: 'filename', text: 'pdf', prefix: false }],
  [
    'subject:(a -b)',
    {
      kind: 'and',
      of: [
        { kind: 'text', field: 'subject', text: 'a', prefix: false },
        { kind: 'not', of: { kind: 'text', field: 'subject', text: 'b', prefix: false } },
      ],
    },
  ],
  ['in:Archive/2019', { kind: 'mailbox', glob: 'Archive/2019' }],
  ['mailbox:"Travel/日本 2025"', { kind: 'mailbox', glob: 'Travel/日本 2025' }],
  ['in:anywhere', { kind: 'anywhere' }],
  ['account:work', { kind: 'account', glob: 'work' }],
  ['label:Work', { kind: 'label', glob: 'Work' }],
  ['list:boring', { kind: 'list', text: 'boring' }],
  ['message-id:<a@b>', { kind: 'message-id', id: 'a@b' }],
  ['is:unread', { kind: 'flag', state: 'unread' }],
  ['is:starred', { kind: 'flag', state: 'flagged' }],
  ['is:removed', { kind: 'removed' }],
  ['has:attachment', { kind: 'attachment' }],
  ['larger:10K', { kind: 'larger', octets: 10_240 }],
  ['smaller:1.5M', { kind: 'smaller', octets: 1_572_864 }],
  ['after:2026-10-05', { kind: 'date', since: seconds(2026, 9, 5), before: undefined }],
  ['before:2026-10', { kind: 'date', since: undefined, before: seconds(2026, 9, 1) }],
  ['on:2026', { kind: 'date', since: seconds(2026, 0, 1), before: seconds(2027, 0, 1) }],
  ['on:yesterday', { kind: 'date', since: seconds(2026, 10, 24), before: seconds(2026, 10, 25) }],
  ['newer:7d', { kind: 'date', since: nowMs / 1000 - 7 * 86_400, before: undefined }],
  ['older:2w', { kind: 'date', since: undefined, before: nowMs / 1000 - 14 * 86_400 }],
  ['after:2026-10-05T14:00Z', { kind: 'date', since: Date.UTC(2026, 9, 5, 14) / 1000, before: undefined }],
  ['https://example.org/a', word('https://example.org/a')],
  ['12:30', word('12:30')],
  ['Re:tea', word('Re:tea')],
  ["don't", word("don't")],
  ['a-b', word('a-b')],
])('S24 the query %s is read', (text, query) => {
  expect(parse(text)).toEqual(query)
})

test.each<[string, number, RegExp]>([
  ['tea "and cake', 4, /quote begins here/],
  ['(tea', 0, /parenthesis begins here/],
  ['tea)', 3, /parenthesis ends here/],
  ['()', 0, /nothing stands in these/],
  ['tea from:', 4, /from: is followed by nothing/],
  ['from: tea', 0, /from: is followed by nothing/],
  ['subject:""', 8, /followed by nothing/],
  ['tea OR', 4, /nothing follows OR/],
  ['OR tea', 0, /nothing stands before OR/],
  ['tea AND OR cake', 4, /nothing follows AND/],
  ['tea -', 4, /nothing follows that is to be left out/],
  ['tea !!!', 4, /no letter and no digit/],
  ['*', 0, /no letter and no digit/],
  ['is:happy', 3, /is:happy means nothing/],
  ['has:cake', 4, /has:cake means nothing/],
  ['larger:big', 7, /no size/],
  ['on:2026-02-31', 3, /no date/],
  ['before:soon', 7, /no date/],
  ['form:bob', 0, /no field form:/],
])('F92 the query %s is an error that points at offset %i', (text, offset, message) => {
  const error = errorOf(text)
  expect(error.offset).toBe(offset)
  expect(error.message).toMatch(message)
  expect(error.code).toBe('USAGE')
})

test('a slip in a field’s name is told with the field that was meant', () => {
  expect(errorOf('form:bob').hint).toMatch(/did you mean from:/)
  expect(errorOf('subj:tea').hint).toMatch(/did you mean subject:/)
  expect(errorOf('colour:red').hint).toMatch(/fields are subject: from:/)
})

test('nesting has its limit, and says so', () => {
  expect(parse(`${'('.repeat(90)}a${')'.repeat(90)}`)).toEqual(word('a'))
  expect(errorOf(`${'('.repeat(200)}a${')'.repeat(200)}`).message).toMatch(/nested/)
  expect(errorOf('a '.repeat(20_000)).message).toMatch(/more than/)
})

const piece = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    'from:',
    'in:',
    'is:unread',
    'OR',
    'AND',
    'NOT',
    '-',
    '(',
    ')',
    '"',
    '*',
    '“',
    'NEAR(a b)',
    '^',
    '{}',
    ':',
    '日本',
    'a*',
    ' ',
  ),
)

/** Where it is wrong; undefined: it is good. Anything but a QueryError is thrown. */
function offsetOf(text: string): number | undefined {
  try {
    parse(text)
    return undefined
  } catch (error) {
    if (error instanceof QueryError) return error.offset
    throw error
  }
}

test('S24 whatever is typed gives a query or an error with an offset within it', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('')
      const offset = offsetOf(text) ?? 0
      expect([offset >= 0, offset <= text.length]).toEqual([true, true])
    }),
    { numRuns: 2000 },
  )
})

// Names that every object of JavaScript has.
test.each(['__proto__', 'constructor', 'toString', 'valueOf', 'hasOwnProperty'])(
  'S24 %s is a word like others',
  (name) => {
    expect(parse(name)).toEqual({ kind: 'text', field: undefined, text: name, prefix: false })
    for (const field of ['is', 'has', 'after', 'larger']) expect(offsetOf(`${field}:${name}`)).toBe(field.length + 1)
  },
)
