import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { FaultAction, FaultRule } from '../../src/demo/faults.ts'
import type { MailStore } from '../../src/demo/mail-store.ts'
import { mailStoreState, mirrorState } from '../support/mirror-state.ts'
import { accountAt, password, runSync } from '../support/run-sync.ts'
import type { RunOptions } from '../support/run-sync.ts'
import { TemporaryDirectory } from '../support/temporary-directory.ts'
import { emptyServer, fill } from './letters.ts'
import { expectStatement } from './statement.ts'

const action: fc.Arbitrary<FaultAction> = fc.oneof(
  fc.record({
    kind: fc.constant('answer'),
    status: fc.constant('NO'),
    text: fc.constantFrom(
      '[THROTTLED] slow down',
      'Request is throttled. Suggested Backoff Time: 9 milliseconds',
      'Too many simultaneous connections',
      'User is authenticated but not connected.',
    ),
  }),
  fc.record({ kind: fc.constant('completion'), text: fc.constant('OK [THROTTLED] slowly') }),
  fc.record({ kind: fc.constant('bye'), text: fc.constantFrom('maintenance', 'Too many connections') }),
  fc.record({ kind: fc.constant('close'), how: fc.constantFrom('fin', 'rst'), when: fc.constant('before') }),
)

const fault: fc.Arbitrary<FaultRule> = fc.record({
  when: fc.record({
    command: fc.constantFrom(/^GREETING/, / AUTHENTICATE /, / LIST /, / EXAMINE /, /BODY\.PEEK/, /./),
    nth: fc.integer({ min: 1, max: 60 }),
  }),
  times: fc.constantFrom(1, 3, 20, 1000),
  action,
})

export const contention = fc.record({
  faults: fc.array(fault, { maxLength: 4 }),
  accounts: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
  connections: fc.integer({ min: 1, max: 5 }),
  maxConnections: fc.integer({ min: 1, max: 8 }),
})

export type Contention = typeof contention extends fc.Arbitrary<infer T> ? T : never

/** So many mailboxes that a worker's turn ends before all of them are done. */
function manyMailboxes(): MailStore {
  const store = emptyServer()
  for (let number = 1; number <= 70; number++) {
    store.createMailbox(`Lists/${number}`)
    fill(store, `Lists/${number}`, 1)
  }
  return store
}

/** Accounts that share few slots at a server with faults: the run ends, says no more than it holds, leaves no connection
 *  behind, and goes on once all is well. */
export async function expectToShare(chance: Contention): Promise<void> {
  const store = manyMailboxes()
  const { faults, maxConnections, connections } = chance
  await using server = await startDemoServer({ store, users: { ada: password }, faults, maxConnections })
  using directory = new TemporaryDirectory()
  const accounts = chance.accounts.map((count, index) =>
    accountAt(server.port, { name: `account ${index}`, connections: count }),
  )
  const options: RunOptions = {
    accounts,
    storePath: join(directory.path, 'mail.db'),
    limits: { connections, connectionsPerHost: connections },
  }
  const first = await runSync(options)
  expectStatement(first.result)
  const count = (type: string): number => first.events.filter((event) => event.type === type).length
  expect(count('connection-closed')).toBe(count('connection-opened'))
  expect(count('account-finished')).toBe(accounts.length)
  server.faults.clear()
  const limits = { connections: Math.min(connections, maxConnections), connectionsPerHost: connections }
  const second = await runSync({ ...options, limits })
  expect(second.result.complete).toBe(true)
  for (const { mailboxes } of second.result.accounts) {
    expect(mailboxes.reduce((sum, { messages }) => sum + messages, 0)).toBe(70)
  }
  expect(mirrorState(options.storePath)).toEqual(mailStoreState(store))
}
