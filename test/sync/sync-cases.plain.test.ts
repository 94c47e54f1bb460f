import { describe, test } from 'vitest'
import { expectSyncCase } from './sync-case-runner.ts'
import { syncCases } from './sync-cases.ts'

const extensions = { CONDSTORE: false, 'LIST-STATUS': false, ENABLE: false, UIDPLUS: false, 'SPECIAL-USE': false }

describe('without any extension and with three connections', () => {
  test.each(syncCases)('$name', async (syncCase) => {
    await expectSyncCase(syncCase, { extensions, connections: 3, everyNth: 4 })
  })
})
