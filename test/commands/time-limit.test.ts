import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { TimeLimit } from '../../src/commands/time-limit.ts'
import type { Clock } from '../../src/sync/ports.ts'

interface ScriptedClock extends Clock {
  readonly waits: readonly number[]
  pass(): void
}

/** Time passes when the test says so; a wait that is given up rejects, as the contract has it. */
function scriptedClock(): ScriptedClock {
  const turns: (() => void)[] = []
  const waits: number[] = []
  return {
    waits,
    pass: () => turns.forEach((turn) => turn()),
    monotonicMs: () => 0,
    random: () => 0,
    delay: (ms, signal) =>
      new Promise((resolve, reject) => {
        waits.push(ms)
        turns.push(resolve)
        signal.addEventListener('abort', () => reject(new Error('given up')))
      }),
  }
}

test('when the time is up the signal fires, and the process is not interrupted', async () => {
  const clock = scriptedClock()
  const process = new AbortController()
  using limit = new TimeLimit(clock, process.signal, 5000)
  expect([clock.waits, limit.signal.aborted]).toEqual([[5000], false])
  clock.pass()
  await new Promise((resolve) => limit.signal.addEventListener('abort', resolve))
  expect([limit.signal.aborted, process.signal.aborted]).toEqual([true, false])
})

test('a limit that nobody looked at before memory was collected has fired all the same', async () => {
  setFlagsFromString('--expose-gc')
  const process = new AbortController()
  using limit = new TimeLimit(await limitThatPasses(), process.signal, 5000)
  // The wait is over and forgotten; nothing but the limit itself still knows of it.
  await new Promise((resolve) => setTimeout(resolve, 10))
  runInNewContext('gc()')
  expect(limit.signal.aborted).toBe(true)
})

/** A clock without a memory, on which every wait is over at once. */
function limitThatPasses(): Promise<Clock> {
  return Promise.resolve({ monotonicMs: () => 0, random: () => 0, delay: () => Promise.resolve() })
}

test('an interruption fires it, too', () => {
  const process = new AbortController()
  using limit = new TimeLimit(scriptedClock(), process.signal, 5000)
  process.abort()
  expect(limit.signal.aborted).toBe(true)
})

test('without a limit nothing is waited for', () => {
  const clock = scriptedClock()
  const process = new AbortController()
  using limit = new TimeLimit(clock, process.signal, undefined)
  expect([clock.waits, limit.signal === process.signal]).toEqual([[], true])
})

test('a run that ends before its time leaves no wait behind', async () => {
  const clock = scriptedClock()
  const { signal } = new AbortController()
  const limit = new TimeLimit(clock, signal, 5000)
  limit[Symbol.dispose]()
  // A rejected wait that nobody handles would end the test run.
  await Promise.resolve()
  expect(limit.signal.aborted).toBe(false)
})
