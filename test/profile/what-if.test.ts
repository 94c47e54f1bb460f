import { rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { CommandRecord, RunProfile } from '../../src/profile/run-profile.ts'
import { predict } from '../../src/profile/what-if.ts'
import { whatIfLines } from '../../src/ui/what-if-lines.ts'
import { homeAt, parsed } from '../support/mirrored-home.ts'
import type { Home } from '../support/mirrored-home.ts'
import { writeHome } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'
import { diagnosed, mail } from './diagnosed-run.ts'

/** A first sync with so many connections, into a store of its own; the profiles stay. */
async function elapsedWith(place: Home, port: number, connections: number): Promise<number> {
  const { home, store, run } = place
  for (const end of ['', '-wal', '-shm']) rmSync(`${store}${end}`, { force: true })
  writeHome(home, port, `connections = ${connections}`)
  expect(await run('sync', '-q', '--no-index')).toMatchObject({ status: 0, stderr: '' })
  const { json } = await diagnosed(place)
  return Number(json['elapsedMs'])
}

async function predicted({ run }: Home, ...options: readonly string[]) {
  const answer = parsed((await run('profile', 'whatif', ...options, '--json')).stdout)
  return { best: Number(answer['bestMs']), worst: Number(answer['worstMs']), answer }
}

const isOwn = { id: 2, connections: 2, isShared: false }

test.each([
  { what: '16 mailboxes at 30 ms', store: mail(16, 3, 200), how: { latencyMs: 30 }, probe: null },
  { what: '20 mailboxes at 400 kB/s', store: mail(20, 20, 2000), how: { octetsPerSecond: 400_000 }, probe: isOwn },
  {
    what: '16 at 20 ms and 400 kB/s',
    store: mail(16, 12, 2000),
    how: { latencyMs: 20, octetsPerSecond: 400_000 },
    probe: isOwn,
  },
])(
  '$what: with 2 and 4 connections within a tenth of the real runs, or in a range that holds them',
  async ({ store, how, probe }) => {
    await using server = await startDemoServer({ store, users: { ada: password }, ...how })
    const home = homeAt(server.port)
    await elapsedWith(home, server.port, 1)
    const guesses = [await predicted(home, '--connections', '2'), await predicted(home, '--connections', '4')]
    const two = await elapsedWith(home, server.port, 2)
    const probed = await predicted(home, '1', '--connections', '4')
    const four = await elapsedWith(home, server.port, 4)
    for (const [index, real] of [two, four].entries()) {
      const { best = 0, worst = 0 } = guesses[index] ?? {}
      expect([real >= best * 0.9, real <= worst * 1.1]).toEqual([true, true])
    }
    // Once a run with two has shown whose the link is, there is hardly a range left.
    expect(probed.answer['probe']).toEqual(probe)
    expect([probed.best / four, probed.worst / four].every((part) => Math.abs(part - 1) < 0.1)).toBe(true)
  },
)

function run(commands: readonly CommandRecord[]): RunProfile {
  const nothing = { sums: [], heldUp: [], writer: [], locks: [], ceilings: [], schedule: undefined }
  const elapsedMicros = Math.max(...commands.map(({ endedAt }) => endedAt))
  return { elapsedMicros, unblamedMicros: 0, lanes: 1, ...nothing, commands, forgottenCommands: 0 }
}

/** A FETCH of a mailbox of its own: 100 messages, 1 MB, and the first octet after 10 ms. */
function fetch(
  lane: number,
  index: number,
  { sentAt, micros }: { readonly sentAt: number; readonly micros: number },
): CommandRecord {
  const firstAt = sentAt + 10_000
  const place = { lane, account: 'ada', mailbox: `Box ${lane}.${index}`, name: 'UID FETCH', messages: 100 }
  const spent = { cpuMicros: 0, queuedMicros: 0, writerMicros: 0, gapAt: sentAt, gapMicros: 10_000 }
  return { ...place, ...spent, sentAt, firstAt, endedAt: firstAt + micros, sentOctets: 10, receivedOctets: 1_000_000 }
}

/** Eight over so many connections, each of which receives for so long. */
function eightOver(lanes: number, micros: number): RunProfile {
  const each = Array.from({ length: lanes }, (_, index) => index)
  const rounds = Array.from({ length: 8 / lanes }, (_, index) => index)
  return run(
    each.flatMap((lane) => rounds.map((index) => fetch(lane, index, { sentAt: index * (micros + 10_000), micros }))),
  )
}

const question = { connections: 4, batch: undefined, probes: [] }

test('a link that all share is known by a run with more connections, or with fewer', () => {
  const [one, two] = [eightOver(1, 100_000), eightOver(2, 200_000)]
  const unknown = predict(one, question)
  expect([Math.round(unknown.best / 1000), Math.round(unknown.worst / 1000)]).toEqual([220, 820])
  for (const [profile, other] of [
    [one, two],
    [two, one],
  ] as const) {
    const { best, worst, probe } = predict(profile, { ...question, probes: [{ id: 7, profile: other }] })
    expect([probe?.isShared, best === worst]).toEqual([true, true])
    // Eight megabytes at 10 MB/s.
    expect(Math.abs(best / 810_000 - 1)).toBeLessThan(0.1)
  }
})

test('a link of each connection is known by a run with more of them', () => {
  const probes = [{ id: 7, profile: eightOver(2, 100_000) }]
  expect(predict(eightOver(1, 100_000), { ...question, probes })).toMatchObject({
    best: 220_000,
    worst: 220_000,
    probe: { id: 7, connections: 2, isShared: false },
  })
})

test('smaller batches wait more often, larger ones less; what is received stays', () => {
  const profile = eightOver(1, 100_000)
  const timeWith = (batch: number): number => predict(profile, { connections: 1, batch, probes: [] }).best
  expect([timeWith(100), timeWith(10), timeWith(1000)].map(Math.round)).toEqual([880_000, 1_600_000, 880_000])
})

test('a range that is too wide to be of use says what would tell', () => {
  const about = { connections: 4, batch: undefined, elapsedMicros: 880_000, used: 1, now: 880_000, probe: undefined }
  const lines = whatIfLines({ ...about, best: 220_000, worst: 820_000 }, { json: false })
  expect(lines).toEqual([
    'With 4 connections: 220 ms to 820 ms. It took 880 ms with 1; a replay of that takes 880 ms.',
    'The first if each connection has what it had, the second if all share what they had together. Which of the two it is, this run cannot tell: a sync of as much mail with 2 in place of 1 would.',
  ])
  const narrow = whatIfLines({ ...about, best: 700_000, worst: 820_000 }, { json: false })
  expect(narrow[1]).toBe(
    'The first if each connection has what it had, the second if all share what they had together.',
  )
  const probe = { id: 3, connections: 2, isShared: true }
  expect(whatIfLines({ ...about, batch: 50, best: 820_000, worst: 820_000, probe }, { json: false })).toEqual([
    'With 4 connections and 50 messages to a command: 820 ms. It took 880 ms with 1; a replay of that takes 880 ms.',
    'Run 3, which had 2, shows that all connections share one link.',
  ])
})
