import { assert, constantFrom, property, string, uniqueArray } from 'fast-check'
import { expect, test } from 'vitest'
import { metricsFile } from '../../src/ui/metrics-file.ts'
import type { AccountMetrics } from '../../src/ui/metrics-file.ts'
import { readExposition } from './exposition.ts'

const account: AccountMetrics = {
  name: 'personal',
  startMs: 1_790_000_000_250,
  endMs: 1_790_000_002_750,
  complete: true,
  status: 0,
  messages: 1200,
  failed: 0,
  newMessages: 3,
  removed: 1,
  receivedOctets: 40_960,
  lastSuccessMs: 1_790_000_002_750,
}
const other: AccountMetrics = {
  ...account,
  name: 'work',
  complete: false,
  status: 77,
  messages: undefined,
  failed: undefined,
  lastSuccessMs: undefined,
}
const run = { startMs: account.startMs, endMs: account.endMs, complete: false, status: 1, accounts: [account, other] }

function valuesOf(text: string): Readonly<Record<string, number | undefined>> {
  const values: Record<string, number | undefined> = {}
  for (const [name, samples] of readExposition(text)) {
    for (const { labels, value } of samples) values[[name, ...Object.values(labels)].join(' ')] = value
  }
  return values
}

test('a run in numbers: the whole, and each account under its name', () => {
  const values = valuesOf(metricsFile(run))
  expect(Object.fromEntries(Object.entries(values).filter(([name]) => name.startsWith('mailmirror_sync_')))).toEqual({
    mailmirror_sync_start_timestamp_seconds: 1_790_000_000.25,
    mailmirror_sync_end_timestamp_seconds: 1_790_000_002.75,
    mailmirror_sync_last_success_timestamp_seconds: 0,
    mailmirror_sync_duration_seconds: 2.5,
    mailmirror_sync_complete: 0,
    mailmirror_sync_exit_status: 1,
    mailmirror_sync_messages: 1200,
    mailmirror_sync_failed_messages: 0,
    mailmirror_sync_new_messages: 6,
    mailmirror_sync_removed_messages: 2,
    mailmirror_sync_received_bytes: 81_920,
  })
  expect(values).toMatchObject({
    'mailmirror_account_complete personal': 1,
    'mailmirror_account_complete work': 0,
    'mailmirror_account_exit_status work': 77,
    'mailmirror_account_messages personal': 1200,
    'mailmirror_account_last_success_timestamp_seconds personal': 1_790_000_002.75,
    'mailmirror_account_last_success_timestamp_seconds work': 0,
  })
  expect(Object.keys(values)).not.toContain('mailmirror_account_messages work')
})

test('a run that knows of no account leaves out what it does not know', () => {
  const values = valuesOf(metricsFile({ ...run, status: 78, accounts: [] }))
  expect(Object.keys(values).filter((name) => name.includes('account') || name.endsWith('_sync_messages'))).toEqual([])
  expect(values['mailmirror_sync_exit_status']).toBe(78)
})

test('whatever an account is called, the file is one of the format and says its name', () => {
  assert(
    property(uniqueArray(string({ unit: constantFrom('"', '\\', 'n', '\n', '}', ',', '=', ' ', 'ü') })), (names) => {
      const text = metricsFile({ ...run, accounts: names.map((name) => ({ ...account, name })) })
      const told = readExposition(text).get('mailmirror_account_complete') ?? []
      expect(told.map(({ labels }) => labels['account'])).toEqual(names)
    }),
  )
})
