import { describe, test } from 'vitest'
import { expectSyncCase } from './sync-case-runner.ts'
import { syncCases } from './sync-cases.ts'

describe.each([
  { name: 'with QRESYNC and one connection', extensions: { QRESYNC: true }, connections: 1 },
  { name: 'with CONDSTORE and three connections', extensions: {}, connections: 3 },
  { name: 'without CONDSTORE and with one connection', extensions: { CONDSTORE: false }, connections: 1 },
  { name: 'without LIST-STATUS and with one connection', extensions: { 'LIST-STATUS': false }, connections: 1 },
])('$name', ({ extensions, connections }) => {
  test.each(syncCases)('$name', async (syncCase) => {
    await expectSyncCase(syncCase, { extensions, connections, everyNth: undefined })
  })
})
