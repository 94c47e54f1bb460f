import { describe, test } from 'vitest'
import { expectSyncCase } from './sync-case-runner.ts'
import { syncCases } from './sync-cases.ts'

// Every write at which a run may die is tried here; in all other settings by `npm run soak`.
describe('with CONDSTORE and one connection', () => {
  test.each(syncCases)('$name', async (syncCase) => {
    await expectSyncCase(syncCase, { extensions: {}, connections: 1, everyNth: 1 })
  })
})
