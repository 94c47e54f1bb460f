import { describe, test } from 'vitest'
import { expectSyncCase } from './sync-case-runner.ts'
import { syncCases } from './sync-cases.ts'

const plain = { CONDSTORE: false, 'LIST-STATUS': false, ENABLE: false, UIDPLUS: false, 'SPECIAL-USE': false }

/** Every write at which a run may die, in every setting. */
describe.each([
  { name: 'QRESYNC, 1 connection', extensions: { QRESYNC: true }, connections: 1 },
  { name: 'QRESYNC, 3 connections', extensions: { QRESYNC: true }, connections: 3 },
  { name: 'CONDSTORE, 3 connections', extensions: {}, connections: 3 },
  { name: 'no CONDSTORE, 1 connection', extensions: { CONDSTORE: false }, connections: 1 },
  { name: 'no CONDSTORE, 3 connections', extensions: { CONDSTORE: false }, connections: 3 },
  { name: 'no LIST-STATUS, 1 connection', extensions: { 'LIST-STATUS': false }, connections: 1 },
  { name: 'no LIST-STATUS, 3 connections', extensions: { 'LIST-STATUS': false }, connections: 3 },
  { name: 'no extension, 1 connection', extensions: plain, connections: 1 },
  { name: 'no extension, 3 connections', extensions: plain, connections: 3 },
])('$name', ({ extensions, connections }) => {
  test.each(syncCases)('$name', async (syncCase) => {
    await expectSyncCase(syncCase, { extensions, connections, everyNth: 1 })
  })
})
