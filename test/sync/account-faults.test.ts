import { describe, expect, test } from 'vitest'
import { AppError } from '../../src/model/errors.ts'
import type { MirrorStore } from '../../src/sync/ports.ts'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { mailStoreState, mirrorState } from '../support/mirror-state.ts'
import { accountAt, password, runSync } from '../support/run-sync.ts'
import { accountOf, expectRecovery, FaultStage, mailboxOf } from './fault-stage.ts'
import { emptyServer, inboxOf, letterOf, numbers, smallServer } from './letters.ts'
import { mortalStore } from './mortal-store.ts'

const bodyFetch = /UID FETCH .*BODY\.PEEK/

test('F24 a wrong password is tried exactly once, and the other accounts complete (rule 9)', async () => {
  const store = smallServer()
  await using stage = await FaultStage.open(store)
  await using strict = await startDemoServer({ store, users: { ada: 'another' } })
  const accounts = [
    { ...stage.account, name: 'first' },
    accountAt(strict.port, { name: 'second', connections: 3 }),
    { ...stage.account, name: 'third' },
  ]
  const { result, events } = await stage.sync({ accounts })
  expect(result.accounts.map(({ name, outcome, error }) => [name, outcome, error?.code])).toEqual([
    ['first', 'complete', undefined],
    ['second', 'failed', 'LOGIN_REJECTED'],
    ['third', 'complete', undefined],
  ])
  expect(strict.commands.filter(({ line }) => / (?:LOGIN|AUTHENTICATE) /.test(line))).toHaveLength(1)
  expect(events.filter(({ type }) => type === 'retry-scheduled')).toEqual([])
})

test('F32 twenty accounts share three connections, and all complete', async () => {
  const store = smallServer()
  await using stage = await FaultStage.open(store)
  const accounts = Array.from({ length: 20 }, (_, index) => ({ ...stage.account, name: `a${index}`, connections: 4 }))
  let open = 0
  let most = 0
  const { result } = await stage.sync({
    accounts,
    limits: { connections: 3, connectionsPerHost: 8 },
    onEvent: ({ type }) => {
      if (type === 'connection-opened') most = Math.max(most, ++open)
      if (type === 'connection-closed') open--
    },
  })
  expect(result.accounts.map(({ outcome }) => outcome)).toEqual(accounts.map(() => 'complete'))
  expect({ most, open }).toEqual({ most: 3, open: 0 })
})

test('rule 9: accounts whose servers are dead, deny and drop do not hold up the others', async () => {
  const store = smallServer()
  await using stage = await FaultStage.open(store)
  await using dropping = await startDemoServer({ store, users: { ada: password } })
  dropping.faults.add({ when: { command: / EXAMINE / }, action: { kind: 'close', how: 'rst', when: 'before' } })
  await using dead = await startDemoServer({ store, users: { ada: password } })
  await dead.close()
  const accounts = [
    accountAt(dead.port, { name: 'dead' }),
    accountAt(dropping.port, { name: 'dropping' }),
    { ...stage.account, name: 'good' },
    { ...stage.account, name: 'good too' },
  ]
  const { result } = await stage.sync({ accounts, limits: { connections: 2, connectionsPerHost: 2 } })
  expect(result.accounts.map(({ name, outcome, error }) => [name, outcome, error?.code])).toEqual([
    ['dead', 'failed', 'SERVER_UNREACHABLE'],
    ['dropping', 'failed', 'CONNECTION_LOST'],
    ['good', 'complete', undefined],
    ['good too', 'complete', undefined],
  ])
})

