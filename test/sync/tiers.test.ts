import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { happening } from './history.ts'
import { expectToConverge, histories } from './tiers.ts'

test('F51 any history gives the same mirror with each extension switched off in turn', async () => {
  const used = new Set<string>()
  const property = fc.asyncProperty(histories(happening), async (history) => {
    for (const use of await expectToConverge(history)) used.add(use)
  })
  await fc.assert(property, { numRuns: 40 })
  expect([...used].toSorted()).toEqual(['condstore', 'first', 'listing', 'new-epoch', 'qresync', 'resync', 'unchanged'])
})
