import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AppError } from '../../src/model/errors.ts'
import type { AppErrorOptions, ErrorCode } from '../../src/model/errors.ts'
import { AccountPace } from '../../src/sync/account-pace.ts'
import { backOffMs, failureKind, retryDelayMs } from '../../src/sync/retry-policy.ts'

const failure = (code: ErrorCode, details: Partial<AppErrorOptions> = {}) =>
  new AppError({ code, message: 'could not connect', ...details })
const delays = (error: AppError, { random = 0.5, leftMs = Infinity } = {}) =>
  [1, 2, 3, 4, 5].map((attempt) => retryDelayMs({ attempt, error, random, leftMs }))
const lost = ['SERVER_UNREACHABLE', 'CONNECTION_LOST', 'PROTOCOL_VIOLATION'] as const
const final = [
  'LOGIN_REJECTED',
  'SECRET_UNAVAILABLE',
  'TLS_REFUSED',
  'COMMAND_REJECTED',
  'STORE_FULL',
  'STORE_IO',
  'CONFIG_INVALID',
  'INTERRUPTED',
] as const

describe('after a failure', () => {
  test.each(lost)('%s is tried three times in all', (code) => {
    expect(failureKind(failure(code))).toBe('lost')
    expect(delays(failure(code))).toEqual([250, 500, undefined, undefined, undefined])
  })

  test.each(final)('F24 %s is final', (code) => {
    expect(delays(failure(code))).toEqual([undefined, undefined, undefined, undefined, undefined])
  })

  test('F28 THROTTLED is tried four times in all, after longer waits', () => {
    expect(delays(failure('THROTTLED', { throttle: 'pause' }))).toEqual([1000, 2000, 4000, undefined, undefined])
  })

  test('F28 a wait that the server names is never cut short, nor begun when it would outlast the run', () => {
    const error = failure('THROTTLED', { throttle: 'pause', retryAfterMs: 92_415 })
    expect(delays(error, { random: 0 }).slice(0, 2)).toEqual([92_415, 92_415])
    const [jittered = 0] = delays(error, { random: 0.999 })
    expect(jittered).toBeGreaterThan(96_000)
    expect(jittered).toBeLessThan(97_100)
    expect(delays(error, { random: 0, leftMs: 92_415 })[0]).toBe(92_415)
    expect(delays(error, { random: 0, leftMs: 92_414 })[0]).toBeUndefined()
  })

  test('F29 an allowance that is spent is not asked for again in this run', () => {
    expect(delays(failure('THROTTLED', { throttle: 'later', retryAfterMs: 1000 }))[0]).toBeUndefined()
  })

  test('F27 a login that leads nowhere is tried once more', () => {
    const error = failure('LOGIN_REJECTED', { retryAfterMs: 30_000 })
    expect(failureKind(error)).toBe('login')
    expect(delays(error, { random: 0 })).toEqual([30_000, undefined, undefined, undefined, undefined])
  })

  test('F32 the wait doubles, has full jitter, and is five minutes at most', () => {
    expect([1, 2, 3, 4].map((attempt) => backOffMs(attempt, 0.999_999))).toEqual([500, 1000, 2000, 4000])
    expect(backOffMs(1000, 0.999_999_999)).toBe(300_000)
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, random) => {
          const delayMs = backOffMs(attempt, random)
          expect(delayMs).toBeGreaterThanOrEqual(0)
          expect(delayMs).toBeLessThanOrEqual(300_000)
        },
      ),
    )
  })
})

const clockAt = (now: { ms: number }) => ({
  monotonicMs: () => now.ms,
  random: () => 0,
  delay: () => Promise.resolve(),
})

describe('the pace of an account', () => {
  const throttled = failure('THROTTLED', { throttle: 'pause', retryAfterMs: 240_000 })

  test('F28 without an end of its own a run waits ten minutes for one step forward, and after it again', () => {
    const pace = new AccountPace(clockAt({ ms: 0 }), undefined)
    const waits = () => [1, 2, 3].map(() => pace.delayAfter(throttled, 1))
    expect(waits()).toEqual([240_000, 240_000, undefined])
    pace.noteProgress()
    expect(waits()).toEqual([240_000, 240_000, undefined])
  })

  test('F28 a run with an end waits up to it, however long that is', () => {
    const now = { ms: 1000 }
    const pace = new AccountPace(clockAt(now), 1_000_000)
    const waits = [1, 2, 3, 4, 5].map(() => {
      pace.noteProgress()
      const delayMs = pace.delayAfter(throttled, 1)
      now.ms += delayMs ?? 0
      return delayMs
    })
    expect(waits).toEqual([240_000, 240_000, 240_000, 240_000, undefined])
  })

  test('F32 progress makes the next refusal the first again', () => {
    const pace = new AccountPace(clockAt({ ms: 0 }), undefined)
    const soon = failure('THROTTLED', { throttle: 'pause', retryAfterMs: 10 })
    const refusals = () => [1, 2, 3, 4].map(() => pace.delayAfter(soon, 1))
    expect(refusals()).toEqual([10, 10, 10, undefined])
    pace.noteProgress()
    expect(refusals()).toEqual([10, 10, 10, undefined])
  })
})
