import { expect, test } from 'vitest'
import type { SyncEvent } from '../../src/sync/events.ts'
import { rateOf, reduce, startOfSync } from '../../src/ui/sync-progress.ts'
import type { SyncProgress } from '../../src/ui/sync-progress.ts'
import { accountResult, committed, fetchingEvents, mailboxResult, planned } from './sample-run.ts'

function after(events: readonly SyncEvent[], nowMs = 5000): SyncProgress {
  return reduce(startOfSync(0), events, nowMs)
}

test('the estimate of a plan gives way to the listing, and that to what has come', () => {
  const { expectedMessages, messages, octets, finishedMailboxes } = after(fetchingEvents)
  expect({ expectedMessages, messages, octets, finishedMailboxes }).toEqual({
    expectedMessages: 20_000,
    messages: 5000,
    octets: 50_000_000,
    finishedMailboxes: 1,
  })
})

test('a mailbox that fails takes its share of the expectation with it, and counts once', () => {
  const failed: SyncEvent = {
    type: 'mailbox-failed',
    account: 'personal',
    mailbox: 'INBOX',
    error: { code: 'COMMAND_REJECTED', message: 'no' },
  }
  const finishedToo: SyncEvent = {
    type: 'mailbox-finished',
    account: 'personal',
    mailbox: mailboxResult('INBOX', { complete: false }),
  }
  const state = after([
    planned('INBOX', 40),
    committed({ mailbox: 'INBOX', messages: 10, octets: 1 }),
    failed,
    finishedToo,
  ])
  expect([state.expectedMessages, state.messages, state.finishedMailboxes]).toEqual([10, 10, 1])
})

test('the fold does not depend on how events are cut into portions', () => {
  const whole = after(fetchingEvents)
  for (let cut = 0; cut <= fetchingEvents.length; cut++) {
    const first = reduce(startOfSync(0), fetchingEvents.slice(0, cut), 5000)
    const { samples: _, ...both } = reduce(first, fetchingEvents.slice(cut), 5000)
    expect(both).toEqual((({ samples: _samples, ...rest }) => rest)(whole))
  }
})

test('a state that was handed out never changes', () => {
  const before = after(fetchingEvents.slice(0, 5))
  const copy = structuredClone(before)
  reduce(before, fetchingEvents.slice(5), 6000)
  expect(before).toEqual(copy)
})

test('connections come and go; an account that has ended has none', () => {
  const state = after(fetchingEvents)
  expect([...state.connections.values()]).toEqual([
    { account: 'personal', connection: 1, mailbox: 'Archive/2019' },
    { account: 'personal', connection: 2, mailbox: 'Archive/2019' },
  ])
  const closed = reduce(state, [{ type: 'connection-closed', account: 'personal', connection: 2 }], 6000)
  expect([...closed.connections.values()].map(({ connection }) => connection)).toEqual([1])
  const ended = reduce(state, [{ type: 'account-finished', account: accountResult('personal') }], 6000)
  expect(ended.connections.size).toBe(0)
})

test('a retry is shown until its time comes or a connection opens', () => {
  const retry: SyncEvent = {
    type: 'retry-scheduled',
    account: 'personal',
    code: 'THROTTLED',
    message: 'slow down',
    delayMs: 30_000,
  }
  const state = after([retry], 5000)
  expect([...state.waiting.values()]).toEqual([{ account: 'personal', message: 'slow down', untilMs: 35_000 }])
  expect(reduce(state, [], 34_999).waiting.size).toBe(1)
  expect(reduce(state, [], 35_000).waiting.size).toBe(0)
  expect(reduce(state, fetchingEvents.slice(1, 2), 6000).waiting.size).toBe(0)
})

test('the rate is that of the last twenty seconds, and none before the first second is over', () => {
  let state = startOfSync(0)
  state = reduce(state, [committed({ mailbox: 'INBOX', messages: 10, octets: 1000 })], 500)
  expect(rateOf(state)).toBeUndefined()
  for (let second = 1; second <= 60; second++) {
    const octets = second <= 30 ? 1000 : 3000
    state = reduce(state, [committed({ mailbox: 'INBOX', messages: 10, octets })], second * 1000)
  }
  expect(rateOf(state)).toEqual({ octets: 3000, messages: 10 })
})

test('the memory of a long run is bounded', () => {
  let state = startOfSync(0)
  for (let tick = 1; tick <= 5000; tick++) {
    state = reduce(state, [committed({ mailbox: 'INBOX', messages: 1, octets: 1 })], tick * 30)
  }
  expect(state.samples.length).toBeLessThanOrEqual(202)
})
