import { expect, test } from 'vitest'
import { textWidth } from '../../src/ui/cell-width.ts'
import { styleOf } from '../../src/ui/style.ts'
import { renderTable } from '../../src/ui/table.ts'
import type { Column } from '../../src/ui/table.ts'

const columns: readonly Column[] = [
  { title: 'Mailbox', align: 'left', shrink: 'middle' },
  { title: 'Messages', align: 'right' },
]
const plain = (text: string): string => text

test('columns line up whatever the script', () => {
  const rows = [
    [{ text: 'INBOX' }, { text: '12' }],
    [{ text: '日本語/🎉' }, { text: '12,345' }],
    [{ text: 'Entwu\u0308rfe' }, { text: '0' }],
  ]
  expect(renderTable({ columns, rows, width: 80, paintTitle: plain })).toEqual([
    'Mailbox    Messages',
    'INBOX            12',
    '日本語/🎉    12,345',
    'Entwu\u0308rfe          0',
  ])
})

test('only columns that may shrink give way, the widest first', () => {
  const rows = [[{ text: 'Archive/Projects/2019/Correspondence' }, { text: '12,345' }]]
  const lines = renderTable({ columns, rows, width: 30, paintTitle: plain })
  expect(lines).toEqual(['Mailbox               Messages', 'Archive/Pr…spondence    12,345'])
  expect(lines.map(textWidth)).toEqual([30, 30])
})

test('S14: cells are made safe', () => {
  const rows = [[{ text: 'a\u001b[2J' }, { text: '1' }]]
  expect(renderTable({ columns, rows, width: 80, paintTitle: plain })[1]).toBe(String.raw`a\x1b[2J         1`)
})

test('colour does not count as width', () => {
  const { red, bold } = styleOf({ hasColors: true })
  const rows = [[{ text: 'Junk', paint: red }, { text: '7' }]]
  expect(renderTable({ columns, rows, width: 80, paintTitle: bold })).toEqual([
    '\u001b[1mMailbox\u001b[22m  \u001b[1mMessages\u001b[22m',
    '\u001b[31mJunk\u001b[39m            7',
  ])
})
