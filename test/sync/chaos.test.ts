import * as fc from 'fast-check'
import { test } from 'vitest'
import { chaos, expectToSurvive } from './chaos.ts'

test('any few faults and disturbances at once leave sound statements, no hang, and a mirror that recovers', async () => {
  await fc.assert(fc.asyncProperty(chaos, expectToSurvive), { numRuns: 12 })
})
