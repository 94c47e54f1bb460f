import { expect, test } from 'vitest'
import type { MailStore } from '../../src/demo/mail-store.ts'
import { inspectStore } from '../store/inspect-store.ts'
import { accountOf, expectRecovery, FaultStage, mailboxOf } from './fault-stage.ts'
import { emptyServer, flagged, letter } from './letters.ts'

const allMail = '[Gmail]/Alle Nachrichten'
const roles = {
  [allMail]: String.raw`\All`,
  '[Gmail]/Papelera': String.raw`\Trash`,
  '[Gmail]/Spam': String.raw`\Junk`,
  '[Gmail]/Gesendet': String.raw`\Sent`,
  '[Gmail]/Markiert': String.raw`\Flagged`,
}
const labels = ['2024', 'trailing ', 'Case', 'case', String.raw`\Draft`, String.raw`\Starred`, String.raw`\Inbox`]
const gmail = { extensions: { 'X-GM-EXT-1': true, QRESYNC: false } } as const

/** Twenty messages in All Mail, which the inbox, a label and others show again; two in the bin, one in the junk. */
function gmailAccount(): MailStore {
  const mail = emptyServer()
  for (const [path, specialUse] of Object.entries(roles)) mail.createMailbox(path, { specialUse })
  for (const path of ['Work', '2024']) mail.createMailbox(path)
  for (let number = 1; number <= 20; number++) {
    mail.append(allMail, letter(`mail ${number}`), { labels: number === 1 ? labels : [], threadId: `${number % 4}` })
  }
  show(mail, 'INBOX', [1, 12])
  show(mail, 'Work', [3, 8])
  show(mail, '2024', [5, 20])
  show(mail, '[Gmail]/Gesendet', [2, 4])
  show(mail, '[Gmail]/Markiert', [1, 2])
  mail.append('[Gmail]/Papelera', letter('thrown away'))
  mail.append('[Gmail]/Papelera', letter('thrown away, too'))
  mail.append('[Gmail]/Spam', letter('win now'))
  return mail
}

function show(mail: MailStore, path: string, [first, last]: readonly [number, number]): void {
  for (const message of mail.mailbox(allMail).messages.slice(first - 1, last)) mail.copy(message, mail.mailbox(path))
}

test.each([1, 3])(
  'F100 of each message the octets are fetched once, over %i connections, whatever the mailboxes are called (F48)',
  async (connections) => {
    await using stage = await FaultStage.open(gmailAccount(), { ...gmail, account: { connections } })
    const outcome = await stage.sync()
    expect(outcome.result.complete).toBe(true)
    expect(stage.wire.bodies).toBe(23)
    expect(mailboxOf(outcome, 'INBOX')).toMatchObject({ newMessages: 12, downloadedOctets: 0, complete: true })
    expect(await expectRecovery(stage)).toBe(0)
  },
)

test('F101 labels are kept as they are, with the thread, and what changes comes by CONDSTORE', async () => {
  await using stage = await FaultStage.open(gmailAccount(), gmail)
  await stage.sync()
  const labelsOf = (uid: number): readonly string[] | undefined =>
    inspectStore(stage.storePath)
      .mailboxes.find(({ path }) => path === allMail)
      ?.epochs[0]?.placements.find((placement) => placement.uid === uid)?.labels
  expect(labelsOf(1)).toEqual(labels.toSorted())
  stage.mail.setLabels(allMail, [1, 2], ['Work', 'Neu'])
  stage.mail.setFlags(allMail, [5], [flagged])
  stage.mail.append('INBOX', letter('not in All Mail yet'))
  const [moved] = stage.mail.mailbox('Work').messages
  if (moved === undefined) throw new Error('Work is empty')
  stage.mail.copy(moved, stage.mail.mailbox('2024'))
  stage.mail.expunge('Work', [moved.uid])
  await stage.sync()
  expect(stage.wire.bodies).toBe(1)
  expect(labelsOf(1)).toEqual(['Neu', 'Work'])
  expect(labelsOf(2)).toEqual(['Neu', 'Work'])
  expect(await expectRecovery(stage)).toBe(0)
})

test('F100 where All Mail is not shown, the rest is mirrored, and the account says what to switch on', async () => {
  const mail = gmailAccount()
  mail.deleteMailbox(allMail)
  await using stage = await FaultStage.open(mail, gmail)
  const outcome = await stage.sync()
  const { outcome: ended, error, mailboxes } = accountOf(outcome)
  expect(ended).toBe('failed')
  expect(error?.code).toBe('COMMAND_REJECTED')
  expect(error?.message).toContain('the server shows "INBOX", "[Gmail]/Papelera"')
  expect(error?.hint).toContain('tick "Show in IMAP" for All Mail')
  expect(mailboxes.every(({ complete }) => complete)).toBe(true)
  expect(mailboxes).toHaveLength(7)
  const named = await stage.syncMeanwhile({ selectors: [{ account: 'ada', mailbox: 'INBOX' }] })
  expect(named.result.complete).toBe(true)
})

test('F48 a role that the server does not tell is taken from the config', async () => {
  const mail = gmailAccount()
  mail.rename(allMail, 'Everything')
  await using stage = await FaultStage.open(mail, { ...gmail, account: { specialUse: { Everything: 'all' } } })
  stage.fault(/ LIST /, {
    kind: 'edit-lines',
    edit: (line) => line.replace(String.raw`\All `, '').replace(String.raw` \All`, ''),
  })
  expect((await stage.sync()).result.complete).toBe(true)
  expect(stage.wire.bodies).toBe(23)
})
