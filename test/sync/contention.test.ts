import * as fc from 'fast-check'
import { test } from 'vitest'
import { contention, expectToShare } from './contention.ts'

test('F16 F32 accounts that share few slots at a failing server end, leave nothing open, and recover', async () => {
  await fc.assert(fc.asyncProperty(contention, expectToShare), { numRuns: 4 })
})
