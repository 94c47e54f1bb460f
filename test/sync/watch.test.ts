import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { DemoServer, DemoServerOptions } from '../../src/demo/demo-server.ts'
import type { MailStore } from '../../src/demo/mail-store.ts'
import type { WatchEvent } from '../../src/sync/watch-events.ts'
import { mailStoreState, mirrorState } from '../support/mirror-state.ts'
import { accountAt, imapSource, password } from '../support/run-sync.ts'
import { RunningWatch } from '../support/run-watch.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { changeLog } from './change-log.ts'
import { fill, flagged, letter, smallServer } from './letters.ts'
import { expectOnlyReading, WireLog } from './wire-log.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

async function serve(store: MailStore, options: Partial<DemoServerOptions> = {}): Promise<DemoServer> {
  const server = await startDemoServer({ store, users: { ada: password }, ...options })
  onTestFinished(() => server.close())
  return server
}

const newStore = (): string => join(temporaryDirectory(), 'mail.db')
const linesOf = ({ commands }: DemoServer): readonly string[] => commands.map(({ line }) => line.replace(/^\S+ /, ''))
/** The server hears of it a moment later. */
async function untilAllClosed(server: DemoServer): Promise<void> {
  while (server.openConnections > 0) await new Promise((resolve) => setImmediate(resolve))
}

const logins = (server: DemoServer): number =>
  linesOf(server).filter((line) => /^(?:LOGIN|AUTHENTICATE) /.test(line)).length

test('what another client does to INBOX is in the store as soon as the server tells it', async () => {
  const store = smallServer()
  const server = await serve(store)
  const wire = new WireLog(server)
  const storePath = newStore()
  await using running = await RunningWatch.start({ accounts: [accountAt(server.port)], storePath })
  await running.mirrored()
  await running.listening()
  store.append('INBOX', letter('arrived meanwhile'))
  expect((await running.passOf('INBOX')).newMessages).toBe(1)
  store.setFlags('INBOX', 1, [flagged])
  expect((await running.passOf('INBOX')).flagChanges).toBe(1)
  store.expunge('INBOX', [2])
  expect((await running.passOf('INBOX')).removed).toBe(1)
  expect(mirrorState(storePath)).toEqual(mailStoreState(store))
  expect((await running.stop()).reason).toBe('signal')
  expect(logins(server)).toBe(2)
  expectOnlyReading(wire)
  await untilAllClosed(server)
})

