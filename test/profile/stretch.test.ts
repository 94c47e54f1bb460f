import { expect, test } from 'vitest'
import { noCost } from '../../src/model/lane.ts'
import { createLaneRecorder } from '../../src/profile/recorder.ts'
import type { RunRecorder } from '../../src/profile/recorder.ts'
import { findingOfStretch, stretchBetween } from '../../src/profile/stretch.ts'

interface Recorded {
  readonly clock: { now: number }
  readonly recorder: RunRecorder
}

function recorderAt(start: number): Recorded {
  const clock = { now: start }
  return { clock, recorder: createLaneRecorder(() => clock.now) }
}

/** Two accounts at once, and one that is told of changes meanwhile. */
function work({ clock, recorder }: Recorded): void {
  const after = (micros: number): number => (clock.now += micros)
  const [work, home] = [recorder.openLane('work'), recorder.openLane('home')]
  work.setMailbox('INBOX')
  work.commandSent('UID FETCH', 40, 3)
  home.commandSent('IDLE', 10)
  home.enter('idle')
  after(2_000_000)
  work.arrival(9000)
  work.cpu('cpu: parse', () => after(500))
  after(300)
  work.commandEnded()
  after(50)
  home.commandEnded()
  recorder.writerBusy('work', { ...noCost, hashMicros: 7, commits: 1 })
  recorder.lockWaited({ lock: 'write', holder: { pid: 9, program: 'other' }, micros: 80 })
  work.close()
  home.close()
}

test('a stretch of a run is what a recorder that began with it would have recorded', () => {
  const long = recorderAt(1000)
  work(long)
  long.clock.now += 4321
  const before = long.recorder.profile()
  work(long)
  const stretch = stretchBetween(before, long.recorder.profile())
  const short = recorderAt(50)
  work(short)
  const alone = short.recorder.profile()
  const [fetch] = alone.commands
  expect(stretch).toEqual({ ...alone, lanes: 1, commands: [{ ...fetch, lane: 3 }] })
})

test('what began before it begins with it', () => {
  const { clock, recorder } = recorderAt(0)
  const lane = recorder.openLane('work')
  clock.now = 100
  lane.commandSent('LIST', 5)
  clock.now = 400
  const before = recorder.profile()
  clock.now = 1000
  lane.commandEnded()
  const { commands, sums, elapsedMicros } = stretchBetween(before, recorder.profile())
  expect([elapsedMicros, commands.map(({ sentAt, endedAt }) => [sentAt, endedAt])]).toEqual([600, [[0, 600]]])
  expect(sums.map(({ laneMicros }) => laneMicros)).toEqual([{ 'wait: first byte': 600 }])
})

test('nothing is said of a stretch in which nothing was to do, and what was slow of another one', () => {
  const recorded = recorderAt(0)
  const before = recorded.recorder.profile()
  recorded.clock.now = 900_000_000
  const quiet = recorded.recorder.profile()
  expect(findingOfStretch(stretchBetween(before, quiet))).toBeUndefined()
  for (let times = 0; times < 20; times++) work(recorded)
  const finding = findingOfStretch(stretchBetween(quiet, recorded.recorder.profile()))
  expect([finding?.account, finding?.command]).toEqual(['work', 'UID FETCH'])
})
