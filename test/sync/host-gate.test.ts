import { describe, expect, test } from 'vitest'
import { AppError } from '../../src/model/errors.ts'
import { HostGates } from '../../src/sync/host-gate.ts'
import type { Attempt } from '../../src/sync/host-gate.ts'
import type { Clock } from '../../src/sync/ports.ts'

const never = new AbortController().signal
const error = new AppError({ code: 'SERVER_UNREACHABLE', message: 'nothing listens there', concernsHost: true })

/** Time passes only while somebody waits. */
function steppingClock(): Clock & { readonly waits: readonly number[] } {
  const waits: number[] = []
  let nowMs = 0
  return {
    waits,
    monotonicMs: () => nowMs,
    random: () => 0.5,
    delay: (ms, signal) => {
      if (signal.aborted) return Promise.reject(new AppError({ code: 'INTERRUPTED', message: 'interrupted' }))
      waits.push(ms)
      nowMs += ms
      return Promise.resolve()
    },
  }
}

function gate() {
  const clock = steppingClock()
  const gates = new HostGates(clock)
  return { clock, gates, gate: gates.gateOf({ host: 'imap.example.org', port: 993 }) }
}

describe('F32 the attempts of all accounts at one server', () => {
  test('all pass while it is well, and again once it is', async () => {
    const { clock, gate: one } = gate()
    await Promise.all(['a', 'b', 'c'].map((name) => one.enter(name, never)))
    ;(await one.enter('a', never)).failed(error)
    expect(one.delayMs).toBe(250)
    ;(await one.enter('b', never)).succeeded()
    await Promise.all(['a', 'b', 'c'].map((name) => one.enter(name, never)))
    expect(clock.waits).toEqual([250])
  })

  test('are spaced further and further while it fails, and those of other servers are not', async () => {
    const { clock, gates, gate: one } = gate()
    for (let attempt = 1; attempt <= 4; attempt++) (await one.enter('a', never)).failed(error)
    expect(clock.waits).toEqual([250, 500, 1000])
    await gates.gateOf({ host: 'imap.example.org', port: 143 }).enter('b', never)
    await gates.gateOf({ host: 'imap.example.com', port: 993 }).enter('c', never)
    expect(clock.waits).toHaveLength(3)
  })

  test('that were under way together count as one failure', async () => {
    const { clock, gate: one } = gate()
    const together = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => one.enter(name, never)))
    for (const attempt of together) attempt.failed(error)
    await one.enter('a', never)
    expect(clock.waits).toEqual([250])
  })

  test('end for those who wait once several accounts have failed often enough, and begin again a minute later', async () => {
    const { clock, gate: one } = gate()
    for (const name of ['a', 'b', 'c']) (await one.enter(name, never)).failed(error)
    const waiting = Array.from({ length: 97 }, (_, index) => one.enter(`account ${index}`, never))
    const outcomes = await Promise.allSettled(waiting)
    expect(outcomes).toEqual(waiting.map(() => ({ status: 'rejected', reason: error })))
    const waitedForThem = clock.waits.length
    expect(waitedForThem).toBe(2)
    await clock.delay(60_000, never)
    ;(await one.enter('z', never)).succeeded()
    await one.enter('a', never)
  })

  test('are not ended by one account that fails alone', async () => {
    const { gate: one } = gate()
    for (let attempt = 1; attempt <= 5; attempt++) (await one.enter('a', never)).failed(error)
    const attempt: Attempt = await one.enter('b', never)
    attempt.succeeded()
    expect(one.delayMs).toBe(0)
  })

  test('F13 an interruption ends the whole line', async () => {
    const { gate: one } = gate()
    const interrupt = new AbortController()
    ;(await one.enter('a', never)).failed(error)
    interrupt.abort()
    const outcomes = await Promise.allSettled(['b', 'c'].map((name) => one.enter(name, interrupt.signal)))
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { code: 'INTERRUPTED' } })
    ;(await one.enter('d', never)).succeeded()
  })
})
