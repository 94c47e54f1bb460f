import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { noCost } from '../../src/model/lane.ts'
import type { Lane, LaneState } from '../../src/model/lane.ts'
import { createLaneRecorder } from '../../src/profile/recorder.ts'

/** A recorder with a clock that is set by hand. */
function recorderAt(start: number) {
  const clock = { now: start }
  return { clock, recorder: createLaneRecorder(() => clock.now) }
}

describe('a recorder', () => {
  test('gives the lane view and the blame view of a run exactly', () => {
    const { clock, recorder } = recorderAt(1000)
    clock.now = 1010
    const alice = recorder.openLane('alice')
    const bob = recorder.openLane('bob')
    clock.now = 1020
    alice.enter('wait: connect')
    clock.now = 1060
    alice.enter('wait: auth')
    clock.now = 1100
    bob.enter('wait: connect')
    clock.now = 1140
    alice.commandSent('LIST', 30)
    clock.now = 1200
    alice.arrival(500)
    const parsed = alice.cpu('cpu: parse', () => {
      clock.now = 1250
      alice.commandEnded()
      clock.now = 1260
      return 'parsed'
    })
    clock.now = 1300
    bob.enter('wait: backoff')
    clock.now = 1340
    alice.close()
    clock.now = 1400
    expect(parsed).toBe('parsed')
    expect(recorder.totals('alice')).toEqual({
      roundTrips: 1,
      receivedOctets: 500,
      sentOctets: 30,
      microsByState: { idle: 90, 'wait: connect': 40, 'wait: auth': 80, 'wait: first byte': 60, 'cpu: parse': 60 },
      blameByState: { 'wait: connect': 40, 'wait: auth': 60, 'wait: first byte': 30, 'cpu: parse': 60 },
    })
    expect(recorder.totals('bob')).toEqual({
      roundTrips: 0,
      receivedOctets: 0,
      sentOctets: 0,
      microsByState: { idle: 90, 'wait: connect': 200, 'wait: backoff': 100 },
      blameByState: { 'wait: connect': 90, 'wait: backoff': 100 },
    })
    expect([recorder.elapsedMicros(), recorder.unblamedMicros()]).toEqual([400, 20])
  })

  test('tells up to now, whenever it is asked, and keeps what closed lanes took', () => {
    const { clock, recorder } = recorderAt(0)
    const first = recorder.openLane('alice')
    first.enter('wait: tls')
    const asked: number[] = []
    for (clock.now = 10; clock.now <= 40; clock.now += 10) {
      if (clock.now === 30) first.close()
      asked.push(recorder.totals('alice').microsByState['wait: tls'] ?? 0)
    }
    expect(asked).toEqual([10, 20, 30, 30])
    first.enter('wait: tls')
    first.commandSent('LOGOUT', 10)
    first.arrival(10)
    expect(first.cpu('cpu: parse', () => (clock.now += 10))).toBe(60)
    first.close()
    expect(recorder.totals('alice')).toEqual({
      roundTrips: 0,
      receivedOctets: 0,
      sentOctets: 0,
      microsByState: { 'wait: tls': 30 },
      blameByState: { 'wait: tls': 30 },
    })
  })

  test('moves from the first byte to the transfer at the first arrival, and from nowhere else', () => {
    const { clock, recorder } = recorderAt(0)
    const lane = recorder.openLane('alice')
    lane.enter('wait: connect')
    clock.now = 10
    lane.arrival(100)
    clock.now = 30
    lane.commandSent('UID FETCH', 20)
    clock.now = 60
    lane.arrival(1000)
    clock.now = 100
    lane.arrival(1000)
    clock.now = 150
    lane.commandEnded()
    lane.arrival(5)
    clock.now = 210
    expect(recorder.totals('alice')).toMatchObject({
      roundTrips: 1,
      receivedOctets: 2105,
      sentOctets: 20,
      microsByState: { 'wait: connect': 30, 'wait: first byte': 30, 'wait: transfer': 90, idle: 60 },
    })
  })

  test('goes back to the state around a section, also when the section throws or holds another', () => {
    const { clock, recorder } = recorderAt(0)
    const lane = recorder.openLane('alice')
    lane.enter('wait: transfer')
    const section = (): void => {
      clock.now += 5
      lane.cpu('cpu: parse', () => (clock.now += 5))
      clock.now += 5
      throw new Error('broken mail')
    }
    expect(() => lane.cpu('cpu: parse', section)).toThrow('broken mail')
    clock.now += 100
    expect(recorder.totals('alice').microsByState).toEqual({ 'cpu: parse': 15, 'wait: transfer': 100 })
  })

  test('ends the section of a lane that is closed within it', () => {
    const { clock, recorder } = recorderAt(0)
    const lane = recorder.openLane('alice')
    const other = recorder.openLane('bob')
    other.enter('wait: tls')
    lane.cpu('cpu: parse', () => {
      clock.now += 10
      lane.close()
      clock.now += 10
    })
    clock.now += 10
    expect(recorder.totals('alice').blameByState).toEqual({ 'cpu: parse': 10 })
    expect(recorder.totals('bob').blameByState).toEqual({ 'wait: tls': 20 })
  })

  test("adds the writer thread's time beside the lanes, and blames nobody for it", () => {
    const { clock, recorder } = recorderAt(0)
    recorder.openLane('alice').enter('wait: writer')
    clock.now = 10
    const cost = { ...noCost, hashMicros: 1, compressMicros: 2, sqliteMicros: 3, commitMicros: 0 }
    recorder.writerBusy('alice', cost)
    recorder.writerBusy('alice', cost)
    expect(recorder.totals('alice')).toMatchObject({
      microsByState: { 'wait: writer': 10, 'writer: hash': 2, 'writer: compress': 4, 'writer: sqlite': 6 },
      blameByState: { 'wait: writer': 10 },
    })
  })

  test('knows nothing of an account that it has not seen', () => {
    expect(recorderAt(0).recorder.totals('carol')).toEqual({
      roundTrips: 0,
      receivedOctets: 0,
      sentOctets: 0,
      microsByState: {},
      blameByState: {},
    })
  })

  test('lets time stand still while its clock goes back', () => {
    const { clock, recorder } = recorderAt(100)
    recorder.openLane('alice').enter('wait: tls')
    clock.now = 150
    recorder.totals('alice')
    clock.now = 120
    expect(recorder.totals('alice').microsByState).toEqual({ 'wait: tls': 50 })
    clock.now = 160
    expect(recorder.totals('alice').microsByState).toEqual({ 'wait: tls': 60 })
  })
})

