import { describe, expect, test } from 'vitest'
import type { ExtensionSwitches } from '../../src/demo/extensions.ts'
import { expectRecovery, FaultStage, mailboxOf } from './fault-stage.ts'
import { emptyServer, fill, flagged, inboxOf, letter, letterOf, numbers, smallServer } from './letters.ts'

describe('F33 a new epoch costs no body that is held', () => {
  test('of many messages none is downloaded again, new flags included', async () => {
    await using stage = await FaultStage.open(inboxOf(2500))
    await stage.sync()
    stage.mail.setUidValidity('INBOX', 9000)
    stage.mail.setFlags('INBOX', numbers(10, 20), [flagged, '$again'])
    const outcome = await stage.sync()
    expect(stage.wire.bodies).toBe(0)
    expect(mailboxOf(outcome)).toMatchObject({ complete: true, newMessages: 2500, downloadedOctets: 0 })
    expect(outcome.events).toContainEqual({
      type: 'messages-linked',
      account: 'ada',
      mailbox: 'INBOX',
      messages: 2500,
    })
    expect(await expectRecovery(stage)).toBe(0)
  })

  test('what is new in it, and what is held under the same size and date with other octets, is downloaded', async () => {
    const store = emptyServer()
    fill(store, 'INBOX', 4)
    store.append('INBOX', letterOf(400, 'one way'))
    await using stage = await FaultStage.open(store)
    await stage.sync()
    store.setUidValidity('INBOX', 9000)
    store.expunge('INBOX', [5])
    store.append('INBOX', letterOf(400, 'two way'))
    store.append('INBOX', letter('quite new'))
    await stage.sync()
    expect(stage.wire.bodies).toBe(2)
    expect(await expectRecovery(stage)).toBe(0)
  })

  test('F83 messages that share Message-ID, size and date are downloaded, for nothing tells them apart', async () => {
    const store = emptyServer()
    const [one, other] = [letter('twin', 'left '), letter('twin', 'right')]
    expect(one.length).toBe(other.length)
    store.append('INBOX', one)
    await using stage = await FaultStage.open(store)
    await stage.sync()
    store.setUidValidity('INBOX', 9000)
    store.append('INBOX', other)
    await stage.sync()
    expect(stage.wire.bodies).toBe(2)
    expect(await expectRecovery(stage)).toBe(0)
  })

  test('F79 messages without Message-ID, and of 0 octets, are downloaded: the rest of the header is too little', async () => {
    const store = emptyServer()
    store.append('INBOX', Buffer.from('Subject: bare\r\n\r\nnothing\r\n'))
    store.append('INBOX', Buffer.from('\r\nno header\r\n'))
    store.append('INBOX', Buffer.alloc(0))
    await using stage = await FaultStage.open(store)
    await stage.sync()
    store.setUidValidity('INBOX', 9000)
    await stage.sync()
    expect(stage.wire.bodies).toBe(3)
    expect(await expectRecovery(stage)).toBe(0)
  })

  test.each<readonly [string, RegExp, Parameters<FaultStage['fault']>[1]]>([
    ['refuses sections of the header', /HEADER\.FIELDS/, { kind: 'answer', status: 'NO', text: 'no such section' }],
    ['gives no header', /HEADER\.FIELDS/, { kind: 'edit-rows', edit: (row) => [{ ...row, items: row.items.filter(({ name }) => !name.startsWith('BODY[')) }] }],
    ['tells no sizes', /UID FETCH/, { kind: 'edit-rows', edit: (row) => [{ ...row, items: row.items.filter(({ name }) => name !== 'RFC822.SIZE') }] }],
  ])('a server that %s is asked for the octets', async (_name, command, action) => {
    await using stage = await FaultStage.open(inboxOf(30))
    await stage.sync()
    stage.mail.setUidValidity('INBOX', 9000)
    stage.fault(command, action)
    await stage.sync()
    expect(stage.wire.bodies).toBe(30)
    expect(await expectRecovery(stage)).toBe(0)
  }) // prettier-ignore

  test('a connection that is lost while headers come costs no body either', async () => {
    await using stage = await FaultStage.open(inboxOf(1500))
    await stage.sync()
    stage.mail.setUidValidity('INBOX', 9000)
    stage.fault(/HEADER\.FIELDS/, { kind: 'cut', how: 'rst', afterOctets: 9000 }, { nth: 1 })
    await stage.sync()
    expect(stage.wire.bodies).toBe(0)
    expect(await expectRecovery(stage)).toBe(0)
  })
})

/** Three copies, two of which become moves, and something new. */
function shuffle({ mail }: FaultStage): void {
  const [inbox, archive] = [mail.mailbox('INBOX'), mail.mailbox('Archive/2024')]
  for (const message of inbox.messages.slice(0, 3)) mail.copy(message, archive)
  mail.expunge('INBOX', [1, 2])
  mail.append('INBOX', letter('quite new'))
}

describe('F58 a message that is moved or copied', () => {
  test.each<readonly [string, ExtensionSwitches, number]>([
    ['EMAILID', { OBJECTID: true }, 1],
    ['X-GM-MSGID', { 'X-GM-EXT-1': true }, 1],
    ['no id at all', {}, 4],
  ])('costs no body where the server gives ids (%s)', async (_name, extensions, bodies) => {
    // Gmail is not complete without All Mail.
    const account = { specialUse: { Drafts: 'all' } } as const
    await using stage = await FaultStage.open(smallServer(), { extensions, account })
    await stage.sync()
    shuffle(stage)
    await stage.sync()
    expect(stage.wire.bodies).toBe(bodies)
    expect(Object.keys(stage.removed)).toHaveLength(2)
    expect(await expectRecovery(stage)).toBe(0)
  })

  test('costs its body where one id stands for different messages', async () => {
    const store = smallServer()
    store.append('INBOX', letter('one thing'), { emailId: 'M-same' })
    await using stage = await FaultStage.open(store, { extensions: { OBJECTID: true } })
    await stage.sync()
    store.append('Sent', letter('another thing'), { emailId: 'M-same' })
    await stage.sync()
    expect(stage.wire.bodies).toBe(1)
    store.append('Archive/2024', letter('one thing'), { emailId: 'M-same' })
    await stage.sync()
    expect(stage.wire.bodies).toBe(1)
    expect(await expectRecovery(stage)).toBe(0)
  })

  test('costs its body where it has been written on under the same id and header', async () => {
    const store = smallServer()
    store.append('INBOX', letter('draft', 'Dear all,'), { emailId: 'M-draft' })
    await using stage = await FaultStage.open(store, { extensions: { OBJECTID: true } })
    await stage.sync()
    store.append('Drafts', letter('draft', 'Dear all, I shall be late.'), { emailId: 'M-draft' })
    await stage.sync()
    expect(stage.wire.bodies).toBe(1)
    expect(await expectRecovery(stage)).toBe(0)
  })

  test('is found again when its former mailbox is gone', async () => {
    await using stage = await FaultStage.open(smallServer(), { extensions: { OBJECTID: true } })
    await stage.sync()
    for (const message of stage.mail.mailbox('Sent').messages) stage.mail.copy(message, stage.mail.mailbox('INBOX'))
    stage.mail.deleteMailbox('Sent')
    await stage.sync()
    expect(stage.wire.bodies).toBe(0)
    expect(await expectRecovery(stage)).toBe(0)
  })
})
