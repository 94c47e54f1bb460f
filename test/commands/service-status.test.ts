import { expect, test } from 'vitest'
import { ServiceStatus } from '../../src/commands/service-status.ts'
import type { WatchEvent } from '../../src/sync/watch-events.ts'
import { ManualClock } from '../support/manual-clock.ts'

const lost = { code: 'CONNECTION_LOST', message: 'gone\nREADY=1' } as const
const waiting: WatchEvent = { type: 'account-state', account: 'work', state: 'waiting', waitMs: 5000, error: lost }
const syncing: WatchEvent = { type: 'account-state', account: 'work', state: 'syncing' }
const listening: WatchEvent = { type: 'account-state', account: 'work', state: 'listening', mailbox: 'INBOX' }

test('the status names accounts in trouble until they listen again, in one line, whatever a server says', async () => {
  const told: (readonly string[])[] = []
  const service = new ServiceStatus({
    service: {
      watchdogMs: undefined,
      notify: (...states) => {
        told.push(states)
        return Promise.resolve(undefined)
      },
    },
    clock: new ManualClock(),
    signal: new AbortController().signal,
    onTrouble: () => undefined,
  })
  for (const event of [waiting, syncing, listening]) {
    service.onEvent(event)
    service.tellReady(['home', 'work'])
  }
  service.onEvent(waiting)
  service.tellReady(['home'])
  await service.end()
  const troubled = String.raw`STATUS=watching 2 accounts; work: waiting: gone\nREADY=1`
  expect(told).toEqual([
    ['READY=1', troubled],
    ['READY=1', troubled],
    ['READY=1', 'STATUS=watching 2 accounts'],
    ['READY=1', 'STATUS=watching 1 account'],
    ['STOPPING=1'],
  ])
})
