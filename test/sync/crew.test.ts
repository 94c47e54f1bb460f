import { describe, expect, test } from 'vitest'
import { AppError } from '../../src/model/errors.ts'
import { Crew } from '../../src/sync/crew.ts'
import { PassScheduler } from '../../src/sync/pass-scheduler.ts'

function crewOf(...workers: readonly object[]): Crew {
  const crew = new Crew(new PassScheduler([]))
  for (const _ of workers) crew.join()
  return crew
}

describe('the workers of an account', () => {
  const [first, second, third] = [{ nr: 1 }, { nr: 2 }, { nr: 3 }]

  test('F16 may leave as long as another one stays', () => {
    const crew = crewOf(first, second, third)
    expect([crew.leave(first), crew.leave(second), crew.leave(third)]).toEqual([true, true, false])
  })

  test('F28 are dismissed by the first that the server throttles, and that one may not leave', () => {
    const crew = crewOf(first, second, third)
    expect([crew.slowDown(second), crew.slowDown(first)]).toEqual([true, false])
    expect([first, second, third].map((worker) => crew.isDismissed(worker))).toEqual([true, false, true])
    // Others are still there, on their way out.
    expect(crew.leave(second)).toBe(false)
  })

  test('stop for the first reason', () => {
    const crew = crewOf(first, second)
    const reason = new AppError({ code: 'THROTTLED', message: 'slow down' })
    crew.stop(reason)
    crew.stop(new Error('later'))
    expect(crew.stopReason).toBe(reason)
  })
})
