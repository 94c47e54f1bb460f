import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { accountAt, password } from '../support/run-sync.ts'
import { RunningWatch } from '../support/run-watch.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { letter, smallServer } from './letters.ts'

const minuteMs = 60_000

test('a reload adds, removes and changes accounts, and leaves the others alone', async () => {
  const store = smallServer()
  await using server = await startDemoServer({ store, users: { ada: password } })
  const storePath = join(temporaryDirectory(), 'mail.db')
  const named = (name: string, connections = 2) => ({
    ...accountAt(server.port, { name, connections }),
    store: storePath,
  })
  const accounts = [named('stays'), named('goes'), named('changes')]
  await using running = await RunningWatch.start({ accounts, storePath })
  for (const _ of accounts) await running.mirrored()
  const connectionsOf = (name: string): number =>
    running.events.filter((event) => event.type === 'connection-opened' && event.account === name).length
  const before = connectionsOf('stays')
  await running.reload([named('stays'), named('changes', 3), named('comes')])
  const told = await running.next('config-reloaded')
  expect(told).toEqual({ type: 'config-reloaded', added: ['comes'], removed: ['goes'], changed: ['changes'] })
  await running.next('account-finished', ({ account }) => account.name === 'comes')
  expect(connectionsOf('stays')).toBe(before)
})

test('F16 a reload with other limits makes connections anew under them', async () => {
  const store = smallServer()
  await using server = await startDemoServer({ store, users: { ada: password } })
  const storePath = join(temporaryDirectory(), 'mail.db')
  const accounts = ['ada', 'bob', 'eve', 'joe'].map((name) => ({
    ...accountAt(server.port, { name }),
    store: storePath,
  }))
  await using running = await RunningWatch.start({ accounts, storePath })
  for (const _ of accounts) await running.mirrored()
  let peak = 0
  const count = (): void => void (peak = Math.max(peak, server.openConnections))
  await running.reload(accounts, { connections: 2, connectionsPerHost: 2 })
  const again = new Set<string>()
  while (again.size < accounts.length) {
    const { name, outcome } = await running.mirrored()
    if (outcome === 'complete') again.add(name)
  }
  server.faults.add({ when: { command: / EXAMINE | LIST | IDLE/ }, action: { kind: 'run', run: count } })
  store.append('INBOX', letter('to everybody'))
  const told = (): number =>
    running.events.filter((event) => event.type === 'mailbox-finished' && event.mailbox.newMessages === 1).length
  while (told() < accounts.length) await running.clock.advance(minuteMs)
  expect(peak).toBe(2)
})

test('F24 an account whose full pass had failed says again where it listens when one succeeds', async () => {
  const store = smallServer()
  await using server = await startDemoServer({ store, users: { ada: password } })
  const storePath = join(temporaryDirectory(), 'mail.db')
  // With more, another mailbox's listener might meet the refusal.
  const accounts = [{ ...accountAt(server.port, { connections: 2 }), store: storePath }]
  await using running = await RunningWatch.start({ accounts, storePath })
  await running.mirrored()
  await running.listening()
  const text = '[AUTHENTICATIONFAILED] wrong'
  const action = { kind: 'answer', status: 'NO', text } as const
  server.faults.add({ when: { command: / AUTHENTICATE / }, times: 1, action })
  const parked = running.next('account-state', ({ state }) => state === 'parked')
  await running.clock.advance(15 * minuteMs)
  await parked
  await running.reload(accounts)
  expect(await running.next('account-state', ({ state }) => state === 'listening')).toMatchObject({ mailbox: 'INBOX' })
})
