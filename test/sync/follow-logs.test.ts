import { expect, test } from 'vitest'
import type { Change, LogPosition } from '../../src/model/change.ts'
import type { FollowedLog, LogNews } from '../../src/sync/change-log.ts'
import { followLogs } from '../../src/sync/follow-logs.ts'

const originMs = Date.UTC(2026, 9, 5)

function change(seq: number, text = 'INBOX'): Change {
  const at = new Date(originMs + seq * 1000).toISOString()
  const nothing = { uidValidity: undefined, uid: undefined, before: undefined, after: undefined }
  return { seq, at, account: 'work', mailbox: text, kind: 'mailbox-added', ...nothing }
}

/** Changes of it are passed over. */
const unwanted = 'Spam'

/** A log in memory; undefined: there is no store. */
class MemoryLog implements FollowedLog {
  rows: Change[] | undefined
  #seen: readonly Change[] | undefined
  #length = 0

  constructor(rows: Change[] | undefined) {
    this.rows = rows
  }

  look(): LogNews {
    const { rows } = this
    const [seen, length] = [this.#seen, this.#length]
    this.#seen = rows
    this.#length = rows?.length ?? 0
    if (rows === undefined) return 'missing'
    if (seen !== rows) return 'opened'
    return length === rows.length ? 'same' : 'grown'
  }

  changes(since: LogPosition): readonly Change[] {
    const after = this.seqBefore(since)
    return (this.rows ?? []).filter(({ seq }) => seq > after)
  }

  changeAt(number: number): Change | undefined {
    return this.rows?.find(({ seq }) => seq === number)
  }

  seqBefore(position: LogPosition): number {
    if ('afterSeq' in position) return position.afterSeq
    return (this.rows ?? []).filter(({ at }) => Date.parse(at) < position.fromMs).length
  }

  close(): void {
    this.rows = undefined
  }
}

/** What was told, with the time in milliseconds where it is no change. `acts`: what happens at the n-th wait. */
async function follow(
  logs: readonly { readonly log: FollowedLog; readonly since: LogPosition }[],
  acts: Readonly<Record<number, () => void>>,
  waits: number,
): Promise<{ readonly told: readonly string[]; readonly waits: readonly number[] }> {
  const told: string[] = []
  const waited: number[] = []
  const interruption = new AbortController()
  let now = 0
  const delay = (ms: number, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted()
    waited.push(ms)
    now += ms
    acts[waited.length]?.()
    if (waited.length === waits) interruption.abort(new Error('enough'))
    return Promise.resolve()
  }
  const note = (text: string): Promise<void> => Promise.resolve(void told.push(text))
  const following = followLogs(logs, {
    clock: { monotonicMs: () => now, random: () => 0, delay },
    signal: interruption.signal,
    keepAliveMs: 1000,
    listener: {
      onChange: async ({ seq, mailbox }, log) => {
        if (mailbox === unwanted) return false
        await note(`${log}: ${seq} ${mailbox}`)
        return true
      },
      onCaughtUp: () => Promise.resolve(),
      onReplaced: (log) => note(`${log}: replaced`),
      onKeepAlive: (seqs) => note(`alive at ${Math.round(now)}: ${seqs.join()}`),
    },
  })
  await expect(following).rejects.toThrow('enough')
  return { told, waits: waited }
}

test('a log is looked at seldom while nothing happens, soon again when something has, and never without a pause', async () => {
  const log = new MemoryLog([change(1)])
  const { told, waits } = await follow(
    [{ log, since: { afterSeq: 0 } }],
    { 9: () => void log.rows?.push(change(2), change(3)) },
    12,
  )
  expect(told).toEqual(['0: 1 INBOX', '0: 2 INBOX', '0: 3 INBOX'])
  expect(waits.map(Math.round)).toEqual([20, 30, 45, 68, 101, 152, 228, 250, 107, 20, 30, 45])
})

test('who hears nothing is told where it stands, each time that long', async () => {
  const log = new MemoryLog([change(1), change(2)])
  const { told } = await follow([{ log, since: { afterSeq: 1 } }], {}, 16)
  expect(told).toEqual(['0: 2 INBOX', 'alive at 1000: 2', 'alive at 2000: 2'])
})

test('who wants nothing of what happens is told where it stands all the same', async () => {
  const log = new MemoryLog([change(1)])
  const acts = Object.fromEntries(
    [10, 20, 30].map((wait, index) => [wait, () => void log.rows?.push(change(index + 2, unwanted))]),
  )
  const { told } = await follow([{ log, since: { afterSeq: 0 } }], acts, 40)
  expect(told).toEqual([
    '0: 1 INBOX',
    'alive at 1000: 1',
    'alive at 2000: 2',
    'alive at 3000: 3',
    'alive at 4000: 4',
    'alive at 5000: 4',
  ])
})

test('several logs are merged by time, each from where it was told to begin', async () => {
  const [one, two] = [new MemoryLog([change(1), change(5)]), new MemoryLog([change(1), change(3), change(4)])]
  const logs = [
    { log: one, since: { afterSeq: 0 } },
    { log: two, since: { fromMs: originMs + 3000 } },
  ]
  const { told } = await follow(logs, { 2: () => void two.rows?.push(change(6)) }, 4)
  expect(told).toEqual(['0: 1 INBOX', '1: 3 INBOX', '1: 4 INBOX', '0: 5 INBOX', '1: 6 INBOX'])
})

test('a store that is made later is followed from its first change', async () => {
  const log = new MemoryLog(undefined)
  const { told } = await follow([{ log, since: { afterSeq: 0 } }], { 3: () => (log.rows = [change(1)]) }, 5)
  expect(told).toEqual(['0: 1 INBOX'])
})

test('a copy of the store in its place goes on where it was', async () => {
  const log = new MemoryLog([change(1), change(2)])
  const { told } = await follow(
    [{ log, since: { afterSeq: 0 } }],
    { 2: () => (log.rows = undefined), 4: () => (log.rows = [change(1), change(2), change(3)]) },
    6,
  )
  expect(told).toEqual(['0: 1 INBOX', '0: 2 INBOX', '0: 3 INBOX'])
})

test.each([
  ['shorter', [change(1)]],
  ['another', [change(1), { ...change(2), at: change(3).at }, change(3)]],
])('a log that is %s is told from its beginning, and that it is another is said', async (_, rows) => {
  const log = new MemoryLog([change(1), change(2)])
  const { told } = await follow([{ log, since: { afterSeq: 0 } }], { 2: () => (log.rows = [...rows]) }, 4)
  const again = rows.map(({ seq, mailbox }) => `0: ${seq} ${mailbox}`)
  expect(told).toEqual(['0: 1 INBOX', '0: 2 INBOX', '0: replaced', ...again])
})

test.each([
  ['fewer changes', [change(1)]],
  ['others', [change(1), { ...change(2), kind: 'mailbox-removed' }, change(3)]],
] as const)(
  'a store that is written over in its place by one that has %s is told from its beginning',
  async (_, rows) => {
    const log = new MemoryLog([change(1), change(2)])
    const { told } = await follow([{ log, since: { afterSeq: 0 } }], { 2: () => log.rows?.splice(0, 2, ...rows) }, 4)
    const again = rows.map(({ seq, mailbox }) => `0: ${seq} ${mailbox}`)
    expect(told).toEqual(['0: 1 INBOX', '0: 2 INBOX', '0: replaced', ...again])
  },
)

test('a log whose account and mailboxes have other names now is the same', async () => {
  const log = new MemoryLog([change(1), change(2)])
  const renamed = [1, 2, 3].map((seq) => ({ ...change(seq, 'Eingang'), account: 'job', uidValidity: 7 }))
  const { told } = await follow([{ log, since: { afterSeq: 0 } }], { 2: () => (log.rows = [...renamed]) }, 4)
  expect(told).toEqual(['0: 1 INBOX', '0: 2 INBOX', '0: 3 Eingang'])
})

test('who begins after a change that the log does not have is given all of it', async () => {
  const log = new MemoryLog([change(1)])
  const { told } = await follow([{ log, since: { afterSeq: 7 } }], {}, 2)
  expect(told).toEqual(['0: replaced', '0: 1 INBOX'])
})
