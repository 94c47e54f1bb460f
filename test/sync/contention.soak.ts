import * as fc from 'fast-check'
import { test } from 'vitest'
import { contention, expectToShare } from './contention.ts'

test('hundreds of chances for accounts to wait for each other for ever, or to lose a slot', async () => {
  await fc.assert(fc.asyncProperty(contention, expectToShare), { numRuns: 300 })
})
