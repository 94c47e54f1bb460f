import * as fc from 'fast-check'
import { test } from 'vitest'
import { happening } from './history.ts'
import { expectToConverge, histories } from './tiers.ts'

test('F51 thousands of histories give the same mirror with each extension switched off in turn', async () => {
  const property = fc.asyncProperty(histories(happening), async (history) => {
    await expectToConverge(history)
  })
  await fc.assert(property, { numRuns: 3000 })
})