const accounts = ['alice', 'bob', 'carol'] as const
const states: readonly LaneState[] = ['idle', 'wait: connect', 'wait: first byte', 'wait: writer', 'wait: backoff']

/** One step of a run. `lane` numbers a lane, modulo those that there are. */
const step = fc.record({
  act: fc.constantFrom('open', 'enter', 'enter', 'enter', 'section', 'section', 'close'),
  lane: fc.nat(20),
  account: fc.constantFrom(...accounts),
  state: fc.constantFrom(...states),
  passed: fc.nat(1000),
  /** Entered within a section; undefined: nothing is. */
  within: fc.option(fc.constantFrom(...states), { nil: undefined }),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

interface OracleLane {
  readonly account: string
  /** undefined: closed. */
  state: LaneState | undefined
}

/** Keeps every instant's whole picture, and only then adds up: as many lanes as there are, at each event. */
class Oracle {
  readonly lanes: OracleLane[] = []
  readonly #pictures: { readonly micros: number; readonly lanes: readonly OracleLane[] }[] = []

  pass(micros: number): void {
    this.#pictures.push({ micros, lanes: this.lanes.map((lane) => ({ ...lane })) })
  }

  /** [lane view, blame view] of an account; of nobody with undefined. */
  views(account: string | undefined): readonly [Map<string, number>, Map<string, number>] {
    const lanesView = new Map<string, number>()
    const blameView = new Map<string, number>()
    for (const { micros, lanes } of this.#pictures) {
      const holders = lanes.filter(({ state }) => state?.startsWith('cpu: ') ?? false)
      const waiters = lanes.filter(({ state }) => state?.startsWith('wait: ') ?? false)
      const blamed = holders.length > 0 ? holders : waiters
      for (const lane of lanes) if (lane.account === account) add(lanesView, lane.state, micros)
      for (const lane of blamed) if (lane.account === account) add(blameView, lane.state, micros / blamed.length)
      if (blamed.length === 0 && account === undefined) add(blameView, 'idle', micros)
    }
    return [lanesView, blameView]
  }
}

function add(view: Map<string, number>, state: LaneState | undefined, micros: number): void {
  if (state !== undefined && micros > 0) view.set(state, (view.get(state) ?? 0) + micros)
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, number) => total + number, 0)
}

