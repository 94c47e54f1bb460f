import { expect, test } from 'vitest'
import { ServiceStatus } from '../../src/commands/service-status.ts'
import type { WatchEvent } from '../../src/sync/watch-events.ts'
import { ManualClock } from '../support/manual-clock.ts'

const lost = { code: 'CONNECTION_LOST', message: 'gone\nREADY=1' } as const
const waiting: WatchEvent = { type: 'account-state', account: 'work', state: 'waiting', waitMs: 5000, error: lost }
const syncing: WatchEvent = { type: 'account-state', account: 'work', state: 'syncing' }
const listening: WatchEvent = { type: 'account-state', account: 'work', state: 'listening', mailbox: 'INBOX' }
const refused: WatchEvent = { type: 'reload-failed', error: { code: 'CONFIG_INVALID', message: 'line 3' } }
const reloaded: WatchEvent = { type: 'config-reloaded', added: [], removed: [], changed: [] }

test('the status names what is wrong until it is over, in one line, whatever a server says', async () => {
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
  for (const event of [refused, reloaded]) {
    service.onEvent(event)
    service.tellReady(['home'])
  }
  await service.end()
  const troubled = String.raw`STATUS=watching 2 accounts; work: waiting: gone\nREADY=1`
  expect(told).toEqual([
    ['READY=1', troubled],
    ['READY=1', troubled],
    ['READY=1', 'STATUS=watching 2 accounts'],
    ['READY=1', 'STATUS=watching 1 account'],
    ['READY=1', 'STATUS=watching 1 account; the configuration stays as it was: line 3'],
    ['READY=1', 'STATUS=watching 1 account'],
    ['STOPPING=1'],
  ])
})
