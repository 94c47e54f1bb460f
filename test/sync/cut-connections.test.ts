import { describe, expect, test } from 'vitest'
import { AppError } from '../../src/model/errors.ts'
import type { MailSource } from '../../src/sync/ports.ts'
import { mailStoreState } from '../support/mirror-state.ts'
import { imapSource } from '../support/run-sync.ts'
import { accountOf, expectRecovery, FaultStage, mailboxOf } from './fault-stage.ts'
import { emptyServer, fill, inboxOf, letterOf, smallServer } from './letters.ts'

const bodyFetch = /UID FETCH .*BODY\.PEEK/

describe.each(['fin', 'rst'] as const)('a connection that is cut (%s)', (how) => {
  test('F01 at every 47th octet of a FETCH response is replaced, and every message arrives', async () => {
    const store = inboxOf(3)
    const octets = 3 * 360
    for (let afterOctets = 0; afterOctets < octets; afterOctets += 47) {
      await using stage = await FaultStage.open(store)
      stage.fault(bodyFetch, { kind: 'cut', how, afterOctets }, { nth: 1 })
      const { result } = await stage.sync()
      expect({ afterOctets, complete: result.complete }).toEqual({ afterOctets, complete: true })
      expect(stage.mirror).toEqual(mailStoreState(store))
      await stage.sync()
      expect({ afterOctets, bodies: stage.wire.bodies }).toEqual({ afterOctets, bodies: 0 })
    }
  })

  test.each([
    ['the greeting', /^GREETING/],
    ['LOGIN', / (?:LOGIN|AUTHENTICATE)/],
    ['ID', / ID /],
    ['LIST', / LIST/],
    ['EXAMINE', / EXAMINE/],
    ['the search', / UID SEARCH/],
    ['LOGOUT', / LOGOUT/],
  ])('F01 once in %s costs nothing but a connection', async (_name, command) => {
    await using stage = await FaultStage.open(smallServer())
    stage.fault(command, { kind: 'cut', how, afterOctets: 7 }, { nth: 1 })
    const { result } = await stage.sync()
    expect(result.complete).toBe(true)
    expect(stage.server.openConnections).toBe(0)
    await expectRecovery(stage)
  })
})

test('F01 a server that cuts every connection in mid-message still hands over all of its messages', async () => {
  await using stage = await FaultStage.open(inboxOf(12))
  stage.fault(bodyFetch, { kind: 'cut', how: 'fin', afterOctets: 700 })
  const { result } = await stage.sync()
  expect(result.complete).toBe(true)
  await expectRecovery(stage)
})

test('F01 a server that cuts every EXAMINE stops the account after a few connections', async () => {
  await using stage = await FaultStage.open(smallServer())
  stage.fault(/ EXAMINE/, { kind: 'close', how: 'rst', when: 'before' })
  const outcome = await stage.sync()
  expect(accountOf(outcome)).toMatchObject({ outcome: 'failed', error: { code: 'CONNECTION_LOST' } })
  expect(accountOf(outcome).mailboxes).toHaveLength(4)
  expect(stage.server.connections).toBeLessThan(12)
  await expectRecovery(stage)
})

