import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { DemoServer } from '../../src/demo/demo-server.ts'
import type { FaultAction } from '../../src/demo/faults.ts'
import type { MailStore } from '../../src/demo/mail-store.ts'
import type { SyncEvent } from '../../src/sync/events.ts'
import { accountAt, password, runSync } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { inboxOf, numbers, smallServer } from './letters.ts'
import { expectStatement } from './statement.ts'

const limits = { connections: 4, connectionsPerHost: 4 }

/** Servers that know how many connections they had at once, all together. */
class Crowd implements AsyncDisposable {
  readonly #servers: DemoServer[] = []
  peak = 0

  async start(store: MailStore, secret = password): Promise<DemoServer> {
    const server = await startDemoServer({ store, users: { ada: secret } })
    server.faults.add({ when: { command: /^GREETING/ }, action: { kind: 'run', run: () => this.#count() } })
    this.#servers.push(server)
    return server
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) await server.close()
  }

  /** Once the servers have seen which of the former ones were closed. */
  async #count(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
    const open = this.#servers.reduce((sum, { openConnections }) => sum + openConnections, 0)
    this.peak = Math.max(this.peak, open)
  }
}

function at({ faults }: DemoServer, command: RegExp, action: FaultAction): void {
  faults.add({ when: { command }, action })
}

const loginsAt = ({ commands }: DemoServer): number =>
  commands.filter(({ line }) => / (?:LOGIN|AUTHENTICATE) /.test(line)).length

test('F32 F49 F16 of a hundred accounts half fail in five ways, all others are whole, and none of them waits for long', async () => {
  const store = smallServer()
  await using crowd = new Crowd()
  const good = await crowd.start(store)
  const backlog = await crowd.start(inboxOf(11_000))
  const strict = await crowd.start(store, 'another')
  const throttling = await crowd.start(store)
  const bye = await crowd.start(store)
  const dropping = await crowd.start(store)
  const dead = await crowd.start(store)
  at(throttling, / LIST /, { kind: 'answer', status: 'NO', text: '[THROTTLED] slow down' })
  at(bye, /^GREETING/, { kind: 'bye', text: 'Server shutting down' })
  at(dropping, / EXAMINE /, { kind: 'close', how: 'rst', when: 'before' })
  await dead.close()

  const failing = [strict, throttling, bye, dropping, dead]
  const accounts = numbers(0, 99).map((index) => {
    const server = index < 2 ? backlog : index % 2 === 0 ? good : (failing[(index >> 1) % 5] ?? dead)
    return accountAt(server.port, { name: `account ${index}`, connections: 3 })
  })
  const nameOf = (server: DemoServer): readonly string[] =>
    accounts.filter(({ imap }) => imap.port === server.port).map(({ name }) => name)
  const storePath = join(temporaryDirectory(), 'mail.db')
  const { result, events } = await runSync({ accounts, storePath, limits })

  expectStatement(result)
  const outcomes = new Map(result.accounts.map(({ name, outcome, error }) => [name, error?.code ?? outcome]))
  const expected: readonly (readonly [DemoServer, string])[] = [
    [backlog, 'complete'],
    [good, 'complete'],
    [strict, 'LOGIN_REJECTED'],
    [throttling, 'THROTTLED'],
    [bye, 'SERVER_UNREACHABLE'],
    [dropping, 'CONNECTION_LOST'],
    [dead, 'SERVER_UNREACHABLE'],
  ]
  for (const [server, outcome] of expected) {
    const names = nameOf(server)
    expect(names.map((name) => [name, outcomes.get(name)])).toEqual(names.map((name) => [name, outcome]))
  }
  // Counted at the servers, and none is left.
  expect(crowd.peak).toBeLessThanOrEqual(limits.connections)
  expect(failing.map(({ openConnections }) => openConnections)).toEqual([0, 0, 0, 0, 0])
  // A password is tried once for each account, a server that is down a few times for all of them.
  expect(loginsAt(strict)).toBe(nameOf(strict).length)
  expect(bye.connections).toBeLessThan(nameOf(bye).length)
  expectFairTurns(events, [...nameOf(backlog), ...nameOf(good)])
})

/** Whoever waits has its turn after those that came before it, and is overtaken by no more than have a slot. */
function expectFairTurns(events: readonly SyncEvent[], names: readonly string[]): void {
  const opened = events.flatMap((event) => (event.type === 'connection-opened' ? [event.account] : []))
  const turns = names.map((name) => opened.indexOf(name))
  expect(turns).not.toContain(-1)
  for (const [index, turn] of turns.entries()) {
    const overtaken = turns.slice(0, index).filter((other) => other > turn)
    expect(overtaken.length).toBeLessThanOrEqual(limits.connections)
  }
}
