import { describe, expect, test } from 'vitest'
import type { ExtensionSwitches } from '../../src/demo/extensions.ts'
import { expectRecovery, FaultStage, mailboxOf } from './fault-stage.ts'
import { fill, inboxOf, letter, numbers, smallServer } from './letters.ts'

/** What many servers have, and no more. */
const bare: ExtensionSwitches = {
  CONDSTORE: false,
  'LIST-STATUS': false,
  'SPECIAL-USE': false,
  ENABLE: false,
  UIDPLUS: false,
}

describe('providers as they are', () => {
  test('F102 Exchange: no size is right, a message comes only when asked again, and nothing tells what has changed', async () => {
    await using stage = await FaultStage.open(inboxOf(40), { extensions: bare })
    stage.fault(/UID FETCH/, { kind: 'size', by: 37 })
    stage.fault(/BODY\.PEEK/, { kind: 'body-nil', uids: [7, 8] }, { nth: 1 })
    const outcome = await stage.sync()
    expect(mailboxOf(outcome)).toMatchObject({ complete: true, messages: 40, failed: [] })
    stage.mail.setFlags('INBOX', [1], ['Seen-by-Ada'])
    stage.mail.expunge('INBOX', [2])
    expect((await stage.sync()).result.complete).toBe(true)
    expect(await expectRecovery(stage)).toBe(0)
  })

  test('F104 Yahoo: SEARCH is a server bug, UIDNEXT jumps by hundreds of thousands, one message is never to be had', async () => {
    await using stage = await FaultStage.open(inboxOf(60), { extensions: bare })
    stage.fault(/UID SEARCH/, { kind: 'answer', status: 'NO', text: '[SERVERBUG] SEARCH Server error' })
    stage.fault(/EXAMINE/, { kind: 'field', field: 'UIDNEXT', value: '420061' })
    stage.fault(/UID FETCH (?:\S*,)?(?:17|[1-9]:\d+|1[0-7]:\d+).*BODY\.PEEK/, {
      kind: 'answer',
      status: 'NO',
      text: '[UNAVAILABLE] UID FETCH Server error - please try again later',
    })
    const outcome = await stage.sync()
    expect(mailboxOf(outcome).complete).toBe(false)
    expect(mailboxOf(outcome).failed.map(({ uid }) => uid)).toContain(17)
    expect(mailboxOf(outcome).messages + mailboxOf(outcome).failed.length).toBe(60)
    await expectRecovery(stage)
  })

  test('F105 Yandex: roles come from LIST with SPECIAL-USE, never from XLIST, and gaps in UIDs are gaps', async () => {
    const mail = smallServer()
    mail.append('INBOX', letter('far away'), { uid: 90_000 })
    await using stage = await FaultStage.open(mail)
    stage.fault(/ CAPABILITY|AUTHENTICATE|GREETING/, {
      kind: 'edit-lines',
      edit: (line) => line.replace('IMAP4rev1', 'IMAP4rev1 XLIST'),
    })
    expect((await stage.sync()).result.complete).toBe(true)
    expect(stage.wire.count('XLIST')).toBe(0)
    expect(await expectRecovery(stage)).toBe(0)
  })

  test('F107 Proton Bridge: while it is cold its mailboxes seem empty; nothing that is held is lost by that', async () => {
    await using stage = await FaultStage.open(inboxOf(50), { extensions: bare })
    stage.fault(/EXAMINE/, { kind: 'exists', by: -50 })
    stage.fault(/UID SEARCH/, { kind: 'edit-lines', edit: (line) => (line.startsWith('* SEARCH') ? '* SEARCH' : line) })
    const cold = await stage.syncMeanwhile()
    expect(mailboxOf(cold)).toMatchObject({ messages: 0 })
    stage.server.faults.clear()
    expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, messages: 50, newMessages: 50 })
    stage.fault(/EXAMINE/, { kind: 'exists', by: -50 })
    await stage.syncMeanwhile()
    // Whatever is believed of the listings, the octets stay, and come back with the next listing.
    expect(Object.keys(stage.mirror).length + Object.keys(stage.removed).length).toBe(50)
    await expectRecovery(stage)
    expect(Object.keys(stage.mirror)).toHaveLength(50)
  })

  test('F108 no revision of IMAP is switched on that the server would then get wrong', async () => {
    await using stage = await FaultStage.open(smallServer())
    stage.fault(/ CAPABILITY|AUTHENTICATE|GREETING/, {
      kind: 'edit-lines',
      edit: (line) => line.replace('IMAP4rev1', 'IMAP4rev1 IMAP4rev2'),
    })
    await stage.sync()
    expect(stage.wire.commands.filter(({ line }) => /IMAP4rev2/i.test(line))).toEqual([])
    expect(await expectRecovery(stage)).toBe(0)
  })

  test.each<readonly [string, Parameters<FaultStage['fault']>]>([
    ['163 and Dreamhost tell no UIDNEXT', [/EXAMINE|STATUS|LIST/, { kind: 'field', field: 'UIDNEXT', value: undefined }]],
    ['Domino has no dates', [/UID FETCH/, { kind: 'edit-rows', edit: (row) => [{ ...row, items: row.items.map((item) => item.name === 'INTERNALDATE' ? { name: item.name, text: '"00-Jan-0000 00:00:00 +0000"' } : item) }] }]],
    ['IceWarp dates mail to 1899', [/UID FETCH/, { kind: 'edit-rows', edit: (row) => [{ ...row, items: row.items.map((item) => item.name === 'INTERNALDATE' ? { name: item.name, text: '"30-Dec-1899 00:00:00 +0000"' } : item) }] }]],
    ['Kerio and Axigen tell of expunges where they may not', [/UID FETCH/, { kind: 'inject', lines: ['* 1 EXPUNGE'] }]],
    ['others send lines of no use', [/UID FETCH|EXAMINE/, { kind: 'inject', lines: ['* OK [ALERT] renew your subscription', '* nonsense', 'nonsense'] }]],
  ])('F109 %s, and all messages are there', async (_name, [command, action]) => {
    await using stage = await FaultStage.open(inboxOf(20))
    stage.fault(command, action)
    const outcome = await stage.sync()
    expect(mailboxOf(outcome)).toMatchObject({ messages: 20, failed: [] })
    stage.server.faults.clear()
    fill(stage.mail, 'INBOX', 1)
    await stage.sync({ full: true })
    expect(stage.wire.bodies).toBe(1)
    expect(Object.keys(stage.mirror)).toHaveLength(21)
  }) // prettier-ignore

  test('F109 GoDaddy: a UID without octets is recorded, and tried again', async () => {
    await using stage = await FaultStage.open(inboxOf(20))
    stage.fault(/BODY\.PEEK/, { kind: 'body-absent', uids: [5] })
    const outcome = await stage.sync()
    expect(mailboxOf(outcome)).toMatchObject({ complete: false, messages: 19, failed: [{ uid: 5 }] })
    expect(await expectRecovery(stage)).toBe(1)
  })
})

test('F64 a huge backlog of flags is finished, however often it is cut off', async () => {
  await using stage = await FaultStage.open(inboxOf(5000))
  await stage.sync()
  stage.mail.setFlags('INBOX', numbers(1, 5000), ['backlog'])
  for (const afterOctets of [20_000, 60_000, 110_000]) {
    stage.fault(/CHANGEDSINCE/, { kind: 'cut', how: 'rst', afterOctets })
    await stage.sync({ patience: { silenceMs: 500, stallMs: 2000 } })
    stage.server.faults.clear()
  }
  expect((await stage.sync()).result.complete).toBe(true)
  expect(await expectRecovery(stage)).toBe(0)
})