test('F49 a mailbox whose EXAMINE costs the connection each time does not stop the others', async () => {
  await using stage = await FaultStage.open(smallServer())
  stage.fault(/ EXAMINE "?INBOX/, { kind: 'close', how: 'fin', when: 'before' })
  const outcome = await stage.sync()
  const { mailboxes } = accountOf(outcome)
  expect(mailboxes.map(({ path, complete }) => [path, complete])).toEqual([
    ['Archive/2024', true],
    ['Drafts', true],
    ['INBOX', false],
    ['Sent', true],
  ])
  expect(mailboxOf(outcome)).toMatchObject({ serverMessages: 5, messages: 0 })
  await expectRecovery(stage)
})

test('F53 a first sync that is interrupted again and again goes on where it was', async () => {
  const store = emptyServer()
  const messages = 60
  const octets = 20_000
  for (let number = 1; number <= messages; number++) store.append('INBOX', letterOf(octets, `photo ${number}`))
  await using stage = await FaultStage.open(store)
  stage.fault(bodyFetch, { kind: 'cut', how: 'fin', afterOctets: 10 * octets + 3000 })
  stage.fault(/^GREETING/, { kind: 'close', how: 'rst', when: 'before' }, { nth: 2, times: 3 })

  let received = 0
  let runs = 0
  for (let isComplete = false; !isComplete && runs < 20; runs++) {
    const outcome = await stage.sync()
    isComplete = outcome.result.complete
    received += accountOf(outcome).receivedOctets
  }
  expect(received).toBeLessThan(1.1 * messages * octets)
  expect(await expectRecovery(stage)).toBe(0)
})

/** Refuses some attempts to connect, counted from 1 over all accounts. */
function refusingSource(refuses: (attempt: number, account: string) => boolean): MailSource {
  const source = imapSource()
  let attempts = 0
  return {
    connect: (account, lane, signal) => {
      attempts++
      if (refuses(attempts, account.name)) {
        return Promise.reject(new AppError({ code: 'SERVER_UNREACHABLE', message: `refused attempt ${attempts}` }))
      }
      return source.connect(account, lane, signal)
    },
  }
}

function manyMailboxes() {
  const store = emptyServer()
  for (let number = 1; number <= 16; number++) {
    store.createMailbox(`Lists/${number}`)
    fill(store, `Lists/${number}`, 20)
  }
  return store
}

describe('connections that are refused', () => {
  test('F15 a second connection that the server refuses leaves all to the first', async () => {
    await using stage = await FaultStage.open(manyMailboxes(), { account: { connections: 4 } })
    stage.fault(/^GREETING/, { kind: 'bye', text: 'Too many connections' }, { nth: 2, times: 100 })
    const outcome = await stage.sync()
    expect(outcome.result.complete).toBe(true)
    const opened = outcome.events.filter(({ type }) => type === 'connection-opened')
    expect(opened).toHaveLength(1)
    await expectRecovery(stage)
  })

  test('F15 a connection that is lost and cannot be had again leaves the rest to the others', async () => {
    await using stage = await FaultStage.open(manyMailboxes(), { account: { connections: 3 } })
    stage.fault(/UID SEARCH/, { kind: 'close', how: 'fin', when: 'before' }, { connection: 2 })
    stage.fault(/^GREETING/, { kind: 'bye', text: 'Too many connections' }, { nth: 4, times: 100 })
    const outcome = await stage.sync()
    expect(outcome.result.complete).toBe(true)
    await expectRecovery(stage)
  })

  test('F16 slots survive connections that fail: with every third refused, all accounts complete', async () => {
    const store = smallServer()
    await using stage = await FaultStage.open(store)
    const accounts = Array.from({ length: 9 }, (_, index) => ({ ...stage.account, name: `account ${index}` }))
    const source = refusingSource((attempt) => attempt % 3 === 0)
    const limits = { connections: 2, connectionsPerHost: 2 }
    const { result } = await stage.sync({ accounts, source, limits })
    expect(result.accounts.map(({ outcome }) => outcome)).toEqual(accounts.map(() => 'complete'))
  })

  test('F16 an account that never connects gives its slot to the next', async () => {
    await using stage = await FaultStage.open(smallServer())
    const limits = { connections: 1, connectionsPerHost: 1 }
    const accounts = ['first', 'second'].map((name) => ({ ...stage.account, name }))
    const source = refusingSource((_attempt, account) => account === 'first')
    const { result } = await stage.sync({ accounts, source, limits })
    expect(result.accounts.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['first', 'failed'],
      ['second', 'complete'],
    ])
  })
})

describe('slots that others need', () => {
  const one = { connections: 1, connectionsPerHost: 1 }

  test('F32 a backlog makes room after ten batches, so that the new mail of others does not wait for its end', async () => {
    const backlog = inboxOf(25_000)
    await using stage = await FaultStage.open(backlog)
    await using other = await FaultStage.open(smallServer())
    const accounts = [
      { ...stage.account, name: 'backlog' },
      { ...other.account, name: 'small' },
    ]
    const { result, events } = await stage.syncMeanwhile({ accounts, limits: one })
    expect(result.complete).toBe(true)
    const turns = events.flatMap((event) => (event.type === 'connection-opened' ? [event.account] : []))
    expect(turns).toEqual(['backlog', 'small', 'backlog'])
    const smallBegins = events.findIndex((event) => event.type === 'connection-opened' && event.account === 'small')
    const batchesBefore = events
      .slice(0, smallBegins)
      .filter((event) => event.type === 'batch-started' && event.account === 'backlog')
    expect(batchesBefore).toHaveLength(10)
  })

  test('F32 further connections of an account come when nobody needs the slots, and go when somebody does', async () => {
    await using stage = await FaultStage.open(inboxOf(8000), { account: { connections: 3 } })
    await using other = await FaultStage.open(smallServer())
    const secondOpened = Promise.withResolvers<void>()
    stage.fault(bodyFetch, { kind: 'run', run: () => secondOpened.promise }, { nth: 2 })
    const accounts = [
      { ...other.account, name: 'small' },
      { ...stage.account, name: 'large' },
    ]
    const limits = { connections: 2, connectionsPerHost: 2 }
    const { result, events } = await stage.syncMeanwhile({
      accounts,
      limits,
      onEvent: (event) => {
        if (event.type === 'connection-opened' && event.account === 'large' && event.connection === 2) {
          secondOpened.resolve()
        }
      },
    })
    expect(result.complete).toBe(true)
    let open = 0
    const most = events.reduce((max, { type }) => {
      if (type === 'connection-opened') open++
      if (type === 'connection-closed') open--
      return Math.max(max, open)
    }, 0)
    expect(most).toBe(2)
    const ofLarge = events.flatMap((event) =>
      event.type === 'connection-opened' && event.account === 'large' ? [event] : [],
    )
    expect(ofLarge).toHaveLength(2)
  })
})

test('F01 the statement of a mailbox whose connections are all cut counts what is held', async () => {
  await using stage = await FaultStage.open(inboxOf(30))
  stage.fault(bodyFetch, { kind: 'cut', how: 'fin', afterOctets: 1500 }, { nth: 1 })
  stage.fault(bodyFetch, { kind: 'close', how: 'rst', when: 'before' }, { nth: 2, times: 1000 })
  const inbox = mailboxOf(await stage.sync())
  expect(inbox).toMatchObject({ complete: false, serverMessages: 30 })
  expect(inbox.messages).toBe(Object.keys(stage.mirror).length)
  expect(inbox.messages).toBeGreaterThan(0)
  expect(stage.server.connections).toBeLessThan(40)
  await expectRecovery(stage)
})
