import Sqlite from 'better-sqlite3'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { openStoreReader } from '../../src/store/sqlite-store-reader.ts'
import type { SqliteStoreReader } from '../../src/store/sqlite-store-reader.ts'
import type { ContentId } from '../../src/sync/ports.ts'
import type { LogPosition, PastMoment } from '../../src/model/change.ts'
import { logProblems } from '../support/log-problems.ts'
import { happen, history } from './random-history.ts'
import type { Happening } from './random-history.ts'
import { readState, recordState, statusOf } from './recorded-state.ts'
import type { RecordedState } from './recorded-state.ts'
import { temporaryStorePath } from './sample-store.ts'
import { WritingParts } from './writing-parts.ts'

interface Moment {
  readonly seq: number
  readonly at: number
  readonly state: RecordedState
  readonly status: readonly unknown[]
}

interface Contents {
  readonly present: readonly number[]
  readonly all: readonly number[]
}

interface Past {
  readonly moment: PastMoment
  readonly state: RecordedState
  readonly status: readonly unknown[]
  readonly exported: Contents
}

function withReader<T>(path: string, read: (reader: ReturnType<typeof openStoreReader>) => T): T {
  const reader = openStoreReader({ path, allowNetwork: false })
  try {
    return read(reader)
  } finally {
    reader.close()
  }
}

async function readPast(path: string, position: LogPosition): Promise<Past> {
  const reader = openStoreReader({ path, allowNetwork: false })
  try {
    const moment = reader.goBackTo(position)
    return { moment, state: readState(reader), status: statusOf(reader), exported: await exportedBy(reader) }
  } finally {
    reader.close()
  }
}

function observe(path: string): Moment {
  const database = new Sqlite(path, { readonly: true })
  const last = database
    .prepare<[], { seq: number; at: number }>('SELECT seq, at FROM change ORDER BY seq DESC LIMIT 1')
    .get()
  const { seq, at } = last ?? { seq: 0, at: 0 }
  const state = recordState(database)
  database.close()
  return { seq, at, state, status: withReader(path, statusOf) }
}

function instantsOf(path: string): readonly number[] {
  const database = new Sqlite(path, { readonly: true })
  const instants = database.prepare<[], number>('SELECT at FROM change ORDER BY seq').pluck().all()
  database.close()
  return instants
}

/** The messages that an export would have. */
async function exportedBy(reader: SqliteStoreReader): Promise<Contents> {
  const exported = await reader.exportReader()
  const all = exported.contents('all')
  // Each is described by its placements of then alone.
  expect(exported.describe(all).map(({ id, placements }) => [id, placements.length > 0])).toEqual(
    all.map((id) => [id, true]),
  )
  return { present: exported.contents('present'), all }
}

function contentsOf({ placements }: RecordedState): Contents {
  return { present: distinct(placements.filter((row) => row.removed_at === null)), all: distinct(placements) }
}

function distinct(rows: RecordedState['placements']): readonly number[] {
  return [...new Set(rows.map(({ content }) => content))].toSorted((left, right) => left - right)
}

/** How many moments were compared. */
async function comparePast(all: readonly Happening[], ticks: readonly number[]): Promise<number> {
  const path = temporaryStorePath()
  let calls = 0
  let now = 1_700_000_000_000
  const parts = new WritingParts(path, () => (now += ticks[calls++ % ticks.length] ?? 0))
  const moments: Moment[] = []
  for (const each of all) {
    await happen(parts, each)
    moments.push(observe(path))
  }
  parts.close()
  const instants = instantsOf(path)
  for (const [index, { seq, at, state, status }] of moments.entries()) {
    const bySeq = await readPast(path, { afterSeq: seq })
    expect({ seq: bySeq.moment.seq, ...bySeq.state, mailboxes: [] }).toEqual({ seq, ...state, mailboxes: [] })
    expect({ seq, status: bySeq.status }).toEqual({ seq, status })
    expect({ seq, ...bySeq.exported }).toEqual({ seq, ...contentsOf(state) })
    // A time is only another name of a number: some of them are enough.
    if (index % 3 > 0 || instants[seq] === undefined || instants[seq] === at) continue
    expect(await readPast(path, { fromMs: at + 1 })).toEqual(bySeq)
  }
  expect(logProblems(path)).toEqual([])
  return moments.length
}

test('what any of 1,000 moments of random histories was is read from the log as it was recorded then', async () => {
  let compared = 0
  const run = fc.asyncProperty(history, fc.array(fc.nat(3), { minLength: 1 }), async (all, ticks) => {
    compared += await comparePast(all, ticks)
  })
  await fc.assert(run, { numRuns: 40 })
  expect(compared).toBeGreaterThanOrEqual(1000)
}, 180_000)

const turn = (value: number): readonly Happening[] => [
  { what: 'uidvalidity', at: 0, value },
  { what: 'append', at: 0, uids: [1, 2], text: 0 },
  { what: 'expunge', at: 0, first: 2, last: 2 },
  { what: 'finish', at: 0 },
]

test('F34 a uidValidity that went and came back, whose messages came back later, is as it was in between', async () => {
  const all = [...turn(5), ...turn(6), ...turn(5), ...turn(6)]
  for (const ticks of [[0], [1], [0, 0, 0, 5]]) expect(await comparePast(all, ticks)).toBe(16)
})

test('octets that were lost and came back under another number are read under it at any time', async () => {
  const path = temporaryStorePath()
  let now = 1_700_000_000_000
  const parts = new WritingParts(path, () => now++)
  const { handlers, facts } = parts.writer
  await happen(parts, { what: 'append', at: 0, uids: [1], text: 0 })
  await happen(parts, { what: 'expunge', at: 0, first: 1, last: 1 })
  await happen(parts, { what: 'append', at: 1, uids: [2], text: 0 })
  facts.pragma('foreign_keys = OFF')
  facts.exec('DELETE FROM content WHERE id = 1')
  // Held by another mailbox again, under a number of its own.
  await happen(parts, { what: 'append', at: 2, uids: [1], text: 0 })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the number of the first message
  const content = 1 as ContentId
  expect(parts.do(handlers.restoreContent({ content, octets: Buffer.from('1 0') }))).toBe(true)
  const repaired = observe(path)
  await happen(parts, { what: 'append', at: 0, uids: [1], text: 1 })
  parts.close()
  expect((await readPast(path, { afterSeq: repaired.seq })).state).toEqual({ ...repaired.state, mailboxes: [] })
  expect(logProblems(path)).toEqual([])
})

test.each([
  `UPDATE change SET after = 'no JSON' WHERE kind = 'message-added'`,
  `UPDATE change SET before = 'no JSON' WHERE kind = 'mailbox-renamed'`,
  `UPDATE change SET before = '[' WHERE kind = 'message-added'`,
])('S25 a log that is damaged is said to be: %s', async (damage) => {
  const path = temporaryStorePath()
  const parts = new WritingParts(path)
  for (const what of ['append', 'append'] as const) await happen(parts, { what, at: 0, uids: [1], text: 0 })
  await happen(parts, { what: 'rename', at: 0, to: 1 })
  await happen(parts, { what: 'expunge', at: 1, first: 1, last: 1 })
  await happen(parts, { what: 'append', at: 1, uids: [1], text: 1 })
  parts.close()
  const vandal = new Sqlite(path)
  vandal.exec(damage)
  const seq = vandal.prepare<[], number>('SELECT max(seq) FROM change').pluck().get() ?? 0
  vandal.close()
  await expect(readPast(path, { afterSeq: seq - 1 })).rejects.toMatchObject({ code: 'DAMAGED' })
})