test('F32 new mail is in the store while the pass of another mailbox is under way', async () => {
  const store = smallServer()
  fill(store, 'Archive/2024', 40)
  const gate = Promise.withResolvers<void>()
  const server = await serve(store)
  server.faults.add({
    when: { command: /EXAMINE "?Archive/ },
    action: { kind: 'run', run: () => gate.promise },
  })
  const storePath = newStore()
  await using running = await RunningWatch.start({ accounts: [accountAt(server.port)], storePath })
  await running.passOf('INBOX')
  store.append('INBOX', letter('arrived meanwhile'))
  expect((await running.passOf('INBOX')).newMessages).toBe(1)
  expect(running.events.filter(({ type }) => type === 'account-finished')).toEqual([])
  gate.resolve()
  expect((await running.mirrored()).outcome).toBe('complete')
  expect(mirrorState(storePath)).toEqual(mailStoreState(store))
})

test.each([
  ['with LIST-STATUS', {}],
  ['without', { 'LIST-STATUS': false }],
  ['without IDLE', { IDLE: false }],
  ['without CONDSTORE', { CONDSTORE: false }],
  ['with QRESYNC', { QRESYNC: true }],
] as const)('mailboxes that nobody tells of are asked for, %s', async (_name, extensions) => {
  const store = smallServer()
  const server = await serve(store, { extensions })
  const storePath = newStore()
  await using running = await RunningWatch.start({ accounts: [accountAt(server.port)], storePath })
  await running.mirrored()
  store.append('Archive/2024', letter('filed meanwhile'))
  await running.clock.advance(10 * minuteMs)
  expect((await running.passOf('Archive/2024')).newMessages).toBe(1)
  expect(mirrorState(storePath)).toEqual(mailStoreState(store))
})

test('a server without IDLE is connected to now and then, not all the time', async () => {
  const server = await serve(smallServer(), { extensions: { IDLE: false } })
  await using running = await RunningWatch.start({ accounts: [accountAt(server.port)], storePath: newStore() })
  await running.mirrored()
  await running.clock.advance(14 * minuteMs)
  // After 0, 1, 3 and 7 minutes, beside the full pass, and perhaps once before its end.
  expect(logins(server)).toBeLessThanOrEqual(6)
  expect(logins(server)).toBeGreaterThanOrEqual(2)
})

test('F03 IDLE is issued anew every nine minutes, and STATUS says what it did not', async () => {
  const server = await serve(smallServer(), { extensions: { 'LIST-STATUS': false } })
  await using running = await RunningWatch.start({
    accounts: [accountAt(server.port)],
    storePath: newStore(),
    everyMs: 24 * hourMs,
  })
  await running.mirrored()
  for (let cycle = 0; cycle < 4; cycle++) {
    const anew = Promise.withResolvers<void>()
    server.faults.clear()
    server.faults.add({ when: { command: / IDLE/ }, action: { kind: 'run', run: () => anew.resolve() } })
    await running.clock.advance(9 * minuteMs)
    await anew.promise
  }
  expect(linesOf(server).filter((line) => line.startsWith('STATUS')).length).toBeGreaterThan(4)
})

test('a full pass comes at its interval, whatever IDLE says', async () => {
  const server = await serve(smallServer())
  await using running = await RunningWatch.start({ accounts: [accountAt(server.port)], storePath: newStore() })
  await running.mirrored()
  await running.clock.advance(15 * minuteMs)
  expect((await running.mirrored()).outcome).toBe('complete')
})

test('mailboxes that come, go and are renamed are found by the next question', async () => {
  const store = smallServer()
  const server = await serve(store)
  const storePath = newStore()
  await using running = await RunningWatch.start({ accounts: [accountAt(server.port)], storePath })
  await running.mirrored()
  store.rename('Archive/2024', 'Archive/Old')
  store.createMailbox('New')
  fill(store, 'New', 2)
  store.deleteMailbox('Sent')
  await running.clock.advance(10 * minuteMs)
  await running.mirrored()
  expect(mirrorState(storePath)).toEqual(mailStoreState(store))
  expect(changeLog(storePath).filter((line) => line.startsWith('mailbox-renamed')).length).toBe(1)
})

test('F15 an account that may have one connection never has two', async () => {
  const store = smallServer()
  const server = await serve(store)
  let peak = 0
  const count = (): void => void (peak = Math.max(peak, server.openConnections))
  server.faults.add({ when: { command: / EXAMINE | LIST | IDLE/ }, action: { kind: 'run', run: count } })
  const storePath = newStore()
  const accounts = [accountAt(server.port, { connections: 1 })]
  await using running = await RunningWatch.start({ accounts, storePath })
  await running.mirrored()
  await running.listening()
  store.append('INBOX', letter('arrived'))
  expect((await running.passOf('INBOX')).newMessages).toBe(1)
  await running.clock.advance(15 * minuteMs)
  expect((await running.mirrored()).outcome).toBe('complete')
  expect(peak).toBe(1)
  expect(mirrorState(storePath)).toEqual(mailStoreState(store))
})

test('F16 F32 thirty accounts share four connections, and each gets its new mail', async () => {
  const store = smallServer()
  const server = await serve(store)
  let peak = 0
  const count = (): void => void (peak = Math.max(peak, server.openConnections))
  server.faults.add({ when: { command: / EXAMINE | LIST | IDLE/ }, action: { kind: 'run', run: count } })
  const accounts = Array.from({ length: 30 }, (_, index) => accountAt(server.port, { name: `account ${index}` }))
  const limits = { connections: 4, connectionsPerHost: 4 }
  const storePath = newStore()
  await using running = await RunningWatch.start({ accounts, storePath, limits })
  const mirrored = new Set<string>()
  while (mirrored.size < accounts.length) mirrored.add((await running.mirrored()).name)
  store.append('INBOX', letter('to everybody'))
  const told = (): number =>
    running.events.filter((event) => event.type === 'mailbox-finished' && event.mailbox.newMessages === 1).length
  while (told() < accounts.length) await running.clock.advance(minuteMs)
  expect((await running.stop()).reason).toBe('signal')
  expect(peak).toBeLessThanOrEqual(4)
  await untilAllClosed(server)
})

test('F31 a server that says BYE in IDLE is connected to again, and nothing is missed', async () => {
  const store = smallServer()
  const server = await serve(store)
  server.faults.add({ when: { command: / IDLE/ }, times: 2, action: { kind: 'bye', text: 'maintenance' } })
  const storePath = newStore()
  await using running = await RunningWatch.start({ accounts: [accountAt(server.port)], storePath })
  await running.mirrored()
  store.append('INBOX', letter('arrived while it was away'))
  expect((await running.passOf('INBOX')).newMessages).toBe(1)
  expect(mirrorState(storePath)).toEqual(mailStoreState(store))
})

test('a mailbox that the config leaves out is no reason to look, whatever is told of it', async () => {
  const store = smallServer()
  const server = await serve(store)
  const mailboxes = { include: ['INBOX'], exclude: [] }
  const accounts = [accountAt(server.port, { mailboxes })]
  await using running = await RunningWatch.start({ accounts, storePath: newStore() })
  await running.mirrored()
  store.append('Archive/2024', letter('of no interest'))
  await running.clock.advance(10 * minuteMs)
  expect(running.events.filter(({ type }) => type === 'change-noticed')).toEqual([])
})

test('F04 after the machine has slept all connections are made anew, with a full pass', async () => {
  const store = smallServer()
  const server = await serve(store)
  await using running = await RunningWatch.start({ accounts: [accountAt(server.port)], storePath: newStore() })
  await running.mirrored()
  await running.listening()
  const before = logins(server)
  running.clock.wallMs += hourMs
  await running.clock.advance(10_000)
  expect((await running.next('machine-slept')).ms).toBe(hourMs)
  expect((await running.mirrored()).outcome).toBe('complete')
  store.append('INBOX', letter('arrived'))
  expect((await running.passOf('INBOX')).newMessages).toBe(1)
  expect(logins(server)).toBeGreaterThan(before)
})

test('F04 connections from an address that is gone are made anew, others stay', async () => {
  const store = smallServer()
  const server = await serve(store)
  await using running = await RunningWatch.start({ accounts: [accountAt(server.port)], storePath: newStore() })
  await running.mirrored()
  await running.listening()
  const before = logins(server)
  running.addresses = new Set(['127.0.0.1', '198.51.100.7'])
  await running.clock.advance(10_000)
  expect(await running.next('network-changed')).toMatchObject({ gone: ['192.0.2.1'], come: ['198.51.100.7'] })
  store.append('INBOX', letter('arrived'))
  expect((await running.passOf('INBOX')).newMessages).toBe(1)
  expect(logins(server)).toBe(before)
  running.addresses = new Set(['198.51.100.7'])
  await running.clock.advance(10_000)
  await running.next('connection-opened')
  store.append('INBOX', letter('arrived later'))
  expect((await running.passOf('INBOX')).newMessages).toBe(1)
  expect(logins(server)).toBe(before + 1)
})

const isLong = (event: WatchEvent): boolean =>
  event.type === 'account-state' && event.state === 'waiting' && (event.waitMs ?? 0) > 20_000

test('F04 an account that waits because there was no network goes on as soon as there is one', async () => {
  const store = smallServer()
  const server = await serve(store)
  const account = accountAt(server.port)
  await server.close()
  await using running = await RunningWatch.start({ accounts: [account], storePath: newStore() })
  while (!running.events.some(isLong)) await running.clock.advance(10_000)
  running.addresses = new Set([...running.addresses, '198.51.100.7'])
  await running.clock.advance(10_000)
  await running.next('network-changed')
  expect((await running.next('account-state')).state).toBe('syncing')
})

test('F05 a clock that is set back by three hours changes nothing', async () => {
  const store = smallServer()
  const server = await serve(store)
  await using running = await RunningWatch.start({ accounts: [accountAt(server.port)], storePath: newStore() })
  await running.mirrored()
  running.clock.wallMs -= 3 * hourMs
  await running.clock.advance(10_000)
  store.append('INBOX', letter('arrived'))
  expect((await running.passOf('INBOX')).newMessages).toBe(1)
  expect(running.events.filter(({ type }) => type === 'machine-slept')).toEqual([])
})

test('F24 a password that is refused is tried once an hour and stops nobody else, and a reload tries it again', async () => {
  const store = smallServer()
  const server = await serve(store)
  const strict = await serve(store, { users: { ada: 'another' } })
  const accounts = [accountAt(server.port), accountAt(strict.port, { name: 'bad' })]
  const storePath = newStore()
  await using running = await RunningWatch.start({ accounts, storePath })
  const parked = await running.next('account-state', ({ state }) => state === 'parked')
  expect([parked.account, parked.error?.code]).toEqual(['bad', 'LOGIN_REJECTED'])
  await running.next('account-finished', ({ account }) => account.name === 'ada')
  store.append('INBOX', letter('arrived'))
  expect((await running.passOf('INBOX')).newMessages).toBe(1)
  await running.clock.advance(30 * minuteMs)
  expect(logins(strict)).toBe(1)
  await running.reload(accounts.map((account) => ({ ...account, store: storePath })))
  await running.next('account-state', ({ state, account }) => state === 'parked' && account === 'bad')
  expect(logins(strict)).toBe(2)
})

test('F24 a password that is changed meanwhile is not tried again and again', async () => {
  const server = await serve(smallServer())
  await using running = await RunningWatch.start({ accounts: [accountAt(server.port)], storePath: newStore() })
  await running.mirrored()
  await running.listening()
  const before = logins(server)
  server.faults.add({
    when: { command: / AUTHENTICATE / },
    action: { kind: 'answer', status: 'NO', text: '[AUTHENTICATIONFAILED] wrong' },
  })
  server.faults.add({ when: { command: / IDLE/ }, action: { kind: 'bye', text: 'log in again' } })
  await running.clock.advance(20 * minuteMs)
  await running.next('account-state', ({ state }) => state === 'parked')
  await running.clock.advance(30 * minuteMs)
  // The listener's, the full pass's, and one more where the clock runs on while the server answers.
  expect(logins(server) - before).toBeLessThanOrEqual(3)
})

test('a watch in which no account can ever log in ends', async () => {
  const strict = await serve(smallServer(), { users: { ada: 'another' } })
  const accounts = [accountAt(strict.port), accountAt(strict.port, { name: 'bob' })]
  await using running = await RunningWatch.start({ accounts, storePath: newStore() })
  const { reason, accounts: results } = await running.ended
  expect([reason, results.map(({ error }) => error?.code)]).toEqual(['hopeless', ['LOGIN_REJECTED', 'LOGIN_REJECTED']])
})

test('runs follow each other, each with its outcome', async () => {
  const server = await serve(smallServer())
  const storePath = newStore()
  await using running = await RunningWatch.start({ accounts: [accountAt(server.port)], storePath })
  await running.mirrored()
  await running.clock.advance(15 * minuteMs)
  await running.mirrored()
  await running.stop()
  const database = new Sqlite(storePath, { readonly: true })
  onTestFinished(() => void database.close())
  expect(database.prepare('SELECT outcome FROM run ORDER BY id').pluck().all()).toEqual(['complete', 'complete'])
})

test('F21 the password is asked for at each connect', async () => {
  const server = await serve(smallServer())
  let asked = 0
  const usual = imapSource()
  const source: typeof usual = {
    connect: (account, lane, signal) => {
      asked++
      return usual.connect(account, lane, signal)
    },
  }
  await using running = await RunningWatch.start({ accounts: [accountAt(server.port)], storePath: newStore(), source })
  await running.mirrored()
  await running.stop()
  expect(asked).toBe(logins(server))
})

test('F03 a server that always has something to tell is not asked all the time', async () => {
  const store = smallServer()
  const server = await serve(store)
  await using running = await RunningWatch.start({ accounts: [accountAt(server.port)], storePath: newStore() })
  await running.mirrored()
  await running.listening()
  const before = linesOf(server).length
  const set = { flags: 0 }
  const flag = (): void => {
    set.flags++
    store.setFlags('INBOX', 1, [`$Flag${set.flags}`])
  }
  server.faults.add({ when: { command: / IDLE/ }, action: { kind: 'run', run: flag } })
  flag()
  for (let passes = 0; passes < 25; passes++) await running.next('mailbox-finished')
  await running.clock.advance(minuteMs)
  const [after, told] = [linesOf(server).length, set.flags]
  await running.clock.advance(minuteMs)
  expect(told).toBeLessThan(80)
  expect(after - before).toBeLessThan(700)
})
