import { expect, test } from 'vitest'
import type { CommandRecord } from '../../src/profile/run-profile.ts'
import { simulate } from '../../src/profile/simulate.ts'

function command(more: Partial<CommandRecord> = {}): CommandRecord {
  const nothing = {
    sentOctets: 10,
    receivedOctets: 0,
    cpuMicros: 0,
    queuedMicros: 0,
    writerMicros: 0,
    gapAt: 0,
    gapMicros: 0,
  }
  return {
    lane: 1,
    account: 'ada',
    mailbox: 'INBOX',
    messages: 1,
    name: 'UID FETCH',
    sentAt: 0,
    firstAt: 0,
    endedAt: 0,
    ...nothing,
    ...more,
  }
}

const many = (count: number, more: Partial<CommandRecord>): readonly CommandRecord[] =>
  Array.from({ length: count }, () => command(more))

test('commands that only wait take a part of the time over more connections', () => {
  const commands = many(12, { firstAt: 1000, endedAt: 1001 })
  expect(simulate(commands, { connections: 1 })).toBeCloseTo(12_000, -1)
  expect(simulate(commands, { connections: 4 })).toBeCloseTo(3000, -1)
  expect(simulate(commands, { connections: 100 })).toBeCloseTo(1000, -1)
})

test('the main thread works on one at a time, however many connections there are', () => {
  const commands = many(10, { firstAt: 10, endedAt: 1011, cpuMicros: 1000 })
  expect(simulate(commands, { connections: 10 })).toBeGreaterThan(10_000)
})

test('a transfer has its own rate, unless all share one', () => {
  const commands = many(8, { firstAt: 0, endedAt: 1000, receivedOctets: 10_000 })
  expect(simulate(commands, { connections: 1 })).toBeCloseTo(8000, -1)
  expect(simulate(commands, { connections: 4 })).toBeCloseTo(2000, -1)
  expect(simulate(commands, { connections: 4, totalRate: 10 })).toBeCloseTo(8000, -1)
  expect(simulate(commands, { connections: 4, totalRate: 20 })).toBeCloseTo(4000, -1)
})

test('what lay waiting for our own loop is not the server’s time', () => {
  const commands = many(5, { firstAt: 1000, endedAt: 1001, queuedMicros: 900 })
  expect(simulate(commands, { connections: 1 })).toBeCloseTo(500, -1)
})

test('no commands take no time', () => {
  expect(simulate([], { connections: 3 })).toBe(0)
})