describe('max-message', () => {
  test('refuses larger messages, says how many, and leaves the mailbox complete', async () => {
    const store = inboxOf(5)
    for (const octets of [10_000, 10_001, 50_000]) store.append('INBOX', letterOf(octets, `of ${octets}`))
    await using stage = await FaultStage.open(store, { account: { maxMessage: 10_000 } })
    for (const bodies of [6, 0]) {
      const outcome = await stage.sync()
      expect(mailboxOf(outcome)).toMatchObject({
        complete: true,
        serverMessages: 8,
        messages: 6,
        refused: 2,
        failed: [],
      })
      expect(stage.wire.bodies).toBe(bodies)
    }
    const lifted = await stage.sync({ accounts: [{ ...stage.account, maxMessage: undefined }] })
    expect(mailboxOf(lifted)).toMatchObject({ complete: true, messages: 8, refused: 0 })
    expect(stage.wire.bodies).toBe(2)
    expect(stage.mirror).toEqual(mailStoreState(store))
  })

  test('refused messages and failed ones are told apart, also where the mailbox is given up', async () => {
    const store = inboxOf(5)
    store.append('INBOX', letterOf(50_000, 'film'))
    await using stage = await FaultStage.open(store, { account: { maxMessage: 10_000 } })
    stage.fault(bodyFetch, { kind: 'answer', status: 'NO', text: '[THROTTLED] slow down' })
    expect(mailboxOf(await stage.sync())).toMatchObject({ complete: false, failed: [], refused: 1, messages: 0 })
    stage.server.faults.clear()
    store.expunge('INBOX', [6])
    expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, failed: [], refused: 0, messages: 5 })
  })
})

describe('an interrupted run', () => {
  test('F13 in mid-FETCH keeps the whole messages that have come, logs out and returns', async () => {
    const store = inboxOf(40)
    await using stage = await FaultStage.open(store, { octetsPerSecond: 20_000 })
    const interrupt = new AbortController()
    const outcome = await stage.sync({
      signal: interrupt.signal,
      onEvent: ({ type }) => {
        // The server takes some 700 ms to send them.
        if (type === 'batch-started') setTimeout(() => interrupt.abort(), 300)
      },
    })
    expect(accountOf(outcome)).toMatchObject({ outcome: 'interrupted', error: { code: 'INTERRUPTED' } })
    const held = Object.keys(stage.mirror).length
    expect(held).toBeGreaterThan(0)
    expect(held).toBeLessThan(40)
    expect(mailboxOf(outcome)).toMatchObject({ complete: false, serverMessages: 40, messages: held })
    expect(stage.wire.count('LOGOUT')).toBe(1)
    expect(await expectRecovery(stage)).toBe(40 - held)
  })

  test('F13 whose server is silent in mid-message returns all the same', async () => {
    await using stage = await FaultStage.open(inboxOf(40), { account: { connections: 2 } })
    const interrupt = new AbortController()
    stage.fault(bodyFetch, { kind: 'cut', how: 'stall', afterOctets: 5000 })
    const outcome = await stage.sync({
      signal: interrupt.signal,
      onEvent: ({ type }) => {
        if (type === 'batch-started') setTimeout(() => interrupt.abort(), 200)
      },
    })
    expect(accountOf(outcome)).toMatchObject({ outcome: 'interrupted', error: { code: 'INTERRUPTED' } })
    const held = Object.keys(stage.mirror).length
    expect(mailboxOf(outcome)).toMatchObject({ complete: false, serverMessages: 40, messages: held })
    expect(await expectRecovery(stage)).toBe(40 - held)
  })

  test('F13 with several connections and accounts logs out of every connection', async () => {
    const store = smallServer()
    await using stage = await FaultStage.open(store)
    const interrupt = new AbortController()
    const accounts = ['first', 'second', 'third'].map((name) => ({ ...stage.account, name }))
    const { result, events } = await stage.sync({
      accounts,
      signal: interrupt.signal,
      onEvent: ({ type }) => {
        if (type === 'mailbox-listed') interrupt.abort()
      },
    })
    expect(result.accounts.map(({ outcome }) => outcome)).toEqual(accounts.map(() => 'interrupted'))
    const opened = events.filter(({ type }) => type === 'connection-opened')
    expect(events.filter(({ type }) => type === 'connection-closed')).toHaveLength(opened.length)
    expect(stage.wire.count('LOGOUT')).toBe(opened.length)
  })

  test('F13 before anything else connects to nothing', async () => {
    await using stage = await FaultStage.open(smallServer())
    const outcome = await stage.sync({ signal: AbortSignal.abort() })
    expect(accountOf(outcome)).toMatchObject({ outcome: 'interrupted', mailboxes: [] })
    expect(stage.server.connections).toBe(0)
    await expectRecovery(stage)
  })

  test('F13 at any event ends by itself, and the next run completes it', async () => {
    const store = smallServer()
    let interruptAt = 1
    for (let wasInterrupted = true; wasInterrupted; interruptAt++) {
      await using stage = await FaultStage.open(store, { account: { connections: 2 } })
      const interrupt = new AbortController()
      let events = 0
      const outcome = await stage.sync({
        signal: interrupt.signal,
        onEvent: () => {
          if (++events === interruptAt) interrupt.abort()
        },
      })
      wasInterrupted = accountOf(outcome).outcome === 'interrupted'
      const held = Object.keys(stage.mirror).length
      expect({ interruptAt, bodies: await expectRecovery(stage) }).toEqual({ interruptAt, bodies: 10 - held })
    }
    expect(interruptAt).toBeGreaterThan(10)
  })
})