function play(steps: readonly Step[]) {
  const { clock, recorder } = recorderAt(0)
  const oracle = new Oracle()
  const lanes: Lane[] = []
  const pass = (micros: number): void => {
    clock.now += micros
    oracle.pass(micros)
  }
  const apply = ({ act, lane: number, account, state, passed, within }: Step): void => {
    const at = lanes.length === 0 ? 0 : number % lanes.length
    const lane = lanes[at]
    const shadow = oracle.lanes[at]
    if (act === 'open' || lane === undefined || shadow === undefined) {
      lanes.push(recorder.openLane(account))
      oracle.lanes.push({ account, state: 'idle' })
    } else if (act === 'enter') {
      lane.enter(state)
      if (shadow.state !== undefined) shadow.state = state
    } else if (act === 'close') {
      lane.close()
      shadow.state = undefined
    } else {
      const before = shadow.state
      if (before !== undefined) shadow.state = 'cpu: parse'
      lane.cpu('cpu: parse', () => {
        pass(passed)
        if (within !== undefined) lane.enter(within)
        pass(passed)
      })
      if (before !== undefined) shadow.state = within ?? before
    }
    pass(passed)
  }
  for (const each of steps) apply(each)
  return { clock, recorder, oracle }
}

function expectClose(actual: Readonly<Record<string, number>>, expected: ReadonlyMap<string, number>): void {
  expect(Object.keys(actual).toSorted()).toEqual([...expected.keys()].toSorted())
  for (const [state, micros] of expected) expect(actual[state]).toBeCloseTo(micros, 5)
}

describe('whatever lanes do', () => {
  test('both views are those of a naive oracle, and the blame sums to the elapsed time', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { clock, recorder, oracle } = play(steps)
        const totals = accounts.map((account) => recorder.totals(account))
        for (const [index, account] of accounts.entries()) {
          const [lanesView, blameView] = oracle.views(account)
          expectClose(totals[index]?.microsByState ?? {}, lanesView)
          expectClose(totals[index]?.blameByState ?? {}, blameView)
        }
        expect(recorder.unblamedMicros()).toBeCloseTo(sum(oracle.views(undefined)[1].values()), 5)
        const blamed = sum(totals.flatMap(({ blameByState }) => Object.values(blameByState)))
        expect(blamed + recorder.unblamedMicros()).toBeCloseTo(clock.now, 5)
        expect(recorder.elapsedMicros()).toBe(clock.now)
      }),
      { numRuns: 500 },
    )
  })

  test('lanes that stay open sum to their number times the elapsed time', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 5 }), (steps, count) => {
        const { clock, recorder } = recorderAt(0)
        const lanes = Array.from({ length: count }, () => recorder.openLane('alice'))
        for (const { lane: number, state, passed } of steps) {
          lanes[number % count]?.enter(state)
          clock.now += passed
        }
        expect(sum(Object.values(recorder.totals('alice').microsByState))).toBe(count * clock.now)
      }),
    )
  })
})

/** A loop that has slept for as long as the test says: milliseconds. */
function recorderWithLoop() {
  const clock = { now: 0, slept: 0 }
  const recorder = createLaneRecorder(
    () => clock.now,
    () => clock.slept,
  )
  return { clock, recorder }
}

