import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CommandRecord } from '../../src/profile/run-profile.ts'
import { sumsOfCommands } from '../../src/profile/sums-of-commands.ts'

const end = 10_000

const part = fc.integer({ min: 0, max: 400 })
const times = fc.record({ gap: part, think: part, transfer: part, cpu: part, queued: part, writer: part })

/** Lanes whose commands follow each other. */
const commandsOf = fc.array(fc.array(times, { maxLength: 12 }), { maxLength: 4 }).map((lanes) =>
  lanes.flatMap((rows, lane) => {
    let at = 0
    return rows.map(({ gap, think, transfer, cpu, queued, writer }, index): CommandRecord => {
      const sentAt = at + gap
      const firstAt = sentAt + think
      at = firstAt + transfer
      const about = { lane, account: `a${lane % 2}`, mailbox: 'INBOX', name: index % 2 === 0 ? 'UID FETCH' : 'EXAMINE' }
      const octets = { sentOctets: 1, receivedOctets: 1, messages: 1, gapAt: 0, gapMicros: 0 }
      return {
        ...about,
        ...octets,
        sentAt,
        firstAt,
        endedAt: at,
        cpuMicros: cpu,
        queuedMicros: queued,
        writerMicros: writer,
      }
    })
  }),
)

const total = (rows: readonly Readonly<Record<string, number>>[]): number =>
  rows.flatMap((row) => Object.values(row)).reduce((sum, one) => sum + one, 0)

function blameOf(commands: readonly CommandRecord[], from: number, until: number): number {
  const { sums, unblamedMicros } = sumsOfCommands(commands, { from, until })
  return total(sums.map(({ blameMicros }) => blameMicros)) + unblamedMicros
}

test('in any range, blame and what nobody is to blame for sum to its length, and ranges to the whole', () => {
  fc.assert(
    fc.property(commandsOf, fc.integer({ min: 0, max: end }), (commands, border) => {
      expect(blameOf(commands, 0, border)).toBeCloseTo(border, 6)
      expect(blameOf(commands, border, end)).toBeCloseTo(end - border, 6)
      const lanes = (from: number, until: number): number =>
        total(sumsOfCommands(commands, { from, until }).sums.map(({ laneMicros }) => laneMicros))
      const taken = commands.reduce((sum, { sentAt, endedAt }) => sum + endedAt - sentAt, 0)
      expect(lanes(0, border) + lanes(border, 20_000)).toBeCloseTo(taken, 6)
    }),
  )
})

function command(lane: number, account: string, cpuMicros: number): CommandRecord {
  const about = {
    lane,
    account,
    mailbox: 'INBOX',
    name: 'UID FETCH',
    sentOctets: 1,
    receivedOctets: 1,
    messages: 1,
    gapAt: 0,
    gapMicros: 0,
  }
  return { ...about, sentAt: 0, firstAt: 100, endedAt: 200, cpuMicros, queuedMicros: 0, writerMicros: 0 }
}

test('whoever computes takes all of the blame; who waits shares it', () => {
  const { sums, unblamedMicros } = sumsOfCommands([command(1, 'ada', 50), command(2, 'bob', 0)], {
    from: 0,
    until: 300,
  })
  expect(unblamedMicros).toBe(100)
  expect(sums.map(({ account, blameMicros }) => [account, blameMicros])).toEqual([
    ['ada', { 'wait: first byte': 50, 'wait: transfer': 25, 'cpu: parse': 50 }],
    ['bob', { 'wait: first byte': 50, 'wait: transfer': 25 }],
  ])
})
