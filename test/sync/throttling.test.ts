import { describe, expect, test } from 'vitest'
import type { FaultAction } from '../../src/demo/faults.ts'
import type { RunOutcome } from '../support/run-sync.ts'
import { accountOf, expectRecovery, FaultStage, mailboxOf } from './fault-stage.ts'
import { fill, inboxOf, smallServer } from './letters.ts'

const bodyFetch = /UID FETCH .*BODY\.PEEK/
const throttling = {
  kind: 'answer',
  status: 'BAD',
  text: 'Request is throttled. Suggested Backoff Time: 92415 ms',
} as const

const delaysOf = ({ events }: RunOutcome): readonly number[] =>
  events.flatMap((event) => (event.type === 'retry-scheduled' ? [event.delayMs] : []))

describe('a server that throttles', () => {
  test.each([
    ['a FETCH', bodyFetch],
    ['an EXAMINE', / EXAMINE /],
    ['a LIST', / LIST /],
  ])(
    'F28 I15 at %s is asked a few times after a wait, and then the account ends with THROTTLED',
    async (_name, command) => {
      await using stage = await FaultStage.open(inboxOf(5))
      stage.fault(command, { kind: 'answer', status: 'NO', text: '[THROTTLED] slow down' })
      const outcome = await stage.sync()
      expect(accountOf(outcome)).toMatchObject({ outcome: 'failed', error: { code: 'THROTTLED' } })
      // No connection does more than log out after it has been refused.
      const { commands } = stage.wire
      const refused = commands.filter(({ line }) => command.test(line))
      expect(refused).toHaveLength(4)
      for (const { connection, line } of refused) {
        const lines = commands.filter((one) => one.connection === connection).map((one) => one.line)
        expect(lines.slice(lines.indexOf(line) + 1).map((one) => one.split(' ')[1])).toEqual(['LOGOUT'])
      }
      expect(delaysOf(outcome)).toHaveLength(3)
      await expectRecovery(stage)
    },
  )

  test('F28 I14 in mid-run is waited for as long as it says, without a connection, and nothing is fetched twice', async () => {
    await using stage = await FaultStage.open(inboxOf(2500))
    stage.fault(bodyFetch, throttling, { nth: 2, times: 2 })
    let open = 0
    const openWhileWaiting: number[] = []
    const outcome = await stage.sync({
      onEvent: ({ type }) => {
        if (type === 'connection-opened') open++
        if (type === 'connection-closed') open--
        if (type === 'retry-scheduled') openWhileWaiting.push(open)
      },
    })
    expect(outcome.result.complete).toBe(true)
    const delays = delaysOf(outcome)
    expect(delays).toHaveLength(2)
    for (const delayMs of delays) {
      expect(delayMs).toBeGreaterThanOrEqual(92_415)
      expect(delayMs).toBeLessThan(97_100)
    }
    expect(openWhileWaiting).toEqual([0, 0])
    expect(await expectRecovery(stage)).toBe(0)
  })

  test('F28 for longer than the run may last ends it at once as throttled, with what has come', async () => {
    await using stage = await FaultStage.open(inboxOf(2500))
    stage.fault(bodyFetch, throttling, { nth: 2 })
    const outcome = await stage.sync({ maxTimeMs: 60_000 })
    expect(accountOf(outcome)).toMatchObject({ outcome: 'failed', error: { code: 'THROTTLED' } })
    expect(mailboxOf(outcome)).toMatchObject({ complete: false, serverMessages: 2500, messages: 1000 })
    expect(delaysOf(outcome)).toEqual([])
    expect(await expectRecovery(stage)).toBe(1500)
  })

  test('F28 stops all connections of the account but one, and that one brings the rest', async () => {
    await using stage = await FaultStage.open(inboxOf(12_000), { account: { connections: 3 } })
    stage.fault(bodyFetch, throttling, { nth: 3 })
    const { result, events } = await stage.sync()
    expect(result.complete).toBe(true)
    const after = events.slice(events.findIndex(({ type }) => type === 'retry-scheduled'))
    const opened = after.flatMap((event) => (event.type === 'connection-opened' ? [event.connection] : []))
    const busy = after.flatMap((event) => (event.type === 'batch-started' ? [event.connection] : []))
    expect(opened).toHaveLength(1)
    expect(busy.length).toBeGreaterThan(5)
    expect(new Set(busy)).toEqual(new Set(opened))
    expect(await expectRecovery(stage)).toBe(0)
  })

  test('F29 that has nothing left for today is not asked again in this run', async () => {
    await using stage = await FaultStage.open(inboxOf(2500))
    stage.fault(bodyFetch, { kind: 'answer', status: 'NO', text: '[OVERQUOTA] bandwidth limits exceeded' }, { nth: 2 })
    const outcome = await stage.sync()
    expect(accountOf(outcome)).toMatchObject({ outcome: 'failed', error: { code: 'THROTTLED' } })
    expect(mailboxOf(outcome)).toMatchObject({ complete: false, messages: 1000 })
    expect(await expectRecovery(stage)).toBe(1500)
  })

  test('F30 that says so beside OK is obeyed as OK, is told of, and loses a connection', async () => {
    await using stage = await FaultStage.open(inboxOf(6000), { account: { connections: 2 } })
    stage.fault(bodyFetch, { kind: 'completion', text: 'OK [THROTTLED] slowly' }, { nth: 1 })
    const { result, events } = await stage.sync()
    expect(result.complete).toBe(true)
    expect(events.filter(({ type }) => type === 'retry-scheduled')).toEqual([])
    const slowed = events.flatMap((event) => (event.type === 'server-slowed' ? [event.connection] : []))
    expect(slowed).toHaveLength(1)
    const at = events.findIndex(({ type }) => type === 'server-slowed')
    const busy = events.slice(at).flatMap((event) => (event.type === 'batch-started' ? [event.connection] : []))
    expect(busy).not.toContain(slowed[0])
    expect(await expectRecovery(stage)).toBe(0)
  })

  test('F30 whose only connection is slowed goes on with it after a pause', async () => {
    await using stage = await FaultStage.open(smallServer())
    stage.fault(bodyFetch, { kind: 'completion', text: 'OK [THROTTLED] slowly' })
    const { result, events } = await stage.sync()
    expect(result.complete).toBe(true)
    expect(events.filter(({ type }) => type === 'server-slowed')).toHaveLength(3)
    expect(events.filter(({ type }) => type === 'connection-opened')).toHaveLength(1)
    expect(await expectRecovery(stage)).toBe(0)
  })
})

