import { expect, test } from 'vitest'
import type { DeliveryOutcome, HookHealth } from '../../src/hooks/ports.ts'
import { healthy, longestPauseMs, pauseLeftMs, settleDelivery } from '../../src/hooks/settle-delivery.ts'

const refused: DeliveryOutcome = { kind: 'refused', reason: 'HTTP status 404' }
const away: DeliveryOutcome = { kind: 'unavailable', reason: 'connection refused' }

interface Told {
  readonly pauses: readonly number[]
  readonly health: HookHealth
  readonly gaveUpAfterMs: number | undefined
}

/** One attempt after the other, each as soon as it may be; a change alone. */
function repeat(outcome: DeliveryOutcome, attempts: number, start: HookHealth = healthy): Told {
  let health = start
  let nowMs = 1_000_000
  const pauses: number[] = []
  for (let attempt = 0; attempt < attempts; attempt++) {
    const settled = settleDelivery(health, { outcome, changes: 1, nowMs, chance: 1 })
    if (settled.kind === 'give-up') return { pauses, health, gaveUpAfterMs: nowMs - 1_000_000 }
    if (settled.kind !== 'pause') throw new Error(settled.kind)
    health = settled.health
    pauses.push(settled.pausedMs)
    nowMs += pauseLeftMs(health, nowMs)
  }
  return { pauses, health, gaveUpAfterMs: undefined }
}

test('a change that is refused is given up after ten refusals over at least an hour, not before', () => {
  const { pauses, gaveUpAfterMs } = repeat(refused, 100)
  expect(pauses.slice(0, 10)).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000])
  expect(gaveUpAfterMs).toBeGreaterThanOrEqual(3_600_000)
  expect(gaveUpAfterMs).toBeLessThan(3_600_000 + longestPauseMs)
})

test('a change is not given up by a few refusals, however far apart they are: a sync may run once a day', () => {
  let health = healthy
  const kinds = Array.from({ length: 10 }, (_, day) => {
    const settled = settleDelivery(health, { outcome: refused, changes: 1, nowMs: day * 86_400_000, chance: 0 })
    if (settled.kind === 'pause') health = settled.health
    return settled.kind
  })
  expect(kinds).toEqual([...Array.from({ length: 9 }, () => 'pause'), 'give-up'])
})

test('an outage never counts against a change, however long it lasts', () => {
  const { pauses, health, gaveUpAfterMs } = repeat(away, 10_000)
  expect([gaveUpAfterMs, health.failures, health.condition, Math.max(...pauses)]).toEqual([
    undefined,
    0,
    'outage',
    longestPauseMs,
  ])
})

test('what a change has been refused for is remembered through an outage', () => {
  const { health } = repeat(refused, 3)
  const after = repeat(away, 5, health).health
  expect([after.failures, after.failingSinceMs]).toEqual([3, 1_000_000])
})

test('of several changes none is blamed: they are tried one by one', () => {
  const attempt = { outcome: refused, changes: 2, nowMs: 5, chance: 0 }
  expect(settleDelivery(healthy, attempt)).toEqual({ kind: 'single-out' })
})

const pauseOf = (retryAfterMs: number | undefined, chance: number): number | undefined => {
  const outcome = { kind: 'unavailable', reason: 'HTTP status 429', retryAfterMs } as const
  const settled = settleDelivery(healthy, { outcome, changes: 3, nowMs: 0, chance })
  return settled.kind === 'pause' ? settled.pausedMs : undefined
}

test('a pause is as long as the receiver asks for, up to five minutes, and half of it is chance', () => {
  expect([pauseOf(undefined, 0), pauseOf(undefined, 1), pauseOf(7000, 0), pauseOf(1e9, 0)]).toEqual([
    500, 1000, 7000, 300_000,
  ])
})

test('a clock that was put back does not make a pause last for years', () => {
  const paused = { ...healthy, pausedUntilMs: 1e12 }
  expect([pauseLeftMs(paused, 1e12 - 1000), pauseLeftMs(paused, 1e11)]).toEqual([1000, 0])
})

const suspect: DeliveryOutcome = { kind: 'unavailable', reason: 'HTTP status 500', isSuspect: true }
const day = 86_400_000

test('a change over which a receiver fails each time is given up after a day, not before, nor for a few failures', () => {
  const { gaveUpAfterMs, health } = repeat(suspect, 1000)
  expect(gaveUpAfterMs).toBeGreaterThanOrEqual(day)
  expect(gaveUpAfterMs).toBeLessThan(day + longestPauseMs)
  expect(health.condition).toBe('suspect')
  const rare = settleDelivery(
    { ...health, failures: 18, failingSinceMs: 0 },
    { outcome: suspect, changes: 1, nowMs: 9 * day, chance: 0 },
  )
  expect(rare.kind).toBe('pause')
})

test('several changes at once are no suspects, and an outage in between is held against none', () => {
  const several = settleDelivery(healthy, { outcome: suspect, changes: 2, nowMs: 5, chance: 0 })
  expect(several).toMatchObject({
    kind: 'pause',
    health: { condition: 'outage', failures: 0, failingSinceMs: undefined },
  })
  const { health } = repeat(suspect, 3)
  const away3 = repeat(away, 3, health).health
  expect([away3.condition, away3.failures, away3.outages]).toEqual(['suspect', 3, 6])
})

test('a refusal after failures begins to count anew', () => {
  const { health } = repeat(suspect, 30)
  const { failures, condition } = repeat(refused, 1, health).health
  expect([failures, condition]).toEqual([1, 'refused'])
})
