import { expect, test } from 'vitest'
import { plannedResult, syncExitStatus } from '../../src/commands/sync-exit-status.ts'
import type { AccountOutcome, AccountResult, ReportedError, SyncFinished } from '../../src/sync/events.ts'

function account(outcome: AccountOutcome, code?: ReportedError['code']): AccountResult {
  const error = code === undefined ? {} : { error: { code, message: 'why' } }
  return { name: `${outcome}-${code}`, outcome, ...error, mailboxes: [], roundTrips: 0, receivedOctets: 0 }
}

function run(...accounts: readonly AccountResult[]): SyncFinished {
  const complete = accounts.every(({ outcome }) => outcome === 'complete')
  return { type: 'sync-finished', complete, durationMs: 1, accounts }
}

test.each<[string, SyncFinished, number]>([
  ['all complete', run(account('complete'), account('complete')), 0],
  ['one incomplete', run(account('incomplete')), 1],
  ['the login was rejected', run(account('failed', 'LOGIN_REJECTED')), 77],
  ['the server could not be reached', run(account('failed', 'SERVER_UNREACHABLE')), 69],
  ['the certificate was refused', run(account('failed', 'TLS_REFUSED')), 76],
  ['the server throttles', run(account('failed', 'THROTTLED')), 75],
  ['a daily budget is spent', run(account('budget-spent', 'BUDGET_SPENT')), 75],
  ['a bug of ours', run(account('failed', 'INTERNAL')), 70],
  ['all accounts end alike', run(account('failed', 'LOGIN_REJECTED'), account('failed', 'LOGIN_REJECTED')), 77],
  ['accounts end differently', run(account('failed', 'LOGIN_REJECTED'), account('failed', 'TLS_REFUSED')), 1],
  ['one fails beside a complete one', run(account('failed', 'LOGIN_REJECTED'), account('complete')), 1],
  ['the time limit was reached', run(account('interrupted')), 1],
  ['the time limit was reached in the middle of a command', run(account('interrupted', 'INTERRUPTED')), 1],
])('%s', (_, result, status) => {
  expect(syncExitStatus(result, undefined)).toBe(status)
})

test('a signal decides, unless all was complete before it came to bear', () => {
  expect(syncExitStatus(run(account('interrupted')), 130)).toBe(130)
  expect(syncExitStatus(run(account('interrupted')), 143)).toBe(143)
  expect(syncExitStatus(run(account('complete')), 130)).toBe(0)
})

test('a dry run that could plan is done; one that could not has its own status', () => {
  expect(syncExitStatus(plannedResult(run(account('incomplete'), account('complete'))), undefined)).toBe(0)
  expect(syncExitStatus(plannedResult(run(account('failed', 'LOGIN_REJECTED'))), undefined)).toBe(77)
})