describe('a profile', () => {
  test('tells each command, and where its time went', () => {
    const { clock, recorder } = recorderWithLoop()
    const lane = recorder.openLane('ada')
    clock.now = 100
    lane.setMailbox('INBOX')
    lane.commandSent('UID FETCH', 30, 7)
    clock.now = 400
    clock.slept = 1
    lane.arrival(500)
    lane.cpu('cpu: parse', () => {
      clock.now = 450
    })
    lane.enter('wait: writer')
    clock.now = 600
    lane.enter('wait: transfer')
    clock.now = 700
    clock.slept = 2
    lane.arrival(100)
    lane.commandEnded()
    clock.now = 1000
    const { commands, sums, elapsedMicros, unblamedMicros, lanes } = recorder.profile()
    const times = { sentAt: 100, firstAt: 400, endedAt: 700, cpuMicros: 50, queuedMicros: 0, writerMicros: 150 }
    const octets = { sentOctets: 30, receivedOctets: 600, gapAt: 100, gapMicros: 300, messages: 7 }
    expect(commands).toEqual([{ lane: 1, account: 'ada', mailbox: 'INBOX', name: 'UID FETCH', ...times, ...octets }])
    expect(sums).toContainEqual({
      account: 'ada',
      mailbox: 'INBOX',
      command: 'UID FETCH',
      laneMicros: { 'wait: first byte': 300, 'wait: transfer': 100, 'wait: writer': 150, 'cpu: parse': 50 },
      blameMicros: { 'wait: first byte': 300, 'wait: transfer': 100, 'wait: writer': 150, 'cpu: parse': 50 },
    })
    expect([elapsedMicros, unblamedMicros, lanes]).toEqual([1000, 400, 1])
  })

  test('the longest gap of a command leaves out what we did meanwhile', () => {
    const { clock, recorder } = recorderWithLoop()
    const lane = recorder.openLane('ada')
    const arrivesAt = (now: number): void => {
      clock.now = now
      clock.slept++
      lane.arrival(10)
    }
    lane.commandSent('UID FETCH', 1)
    arrivesAt(100)
    lane.enter('wait: writer')
    clock.now = 5000
    lane.enter('wait: transfer')
    arrivesAt(5200)
    arrivesAt(5500)
    arrivesAt(5550)
    lane.commandEnded()
    expect(recorder.profile().commands).toMatchObject([{ gapAt: 5200, gapMicros: 300 }])
  })

  test('tells a slow server from a loop that was busy with another account', () => {
    const { clock, recorder } = recorderWithLoop()
    const [alice, bob] = [recorder.openLane('alice'), recorder.openLane('bob')]
    alice.commandSent('UID FETCH', 1)
    clock.now = 100
    clock.slept = 5
    bob.cpu('cpu: parse', () => {
      clock.now = 900
    })
    // The loop did not sleep in between: it may have been there since bob began.
    alice.arrival(10)
    alice.commandEnded()
    alice.commandSent('UID FETCH', 1)
    clock.now = 1500
    clock.slept = 9
    alice.arrival(10)
    alice.commandEnded()
    const { heldUp, sums, commands } = recorder.profile()
    expect(heldUp).toEqual([{ account: 'alice', by: 'bob', micros: 800 }])
    const { laneMicros } = sums.find(({ account, command }) => account === 'alice' && command === 'UID FETCH') ?? {}
    expect(laneMicros).toEqual({ 'wait: first byte': 700, 'wait: own loop': 800 })
    expect(commands.map(({ queuedMicros }) => queuedMicros)).toEqual([800, 0])
  })

  test('holds no name that could be taken for something else', () => {
    const { recorder } = recorderWithLoop()
    const lane = recorder.openLane('a;b')
    lane.setMailbox('x\u001b[2J\u202E;\n')
    lane.commandSent('EXAMINE', 1)
    lane.commandEnded()
    const [command] = recorder.profile().commands
    expect([command?.account, command?.mailbox]).toEqual(['a%3Bb', 'x%1B[2J%202E%3B%0A'])
  })
})
