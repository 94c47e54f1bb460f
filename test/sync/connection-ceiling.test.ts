import { describe, expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { SyncEvent } from '../../src/sync/events.ts'
import { mailStoreState } from '../support/mirror-state.ts'
import { accountAt, password, runSync } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { FaultStage } from './fault-stage.ts'
import { emptyServer, fill, smallServer } from './letters.ts'

const lowered = (events: readonly SyncEvent[]): readonly number[] =>
  events.flatMap((event) => (event.type === 'connections-lowered' ? [event.connections] : []))

function manyMailboxes() {
  const store = emptyServer()
  for (let number = 1; number <= 20; number++) {
    store.createMailbox(`Lists/${number}`)
    fill(store, `Lists/${number}`, 20)
  }
  return store
}

const tooMany = { kind: 'answer', status: 'NO', text: '[ALERT] Too many simultaneous connections. (Failure)' } as const

describe('F15 a server that bears fewer connections than are asked for', () => {
  test('is asked once, for no more in this run, and not above that in the next', async () => {
    await using stage = await FaultStage.open(manyMailboxes(), { account: { connections: 5 } })
    stage.fault(/AUTHENTICATE/, tooMany, { nth: 3, times: 100 })
    const first = await stage.sync()
    expect(first.result.complete).toBe(true)
    expect(lowered(first.events)).toEqual([2])
    expect(first.events.filter(({ type }) => type === 'retry-scheduled')).toEqual([])
    // Four were on their way together; none of them is tried again.
    expect(stage.wire.count('AUTHENTICATE')).toBeLessThanOrEqual(5)
    for (let number = 1; number <= 20; number++) fill(stage.mail, `Lists/${number}`, 1)
    stage.server.faults.clear()
    stage.fault(/AUTHENTICATE/, tooMany, { nth: 3, times: 100 })
    const second = await stage.sync()
    expect(second.result.complete).toBe(true)
    expect(stage.wire.count('AUTHENTICATE')).toBe(2)
    expect(lowered(second.events)).toEqual([])
    expect(stage.mirror).toEqual(mailStoreState(stage.mail))
  })

  test('counts for its own account only', async () => {
    const store = manyMailboxes()
    await using stage = await FaultStage.open(store, { account: { connections: 3 } })
    await using other = await startDemoServer({ store, users: { ada: password } })
    stage.fault(/AUTHENTICATE/, tooMany, { nth: 2, times: 100 })
    const accounts = [{ ...stage.account, name: 'lowered' }, accountAt(other.port, { name: 'free', connections: 3 })]
    const { result, events } = await stage.sync({ accounts })
    expect(result.complete).toBe(true)
    const opened = events.flatMap((event) => (event.type === 'connection-opened' ? [event.account] : []))
    expect(opened.filter((name) => name === 'lowered')).toHaveLength(1)
    expect(opened.filter((name) => name === 'free')).toHaveLength(3)
  })

  test('for all users together is not stormed by many accounts', async () => {
    const store = smallServer()
    await using server = await startDemoServer({ store, users: { ada: password }, maxConnections: 3 })
    const accounts = Array.from({ length: 12 }, (_, index) => accountAt(server.port, { name: `account ${index}` }))
    const { result } = await runSync({
      accounts,
      storePath: `${temporaryDirectory()}/mail.db`,
      limits: { connections: 8, connectionsPerHost: 8 },
    })
    expect(result.accounts.map(({ outcome }) => outcome)).toEqual(accounts.map(() => 'complete'))
    // Twelve that are good, five refused at first, and a few more until all have heard of it.
    expect(server.connections).toBeLessThan(30)
  })
})