/** A store whose disk is full from the n-th batch on. */
class FullStore {
  commits = 0
  readonly #nth: number

  constructor(nth: number) {
    this.#nth = nth
  }

  readonly wrap = (store: MirrorStore): MirrorStore => ({
    ...mortalStore(store, Infinity).store,
    newBatch: (epoch) => {
      const batch = store.newBatch(epoch)
      const commit = batch.commit.bind(batch)
      batch.commit = () => (++this.commits >= this.#nth ? diskFull() : commit())
      return batch
    },
  })
}

const diskFull = (): Promise<never> =>
  Promise.reject(new AppError({ code: 'STORE_FULL', message: 'there is no space left' }))

describe('F08 a store that is full', () => {
  test('in mid-run ends the run with its error, soon, and nothing is half-written', async () => {
    const store = emptyServer()
    for (let number = 1; number <= 40; number++) store.append('INBOX', letterOf(1_000_000, `scan ${number}`))
    await using stage = await FaultStage.open(store)
    const { storePath } = stage
    const full = new FullStore(3)
    const run = runSync({ accounts: [stage.account], storePath, wrapStore: full.wrap })
    await expect(run).rejects.toMatchObject({ code: 'STORE_FULL' })
    expect(full.commits).toBeLessThan(10)
    const state = mirrorState(storePath)
    expect(Object.keys(state)).toHaveLength(4)
    for (const [key, placement] of Object.entries(state)) expect(mailStoreState(store)[key]).toEqual(placement)
    expect(stage.server.openConnections).toBe(0)
    expect(await expectRecovery(stage)).toBe(36)
  })

  test('while a mailbox is refused is not hidden by the refusal', async () => {
    await using stage = await FaultStage.open(inboxOf(1500))
    stage.fault(bodyFetch, { kind: 'answer', status: 'NO', text: 'no' }, { nth: 2, times: 1000 })
    stage.fault(/UID SEARCH UID|UID FETCH \S+ \(UID\)/, { kind: 'answer', status: 'NO', text: 'no' })
    const { storePath } = stage
    const run = runSync({ accounts: [stage.account], storePath, wrapStore: new FullStore(1).wrap })
    await expect(run).rejects.toMatchObject({ code: 'STORE_FULL' })
  })

  test('for one account ends the others, also one whose server is silent', async () => {
    const store = inboxOf(5)
    await using stage = await FaultStage.open(store)
    await using silent = await startDemoServer({ store, users: { ada: password } })
    silent.faults.add({ when: { command: bodyFetch }, action: { kind: 'stall' } })
    const { storePath } = stage
    const accounts = [stage.account, accountAt(silent.port, { name: 'silent' })]
    const run = runSync({ accounts, storePath, wrapStore: new FullStore(1).wrap })
    await expect(run).rejects.toMatchObject({ code: 'STORE_FULL' })
    expect(silent.openConnections).toBeLessThanOrEqual(1)
  })
})

test('F16 a connection that is replaced keeps its slot', async () => {
  const store = inboxOf(50)
  await using stage = await FaultStage.open(store)
  const accounts = ['first', 'second'].map((name) => ({ ...stage.account, name }))
  await stage.sync({ accounts })
  store.expunge('INBOX', numbers(1, 40))
  const { events, result } = await stage.sync({ accounts, limits: { connections: 1, connectionsPerHost: 1 } })
  expect(result.complete).toBe(true)
  const opened = events.flatMap((event) => (event.type === 'connection-opened' ? [event.account] : []))
  expect(opened).toEqual(['first', 'first', 'second', 'second'])
})
