import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AppError } from '../../src/model/errors.ts'
import type { ErrorCode } from '../../src/model/errors.ts'
import { backOffMs, retryDelayMs } from '../../src/sync/retry-policy.ts'

const failure = (code: ErrorCode) => new AppError({ code, message: 'could not connect' })
const transient = ['SERVER_UNREACHABLE', 'CONNECTION_LOST', 'PROTOCOL_VIOLATION'] as const
const final = [
  'LOGIN_REJECTED',
  'SECRET_UNAVAILABLE',
  'TLS_REFUSED',
  'THROTTLED',
  'COMMAND_REJECTED',
  'STORE_FULL',
  'STORE_IO',
  'CONFIG_INVALID',
  'INTERRUPTED',
] as const

describe('after a failure', () => {
  test.each(transient)('%s is tried three times in all', (code) => {
    const error = failure(code)
    expect(retryDelayMs({ attempt: 1, error, random: 0.5 })).toBe(250)
    expect(retryDelayMs({ attempt: 2, error, random: 0.5 })).toBe(500)
    expect(retryDelayMs({ attempt: 3, error, random: 0.5 })).toBeUndefined()
  })

  test.each(final)('F24 %s is final', (code) => {
    expect(retryDelayMs({ attempt: 1, error: failure(code), random: 0.5 })).toBeUndefined()
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