const notConnected = { kind: 'answer', status: 'BAD', text: 'User is authenticated but not connected.' } as const

describe('Exchange that is not connected', () => {
  test('F27 for a moment is tried once more after 30 s', async () => {
    await using stage = await FaultStage.open(smallServer())
    stage.fault(/ LIST /, notConnected, { nth: 1 })
    const outcome = await stage.sync()
    expect(outcome.result.complete).toBe(true)
    const [delayMs = 0] = delaysOf(outcome)
    expect([delayMs >= 30_000, delayMs < 32_000]).toEqual([true, true])
    expect(stage.server.connections).toBe(2)
    await expectRecovery(stage)
  })

  test.each([
    ['LIST', / LIST /],
    ['EXAMINE', / EXAMINE /],
  ])('F27 for good, at %s, is a login that failed, never an empty account', async (_name, command) => {
    await using stage = await FaultStage.open(smallServer())
    await stage.sync()
    fill(stage.mail, 'INBOX', 1)
    stage.fault(command, notConnected)
    const outcome = await stage.sync()
    const account = accountOf(outcome)
    expect(account).toMatchObject({ outcome: 'failed', error: { code: 'LOGIN_REJECTED' } })
    expect(account.error?.hint).toMatch(/^the password was right.*shared mailbox/)
    expect(delaysOf(outcome)).toHaveLength(1)
    expect(Object.keys(stage.mirror)).toHaveLength(10)
    expect(await expectRecovery(stage)).toBe(1)
  })
})

const refusing = (text: string): FaultAction => ({ kind: 'answer', status: 'NO', text })

