import * as fc from 'fast-check'
import { test } from 'vitest'
import { chaos, expectToSurvive } from './chaos.ts'

test('thousands of chances for the engine to hang, to lose or to lie', async () => {
  await fc.assert(fc.asyncProperty(chaos, expectToSurvive), { numRuns: 5000 })
})
