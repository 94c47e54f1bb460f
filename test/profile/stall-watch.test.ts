import { appendFileSync, mkdtempSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { StallLog, readStalls, stallPathOf } from '../../src/profile/stall-log.ts'
import type { StallRecord } from '../../src/profile/stall-log.ts'
import { StallWatch } from '../../src/profile/stall-watch.ts'

/** Milliseconds: now, the last beat, CPU and queue of the main thread. */
type Row = readonly [now: number, beat: number, cpu: number, queue: number]

function watched(rows: readonly Row[]): readonly unknown[] {
  const watch = new StallWatch({ thresholdMs: 200, killCpuMs: 1000 })
  return rows.flatMap(([now, beat, cpuMs, queueMs]) => {
    const event = watch.look({ now: now * 1000, beat: beat * 1000, schedule: { cpuMs, queueMs } })
    return event === undefined ? [] : [[event.kind, Math.round(event.stall.ms), event.stall.verdict]]
  })
}

const steps = (from: number, to: number): readonly number[] =>
  Array.from({ length: (to - from) / 50 + 1 }, (_, index) => from + index * 50)

test.each<readonly [string, readonly Row[], readonly unknown[]]>([
  ['beats that come', steps(0, 2000).map((at) => [at, at, at, 0]), []],
  [
    'a stretch of CPU',
    [...steps(0, 400).map((at): Row => [at, Math.min(at, 100), at, 0]), [450, 440, 440, 0]],
    [
      ['begun', 200, 'cpu'],
      ['ended', 340, 'cpu'],
    ],
  ],
  [
    'no CPU to be had',
    [
      ...steps(0, 400).map((at): Row => [at, Math.min(at, 100), Math.min(at, 110), Math.max(0, at - 110)]),
      [450, 440, 130, 310],
    ],
    [
      ['begun', 200, 'starved'],
      ['ended', 340, 'starved'],
    ],
  ],
  [
    'a wait in the system',
    [...steps(0, 400).map((at): Row => [at, Math.min(at, 100), Math.min(at, 100), 0]), [450, 440, 100, 0]],
    [
      ['begun', 200, 'system'],
      ['ended', 340, 'system'],
    ],
  ],
  [
    'a process that was stopped: the looks are late as well',
    [...steps(0, 100).map((at): Row => [at, at, at, 0]), [900, 100, 100, 0], [950, 940, 140, 0]],
    [],
  ],
  [
    'more CPU than a stall may burn',
    steps(0, 1300).map((at): Row => [at, 0, at, 0]),
    [
      ['begun', 200, 'cpu'],
      ['burnt', 1000, 'cpu'],
    ],
  ],
  [
    'a long wait burns nothing',
    steps(0, 3000).map((at): Row => [at, 0, Math.min(at, 50), 0]),
    [['begun', 200, 'system']],
  ],
])('%s', (_, rows, expected) => {
  expect(watched(rows)).toEqual(expected)
})

const record: StallRecord = {
  pid: 1,
  at: 1000,
  account: 'ada',
  mailbox: 'INBOX',
  command: 'UID FETCH',
  kind: 'begun',
  ms: 200,
  cpuMs: 190,
  queueMs: 0,
  verdict: 'cpu',
  waitsFor: '',
  stack: '',
}

test('of a stall the last that is known counts, and a stack that comes late; damaged lines are left out; the file does not grow for ever', () => {
  const path = stallPathOf(join(mkdtempSync(join(tmpdir(), 'mailmirror-test-')), 'mail.db'))
  const log = new StallLog(path)
  log.add(record)
  log.add({ ...record, kind: 'ended', ms: 900 })
  log.add({ ...record, stack: 'a;b' })
  log.add({ ...record, at: 2000 })
  appendFileSync(path, '{"at":')
  expect(readStalls(path)).toMatchObject([
    { at: 1000, kind: 'ended', ms: 900, stack: 'a;b' },
    { at: 2000, kind: 'begun', stack: '' },
  ])
  expect([statSync(path).mode & 0o777, path.endsWith('/mail.profile.stalls.jsonl')]).toEqual([0o600, true])
  appendFileSync(path, '\n'.repeat(2 ** 18))
  expect(new StallLog(path)).toBeDefined()
  expect(statSync(path).size).toBeLessThan(2 ** 18)
  expect(readStalls(join(path, 'nothing'))).toEqual([])
})
