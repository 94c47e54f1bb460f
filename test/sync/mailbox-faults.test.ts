import { describe, expect, test } from 'vitest'
import { accountOf, expectRecovery, FaultStage, mailboxOf } from './fault-stage.ts'
import { emptyServer, fill, flagged, letter, numbers, seen, smallServer } from './letters.ts'

describe('F45 a mailbox that goes while the run is under way', () => {
  test.each([
    ['before it is examined', / EXAMINE "?Sent/],
    ['before it is listed', / UID SEARCH/],
    ['before its messages are fetched', /UID FETCH .*BODY\.PEEK/],
  ])('%s is incomplete now and gone in the next run', async (_name, command) => {
    const store = emptyServer()
    store.createMailbox('Sent')
    fill(store, 'Sent', 6)
    await using stage = await FaultStage.open(store)
    stage.fault(command, { kind: 'run', run: () => store.deleteMailbox('Sent') }, { nth: 1 })
    const outcome = await stage.sync()
    expect(mailboxOf(outcome, 'Sent')).toMatchObject({ complete: false, messages: 0 })
    expect(mailboxOf(outcome, 'INBOX').complete).toBe(true)
    await expectRecovery(stage)
  })

  test('by a new name is mirrored under that name by the next run, without a second download', async () => {
    await using stage = await FaultStage.open(smallServer())
    await stage.sync()
    fill(stage.mail, 'Sent', 1)
    stage.fault(/ EXAMINE "?Sent/, { kind: 'run', run: () => stage.mail.rename('Sent', 'Sent/2024') }, { nth: 1 })
    expect(mailboxOf(await stage.sync(), 'Sent')).toMatchObject({ complete: false, messages: 2 })
    expect(await expectRecovery(stage)).toBe(1)
    expect(stage.removed).toEqual({})
  })
})

test('F49 a mailbox that is refused for ever does not stop the others', async () => {
  await using stage = await FaultStage.open(smallServer())
  stage.fault(/ EXAMINE "?Sent/, { kind: 'answer', status: 'NO', text: '[NOPERM] permission denied' })
  for (let run = 1; run <= 2; run++) {
    const outcome = await stage.sync()
    const incomplete = accountOf(outcome).mailboxes.filter(({ complete }) => !complete)
    expect(incomplete).toMatchObject([{ path: 'Sent', serverMessages: 2, messages: 0 }])
    expect(incomplete[0]?.reason).toContain('[NOPERM] permission denied')
    expect(outcome.events.filter(({ type }) => type === 'mailbox-failed')).toHaveLength(1)
  }
  expect(await expectRecovery(stage)).toBe(2)
})

test('F49 a refused mailbox beside one that is gone does not stop the account', async () => {
  await using stage = await FaultStage.open(smallServer(), { extensions: { 'LIST-STATUS': false } })
  await stage.sync()
  stage.mail.rename('Archive/2024', 'Old')
  stage.mail.createMailbox('Forbidden')
  stage.fault(/ (?:STATUS|EXAMINE) "?Forbidden/, { kind: 'answer', status: 'NO', text: '[NOPERM] permission denied' })
  const outcome = await stage.sync()
  expect(accountOf(outcome).mailboxes.filter(({ complete }) => !complete)).toMatchObject([{ path: 'Forbidden' }])
  expect(outcome.events).toContainEqual(expect.objectContaining({ type: 'mailbox-renamed', mailbox: 'Old' }))
  await expectRecovery(stage)
})

test('F49 an empty mailbox is never asked for messages', async () => {
  await using stage = await FaultStage.open(emptyServer())
  await stage.sync({ full: true })
  await stage.sync({ full: true })
  expect(stage.wire.counts).toMatchObject({ EXAMINE: 1 })
  expect(stage.wire.count('UID FETCH') + stage.wire.count('UID SEARCH')).toBe(0)
  await expectRecovery(stage)
})

describe('UIDVALIDITYs that do not agree', () => {
  test('F35 one that differs at each EXAMINE leaves what the mirror holds, and the other mailboxes', async () => {
    await using stage = await FaultStage.open(smallServer())
    await stage.sync()
    const before = stage.mirror
    let flapping = 9000
    const edit = (line: string) => line.replace(/\[UIDVALIDITY \d+\]/, () => `[UIDVALIDITY ${++flapping}]`)
    stage.fault(/ EXAMINE "?INBOX/, { kind: 'edit-lines', edit })
    fill(stage.mail, 'INBOX', 1)
    fill(stage.mail, 'Sent', 1)
    const outcome = await stage.sync()
    expect(mailboxOf(outcome)).toMatchObject({ complete: false, messages: 5, removed: 0 })
    expect(mailboxOf(outcome, 'Sent').complete).toBe(true)
    expect(Object.keys(stage.mirror)).toEqual(expect.arrayContaining(Object.keys(before)))
    await expectRecovery(stage)
  })

  test('F18 a second connection that sees another one brings nothing into the mailbox', async () => {
    const store = emptyServer()
    fill(store, 'INBOX', 4100)
    await using stage = await FaultStage.open(store, { account: { connections: 2 } })
    stage.fault(/ EXAMINE /, { kind: 'field', field: 'UIDVALIDITY', value: '4711' }, { connection: 2 })
    const outcome = await stage.sync()
    expect(mailboxOf(outcome)).toMatchObject({ complete: false, serverMessages: 4100 })
    expect(mailboxOf(outcome).reason).toContain('two connections see different UIDVALIDITYs')
    expect(mailboxOf(outcome).messages).toBe(Object.keys(stage.mirror).length)
    await expectRecovery(stage)
  })

  test('F18 a connection that is to confirm removals and sees another one confirms nothing and fetches nothing', async () => {
    const store = emptyServer()
    fill(store, 'INBOX', 100)
    await using stage = await FaultStage.open(store)
    await stage.sync()
    store.expunge('INBOX', numbers(1, 90))
    fill(store, 'INBOX', 2)
    const connection = stage.server.connections + 2
    stage.fault(/ EXAMINE /, { kind: 'field', field: 'UIDVALIDITY', value: '4711' }, { connection })
    const outcome = await stage.sync()
    expect(mailboxOf(outcome)).toMatchObject({ complete: false, removed: 0, messages: 100 })
    expect(stage.wire.bodies).toBe(0)
    await expectRecovery(stage)
  })

  test('F33 one that changes between the first EXAMINE and a lost connection starts no mixture', async () => {
    const store = emptyServer()
    fill(store, 'INBOX', 20)
    await using stage = await FaultStage.open(store)
    stage.fault(/BODY\.PEEK/, { kind: 'run', run: () => store.setUidValidity('INBOX', 4711) }, { nth: 1 })
    stage.fault(/BODY\.PEEK/, { kind: 'cut', how: 'fin', afterOctets: 2000 }, { nth: 1 })
    const outcome = await stage.sync()
    expect(mailboxOf(outcome)).toMatchObject({ complete: false, serverMessages: 20 })
    await expectRecovery(stage)
    expect(Object.keys(stage.mirror).every((key) => key.startsWith('INBOX/4711/'))).toBe(true)
  })

  test('F34 that go to another and back do not lose or mix anything', async () => {
    await using stage = await FaultStage.open(smallServer())
    await stage.sync()
    const former = stage.mail.mailbox('INBOX').uidValidity
    for (const uidValidity of [7, former, 9999, former]) {
      stage.mail.setUidValidity('INBOX', uidValidity)
      stage.mail.setFlags('INBOX', 2, [flagged, `$at${uidValidity}`])
      expect((await stage.sync()).result.complete).toBe(true)
      await expectRecovery(stage)
    }
  })

  test('F33 a new epoch that is interrupted, and taken back by the server, leaves the former one whole', async () => {
    const store = emptyServer()
    fill(store, 'INBOX', 30)
    await using stage = await FaultStage.open(store)
    await stage.sync()
    store.setUidValidity('INBOX', 500)
    stage.fault(/BODY\.PEEK/, { kind: 'cut', how: 'fin', afterOctets: 3000 }, { nth: 1 })
    stage.fault(/^GREETING/, { kind: 'bye', text: 'maintenance' }, { nth: 2, times: 9 })
    expect((await stage.sync()).result.complete).toBe(false)
    expect(Object.keys(stage.mirror).filter((key) => key.startsWith('INBOX/100/'))).toHaveLength(30)
    store.setUidValidity('INBOX', 100)
    expect(await expectRecovery(stage)).toBe(0)
  })
})

/** Changes before each of the first six commands. */
function disturb(stage: FaultStage): void {
  let turn = 0
  const { mail } = stage
  stage.fault(
    / (?:EXAMINE|UID (?:SEARCH|FETCH)) /,
    {
      kind: 'run',
      run: () => {
        turn++
        mail.setFlags('INBOX', [turn, turn + 1, 60 - turn], turn % 2 === 0 ? [seen] : [flagged, `$turn${turn}`])
        mail.expunge('INBOX', [turn * 5])
        mail.append('INBOX', letter(`arrived in turn ${turn}`))
      },
    },
    { times: 6 },
  )
}

describe('what happens on the server while the run is under way', () => {
  test.each([
    ['with CONDSTORE', {}],
    ['without', { CONDSTORE: false }],
  ])(
    'F63 flags, arrivals and expunged messages in a first sync are all there after the next one, %s',
    async (_, extensions) => {
      const store = emptyServer()
      fill(store, 'INBOX', 60)
      await using stage = await FaultStage.open(store, { extensions })
      disturb(stage)
      await stage.syncMeanwhile()
      await expectRecovery(stage)
    },
  )

  test.each([
    ['with CONDSTORE', {}],
    ['without', { CONDSTORE: false }],
  ])('F63 the same in a later sync, %s', async (_name, extensions) => {
    const store = emptyServer()
    fill(store, 'INBOX', 60)
    await using stage = await FaultStage.open(store, { extensions })
    await stage.sync()
    fill(store, 'INBOX', 3)
    disturb(stage)
    await stage.syncMeanwhile()
    await expectRecovery(stage)
  })

  test.each([
    ['with CONDSTORE', {}],
    ['without', { CONDSTORE: false }],
  ])(
    'F63 flags that change between an interrupted first sync and its continuation are seen, %s',
    async (_name, extensions) => {
      const store = emptyServer()
      fill(store, 'INBOX', 60)
      await using stage = await FaultStage.open(store, { extensions })
      stage.fault(/BODY\.PEEK/, { kind: 'cut', how: 'fin', afterOctets: 9000 }, { nth: 1 })
      stage.fault(/^GREETING/, { kind: 'bye', text: 'maintenance' }, { nth: 2, times: 9 })
      expect((await stage.sync()).result.complete).toBe(false)
      const held = Object.keys(stage.mirror).length
      expect(held).toBeGreaterThan(5)
      store.setFlags('INBOX', numbers(1, 60), [flagged])
      expect(await expectRecovery(stage)).toBe(60 - held)
    },
  )

  test('F58 a message that is moved meanwhile is placed at its new home before it leaves the old one', async () => {
    await using stage = await FaultStage.open(smallServer())
    const move = () => {
      const inbox = stage.mail.mailbox('INBOX')
      for (const message of inbox.messages.slice(0, 2)) stage.mail.copy(message, stage.mail.mailbox('Archive/2024'))
      stage.mail.expunge('INBOX', [1, 2])
    }
    stage.fault(/ EXAMINE "?Archive/, { kind: 'run', run: move }, { nth: 1 })
    await stage.syncMeanwhile()
    expect(Object.keys(stage.mirror)).toHaveLength(12)
    await expectRecovery(stage)
  })

  test('F59 two connections that fetch from the same mailbox place each message once', async () => {
    const store = emptyServer()
    fill(store, 'INBOX', 4200)
    await using stage = await FaultStage.open(store, { account: { connections: 3 } })
    const outcome = await stage.sync()
    expect(mailboxOf(outcome)).toMatchObject({ complete: true, newMessages: 4200, messages: 4200 })
    expect(stage.wire.bodies).toBe(4200)
    expect(
      new Set(outcome.events.flatMap((event) => (event.type === 'batch-started' ? [event.connection] : []))).size,
    ).toBe(3)
    expect(await expectRecovery(stage)).toBe(0)
  })
})
