import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { bar } from '../../src/ui/bar.ts'
import { statsJson, statsPage } from '../../src/ui/stats-page.ts'
import { textWidth } from '../../src/ui/cell-width.ts'
import { styleOf } from '../../src/ui/style.ts'
import type { Stats } from '../../src/search/stats.ts'
import { expectSafe, hostileText } from './hostile-text.ts'

const stats: Stats = {
  all: { count: 1200, octets: 5_000_000 },
  accounts: [
    { name: 'home', count: 1000, octets: 4_000_000 },
    { name: 'work', count: 250, octets: 1_500_000 },
  ],
  mailboxes: [
    { account: 'home', path: 'INBOX', messages: 1000, octets: 4_000_000 },
    { account: 'work', path: 'Projekte/東京', messages: 250, octets: 1_500_000 },
  ],
  years: [
    { year: 2026, count: 1199, octets: 4_990_000 },
    { year: undefined, count: 1, octets: 10_000 },
  ],
  senders: [{ name: 'Ada', address: 'ada@example.org', count: 3, octets: 2_000_000 }],
  attachments: { count: 1, octets: 900_000 },
  largest: [{ id: 'work:7', part: '2', name: 'plan.pdf', type: 'application/pdf', octets: 900_000, subject: 'Plans' }],
}

const layout = { columns: 80, style: styleOf({ hasColors: false }), withBars: true }

test('stats are tables with bars of the size on a terminal', () => {
  expect(statsPage(stats, layout).join('\n')).toMatchInlineSnapshot(`
    "1,200 messages, 5.0 MB, in 2 mailboxes of 2 accounts
    1 attachment, 900 kB decoded

    Account  Messages    Size
    home        1,000  4.0 MB  ████████████████████
    work          250  1.5 MB  ███████▌

    Mailbox             Messages    Size
    home/INBOX             1,000  4.0 MB  ████████████████████
    work/Projekte/東京       250  1.5 MB  ███████▌

    Year     Messages     Size
    2026        1,199   5.0 MB  ████████████████████
    no date         1  10.0 kB  ▏

    Largest senders  Messages    Size
    ada@example.org         3  2.0 MB  ████████████████████

      Size  Largest attachments  Subject  Get it
    900 kB  plan.pdf             Plans    show work:7 --part 2"
  `)
})

test('without a terminal, and on a narrow one, there are no bars and no line is too wide', () => {
  expect(statsPage(stats, { ...layout, withBars: false }).join('\n')).not.toContain('█')
  const narrow = statsPage(stats, { ...layout, columns: 40 })
  expect(narrow.join('\n')).not.toContain('█')
})

test('S14 what mail calls itself is made safe', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const hostile: Stats = {
        ...stats,
        senders: [{ name: '', address: text, count: 1, octets: 1 }],
        mailboxes: [{ account: 'home', path: text, messages: 1, octets: 1 }],
        largest: [{ id: 1, part: '2', name: text, type: text, octets: 1, subject: text }],
      }
      for (const line of statsPage(hostile, layout)) expectSafe(line)
      expectSafe(statsJson(hostile))
    }),
  )
})

test('a bar is in proportion, and is to be seen where there is anything', () => {
  expect([bar(100, 100, 10), bar(50, 100, 10), bar(1, 1e9, 10), bar(0, 100, 10), bar(5, 0, 10)]).toEqual([
    '██████████',
    '█████',
    '▏',
    '',
    '',
  ])
  for (let value = 0; value <= 100; value++) expect(textWidth(bar(value, 100, 7))).toBeLessThanOrEqual(7)
})
