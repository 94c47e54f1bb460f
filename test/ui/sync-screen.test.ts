import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SyncEvent } from '../../src/sync/events.ts'
import { textWidth } from '../../src/ui/cell-width.ts'
import { reduce, startOfSync } from '../../src/ui/sync-progress.ts'
import { render } from '../../src/ui/sync-screen.ts'
import { expectSafe, hostileText } from './hostile-text.ts'
import { fetchingEvents, planned } from './sample-run.ts'

function screen(events: readonly SyncEvent[], columns: number): string {
  return render(reduce(startOfSync(0), events, 5000), columns, 5000).join('\n')
}

test('80 columns show bar, share, messages, octets, rate and time left, and a row for each connection', () => {
  expect(screen(fetchingEvents, 80)).toMatchInlineSnapshot(`
    "[=====>                ]   25 %  5,000 of 20,000  50.0 MB  10.0 MB/s  15s left
      personal  Archive/2019                                        4,960 of 19,960
      personal  Archive/2019                                        4,960 of 19,960"
  `)
})

test('40 columns keep what matters most', () => {
  expect(screen(fetchingEvents, 40)).toMatchInlineSnapshot(`
    "[===>         ]   25 %  5,000 of 20,000
      personal  Archi…2019  4,960 of 19,960
      personal  Archi…2019  4,960 of 19,960"
  `)
})

test('before anything is to be fetched, the mailboxes that were looked at are counted', () => {
  expect(screen([planned('INBOX', 0), planned('Sent', 0)], 80)).toMatchInlineSnapshot(
    `"[>                     ]  0 of 2 mailboxes checked  5s"`,
  )
})

test('before the mailboxes are known, it is connecting', () => {
  expect(screen([], 80)).toBe('[>                     ]  connecting  5s')
})

test('a retry is told with its reason', () => {
  const retry: SyncEvent = {
    type: 'retry-scheduled',
    account: 'personal',
    code: 'THROTTLED',
    message: 'could not log in: NO [LIMIT] too many connections',
    delayMs: 30_000,
  }
  expect(screen([retry], 80).split('\n')[1]).toBe(
    '  personal  tries again in 30s: could not log in: NO [LIMIT] too many connecti…',
  )
})

test('many connections are not more than ten rows', () => {
  const events = Array.from({ length: 50 }, (_, index): SyncEvent => ({
    type: 'mailbox-started',
    account: 'personal',
    mailbox: `Lists/${index}`,
    connection: index + 1,
  }))
  const lines = screen(events, 80).split('\n')
  expect(lines.length).toBe(12)
  expect(lines.at(-1)).toBe('  and 40 more')
})

test('S14: no name and no answer of a server breaks a line, its width or the terminal', () => {
  fc.assert(
    fc.property(hostileText, hostileText, fc.integer({ min: 12, max: 200 }), (account, mailbox, columns) => {
      const events: readonly SyncEvent[] = [
        { type: 'mailbox-started', account, mailbox, connection: 1 },
        { type: 'retry-scheduled', account, code: 'THROTTLED', message: mailbox, delayMs: 1000 },
      ]
      for (const line of render(reduce(startOfSync(0), events, 1), columns, 1)) {
        expectSafe(line)
        expect(line).not.toContain('\n')
        expect(textWidth(line)).toBeLessThan(columns)
      }
    }),
  )
})
