import { describe, expect, test } from 'vitest'
import type { DoctorClock } from '../../src/doctor/ports.ts'
import { runCheck } from '../../src/doctor/run-check.ts'
import type { Check } from '../../src/doctor/run-check.ts'
import { AppError } from '../../src/model/errors.ts'

/** No limit is ever reached. */
const patient: DoctorClock = {
  delay: (_ms, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('no longer waited for')))
    }),
}
/** Every limit is reached at once. */
const hasty: DoctorClock = { delay: () => Promise.resolve() }

const never = new AbortController().signal
const check = (run: Check['run']): Check => ({ name: 'dns', limitMs: 2000, run })
const throwing = (error: unknown): Check =>
  check(() => {
    throw error
  })

describe('a check', () => {
  test('gives its findings', async () => {
    const finding = { check: 'dns', state: 'good', text: 'fine' } as const
    expect(
      await runCheck(
        check(() => Promise.resolve([finding])),
        patient,
        never,
      ),
    ).toEqual([finding])
  })

  test('that fails is a finding with the remedy that the error has', async () => {
    const error = new AppError({ code: 'SERVER_UNREACHABLE', message: 'could not reach it', hint: 'look at the cable' })
    expect(await runCheck(throwing(error), patient, never)).toEqual([
      { check: 'dns', state: 'bad', text: 'could not reach it', remedy: 'look at the cable' },
    ])
  })

  test('that only has to wait is nothing to mend', async () => {
    const error = new AppError({ code: 'THROTTLED', message: 'not now', hint: 'in a few minutes' })
    expect(await runCheck(throwing(error), patient, never)).toEqual([
      { check: 'dns', state: 'note', text: 'not now', remedy: 'in a few minutes' },
    ])
  })

  test('that has a bug is said to be one, and stops nothing', async () => {
    const [finding] = await runCheck(throwing(new TypeError('x is undefined')), patient, never)
    expect(finding).toMatchObject({ state: 'bad', text: 'it could not be checked: x is undefined' })
  })

  test('that takes too long is left, and told so', async () => {
    let isTold = false
    const endless = check(
      (signal) =>
        new Promise(() => {
          signal.addEventListener('abort', () => (isTold = true))
        }),
    )
    expect(await runCheck(endless, hasty, never)).toMatchObject([
      { check: 'dns', state: 'bad', text: 'it was not done within 2 s' },
    ])
    expect(isTold).toBe(true)
  })

  test('that is interrupted throws: the command ends', async () => {
    const controller = new AbortController()
    const reason = new AppError({ code: 'INTERRUPTED', message: 'interrupted' })
    const waiting = check(() => new Promise(() => undefined))
    const running = runCheck(waiting, patient, controller.signal)
    controller.abort(reason)
    await expect(running).rejects.toBe(reason)
  })
})