describe('a login that is refused', () => {
  test('F25 for now is tried again after a wait, and the account is mirrored', async () => {
    await using stage = await FaultStage.open(smallServer())
    stage.fault(/AUTHENTICATE/, refusing('[UNAVAILABLE] Temporary authentication failure.'), { nth: 1, times: 2 })
    const outcome = await stage.sync()
    expect(outcome.result.complete).toBe(true)
    expect(delaysOf(outcome)).toHaveLength(2)
    expect(await expectRecovery(stage)).toBe(0)
  })

  test('F25 because too many have failed is not tried again: that would make it worse', async () => {
    await using stage = await FaultStage.open(smallServer())
    stage.fault(/AUTHENTICATE/, refusing('[UNAVAILABLE] Too many login attempts, wait 15 minutes'))
    const outcome = await stage.sync()
    expect(accountOf(outcome)).toMatchObject({ outcome: 'failed', error: { code: 'THROTTLED' } })
    expect(stage.wire.count('AUTHENTICATE')).toBe(1)
    await expectRecovery(stage)
  })

  test('F24 in mid-run is not tried again, and what has come is kept', async () => {
    await using stage = await FaultStage.open(inboxOf(2500))
    stage.fault(bodyFetch, { kind: 'close', how: 'rst', when: 'before' }, { nth: 2 })
    stage.fault(/AUTHENTICATE/, refusing('[AUTHENTICATIONFAILED] the password was changed'), { nth: 2, times: 10 })
    const outcome = await stage.sync()
    expect(accountOf(outcome)).toMatchObject({ outcome: 'failed', error: { code: 'LOGIN_REJECTED' } })
    expect(mailboxOf(outcome)).toMatchObject({ complete: false, messages: 1000 })
    expect(stage.wire.count('AUTHENTICATE')).toBe(2)
    expect(await expectRecovery(stage)).toBe(1500)
  })
})

test('F31 a server that says BYE in place of a greeting is tried a few times, and is then unreachable', async () => {
  await using stage = await FaultStage.open(smallServer())
  stage.fault(/^GREETING/, { kind: 'bye', text: 'Server shutting down' })
  const outcome = await stage.sync()
  expect(accountOf(outcome)).toMatchObject({ outcome: 'failed', error: { code: 'SERVER_UNREACHABLE' } })
  expect(stage.server.connections).toBe(3)
  expect(delaysOf(outcome)).toHaveLength(2)
  await expectRecovery(stage)
})

test('F20 a server that falls silent is told of by mailbox and command, and the connection is replaced', async () => {
  await using stage = await FaultStage.open(inboxOf(50))
  stage.fault(bodyFetch, { kind: 'stall' }, { nth: 1 })
  const outcome = await stage.sync({ patience: { silenceMs: 200, stallMs: 5000 } })
  expect(outcome.result.complete).toBe(true)
  expect(outcome.events.filter(({ type }) => type === 'retry-scheduled')).toMatchObject([
    {
      account: 'ada',
      mailbox: 'INBOX',
      code: 'CONNECTION_LOST',
      message: 'could not fetch messages: the connection was lost: nothing came for 0 s',
    },
  ])
  expect(await expectRecovery(stage)).toBe(0)
})

test('F32 new mail comes before a backlog, between mailboxes and within one', async () => {
  const mail = smallServer()
  await using stage = await FaultStage.open(mail)
  await stage.sync()
  mail.createMailbox('Archive/Old')
  fill(mail, 'Archive/Old', 3000)
  fill(mail, 'INBOX', 2)
  fill(mail, 'Sent', 1)
  await stage.sync()
  const order = stage.wire.commands.flatMap(({ line }) => {
    const examined = / EXAMINE "?([^" ]+)/.exec(line)?.[1]
    return examined === undefined ? (bodyFetch.exec(line)?.[0].split(' ').slice(2, 3) ?? []) : [examined]
  })
  expect(order).toEqual(['INBOX', '6:7', 'Sent', '3', 'Archive/Old', '2001:3000', '1001:2000', '1:1000'])
})
