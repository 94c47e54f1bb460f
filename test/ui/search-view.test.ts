import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { IndexedMessage, SearchReader } from '../../src/search/search-reader.ts'
import { textWidth } from '../../src/ui/cell-width.ts'
import type { KeyName, PressedKey } from '../../src/ui/edit-line.ts'
import type { SearchRow } from '../../src/ui/search-page.ts'
import { openView, press, viewLines, withFinding } from '../../src/ui/search-view.ts'
import type { SearchView } from '../../src/ui/search-view.ts'
import { styleOf } from '../../src/ui/style.ts'
import { expectSafe, hostileText } from './hostile-text.ts'

const style = styleOf({ hasColors: false })
const size = { columns: 80, rows: 24 }
const reader = {} as SearchReader // oxlint-disable-line typescript/no-unsafe-type-assertion -- nothing of it is asked

function rowOf(id: number, more: Partial<IndexedMessage> = {}): SearchRow {
  const message: IndexedMessage = {
    id,
    sha256: 'ab'.repeat(32),
    octets: 9,
    placements: [],
    messageId: undefined,
    date: new Date(2026, 9, id, 12, 0).getTime() / 1000,
    from: [{ name: 'Ada Lovelace', address: 'ada@example.org' }],
    to: [],
    cc: [],
    subject: `Minutes ${id}`,
    inReplyTo: [],
    references: [],
    attachments: [],
    threadId: id,
    trouble: undefined,
    ...more,
  }
  return { found: { store: { name: undefined, reader }, message }, name: `${id}`, snippet: [] }
}

const rows = Array.from({ length: 20 }, (_, index) => rowOf(index + 1))
const found = withFinding(openView(''), { rows, more: true, problem: undefined })

type Pressed = string | { readonly name: KeyName } | { readonly ctrl: string }

function typed(view: SearchView, ...keys: readonly Pressed[]): SearchView {
  return keys.reduce<SearchView>((current, key) => press(current, toKey(key), size).view, view)
}

function toKey(key: Pressed): PressedKey {
  if (typeof key === 'string') return { input: key, name: undefined, ctrl: false }
  return 'ctrl' in key ? { input: key.ctrl, name: undefined, ctrl: true } : { input: '', name: key.name, ctrl: false }
}

function query(...keys: readonly Pressed[]): string {
  return typed(openView(''), ...keys).query
}

function action(view: SearchView, key: Pressed): string | undefined {
  return press(view, toKey(key), size).action
}

test('the screen at 80 columns and 24 rows', () => {
  const view = typed(found, { name: 'down' })
  const lines = viewLines(view, size, { lines: ['The text.', 'Its second line.'], style })
  expect(lines.map((line) => line.trimEnd())).toMatchInlineSnapshot(`
    [
      "Search:",
      "── 20 newest ───────────────────────────────────────────────────────────────────",
      "2026-10-01  Ada Lovelace          Minutes 1",
      "2026-10-02  Ada Lovelace          Minutes 2",
      "2026-10-03  Ada Lovelace          Minutes 3",
      "2026-10-04  Ada Lovelace          Minutes 4",
      "2026-10-05  Ada Lovelace          Minutes 5",
      "2026-10-06  Ada Lovelace          Minutes 6",
      "2026-10-07  Ada Lovelace          Minutes 7",
      "2026-10-08  Ada Lovelace          Minutes 8",
      "2026-10-09  Ada Lovelace          Minutes 9",
      "────────────────────────────────────────────────────────────────────────────────",
      "The text.",
      "Its second line.",
      "",
      "",
      "",
      "",
      "",
      "",
      "",
      "",
      "",
      "↑↓ choose  Enter read  PgDn scroll  ^E save  ^Y copy id  ? keys  Esc quit",
    ]
  `)
  expect(lines.length).toBe(24)
})

test('what is typed changes the query at the caret', () => {
  expect(query('t', 'e', 'a')).toBe('tea')
  expect(query('tea', { name: 'left' }, { name: 'left' }, 'x')).toBe('txea')
  expect(query('te🎉', { name: 'erase' })).toBe('te')
  expect(query('green tea', { ctrl: 'w' })).toBe('green ')
  expect(query('green tea', { name: 'left' }, { ctrl: 'u' })).toBe('a')
  expect(query('tea', { name: 'home' }, 'a ', { name: 'end' }, '!')).toBe('a tea!')
  expect(query('two\nlines\u001b')).toBe('two lines ')
  expect(query('tea', { ctrl: 'x' }, { name: 'tab' })).toBe('tea')
})

test('one chooses within the list, reads, and comes back', () => {
  expect(typed(found, { name: 'up' }).selected).toBe(0)
  expect(typed(found, ...rows.map(() => ({ name: 'down' }) as const), { ctrl: 'n' }).selected).toBe(19)
  const reading = typed(found, { name: 'down' }, { name: 'enter' }, { name: 'pageDown' })
  expect(reading).toMatchObject({ screen: 'message', selected: 1, scroll: 22 })
  expect(typed(reading, { name: 'escape' })).toMatchObject({ screen: 'list', selected: 1, scroll: 0 })
  expect(typed(found, '?').screen).toBe('keys')
  expect(typed(found, '?', 'x')).toMatchObject({ screen: 'list', query: '' })
  expect(typed(openView(''), { name: 'enter' }).screen).toBe('list')
})

test('a key may ask for more than another view', () => {
  expect(action(found, { name: 'escape' })).toBe('quit')
  expect(action(found, { ctrl: 'c' })).toBe('quit')
  expect([action(found, { ctrl: 'e' }), action(found, { ctrl: 'y' }), action(found, 'e')]).toEqual([
    'save',
    'copy',
    undefined,
  ])
  const reading = typed(found, { name: 'enter' })
  expect([action(reading, 'e'), action(reading, 'y'), action(reading, { name: 'escape' })]).toEqual([
    'save',
    'copy',
    undefined,
  ])
})

test('a query that cannot be answered says why and leaves the list', () => {
  const view = withFinding(typed(found, { name: 'down' }), {
    rows: [],
    more: false,
    problem: 'subject: is followed by nothing',
  })
  expect(view).toMatchObject({ rows, selected: 1 })
  expect(viewLines(view, size, { lines: [], style })[1]).toBe('── subject: is followed by nothing')
})

test('S14 on every size of screen, whatever is found and typed, no line is too wide or unsafe', () => {
  const screens = fc.constantFrom<SearchView['screen'][]>('list', 'message', 'keys')
  fc.assert(
    fc.property(
      hostileText,
      screens,
      fc.record({ columns: fc.integer({ min: 20, max: 120 }), rows: fc.integer({ min: 8, max: 50 }) }),
      (text, screen, own) => {
        const hostile = rowOf(1, { subject: text, from: [{ name: text, address: text }] })
        const view = { ...openView(text), rows: [hostile, ...rows], screen, note: screen === 'list' ? text : '' }
        const lines = viewLines(view, own, { lines: ['safe'], style })
        expect(lines.length).toBe(own.rows)
        for (const line of lines) {
          expectSafe(line)
          expect(textWidth(line)).toBeLessThanOrEqual(own.columns)
        }
      },
    ),
  )
})
