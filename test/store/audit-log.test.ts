import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { logProblems } from '../support/log-problems.ts'
import { happen } from './random-history.ts'
import { temporaryStorePath } from './sample-store.ts'
import { WritingParts } from './writing-parts.ts'

/** INBOX holds UIDs 1 and 2, and 3 was removed; Archive is gone; Sent has had two epochs. */
async function writtenStore(): Promise<string> {
  const path = temporaryStorePath()
  let now = 1_700_000_000_000
  const parts = new WritingParts(path, () => now++)
  await happen(parts, { what: 'append', at: 0, uids: [1, 2, 3], text: 1 })
  await happen(parts, { what: 'flags', at: 0, uids: [2], flag: 'A' })
  await happen(parts, { what: 'expunge', at: 0, first: 3, last: 3 })
  await happen(parts, { what: 'append', at: 2, uids: [1], text: 0 })
  await happen(parts, { what: 'uidvalidity', at: 2, value: 6 })
  const { handlers, facts } = parts.writer
  const building = facts.prepare<[], number>(`SELECT id FROM epoch WHERE state = 'building'`).pluck().get() ?? 0
  parts.do(handlers.completePass({ epoch: building, cursor: { uidNext: 1, highestModseq: undefined, messages: 0 } }))
  await happen(parts, { what: 'list', at: 1 })
  await happen(parts, { what: 'gone', at: 1 })
  parts.close()
  return path
}

const inbox = `(SELECT epoch.id FROM epoch JOIN mailbox ON mailbox.id = mailbox WHERE path = 'INBOX')`
const held = (uid: number): string => `the change log disagrees with what is held of work/INBOX, UID ${uid}`
const known = (path: string): string => `the change log disagrees with what is known of the mailbox work/${path}`
const broken = (seq: number): string => `change ${seq} of the log cannot be read: its JSON is damaged`
const unknown = (seq: number): string => `change ${seq} of the log cannot be read: its kind is unknown`
const lost = (seq: number): string => `change ${seq} of the log is about a mailbox that there is not`
const early = (seq: number): string => `change ${seq} of the log is dated before the one before it`
const upTo = (last: number): readonly number[] => Array.from({ length: last }, (_, index) => index + 1)

test.each([
  ['nothing', 'SELECT 1', []],
  ['a placement that is gone', `DELETE FROM placement WHERE epoch = ${inbox} AND uid = 1`, [held(1)]],
  ['a removed one that is present', `UPDATE placement SET removed_at = NULL WHERE uid = 3`, [held(3)]],
  ['one that is removed', `UPDATE placement SET removed_at = 5 WHERE epoch = ${inbox} AND uid = 2`, [held(2)]],
  ['other flags', `UPDATE placement SET flags = '["\\Seen"]' WHERE epoch = ${inbox} AND uid = 2`, [held(2)]],
  ['other keywords of a removed one', `UPDATE placement SET keywords = '["B"]' WHERE uid = 3`, [held(3)]],
  ['other labels', `UPDATE placement SET labels = NULL WHERE epoch = ${inbox} AND uid = 1`, [held(1)]],
  ['another message', `UPDATE placement SET content = 1 WHERE epoch = ${inbox} AND uid = 2`, [held(2)]],
  [
    'a row of the log that is another',
    `UPDATE change SET uid = 9 WHERE kind = 'message-added' AND seq = 8`,
    [held(3), held(9)],
  ],
  ['a mailbox that is back', `UPDATE mailbox SET gone_at = NULL WHERE path = 'Archive'`, [known('Archive')]],
  ['a mailbox that is gone', `UPDATE mailbox SET gone_at = 1 WHERE path = 'INBOX'`, [known('INBOX')]],
  [
    'a mailbox that no row has added',
    `UPDATE change SET mailbox = 99 WHERE kind = 'mailbox-added' AND seq = 1`,
    [lost(1), known('INBOX')],
  ],
  ['a current epoch that is retired', `UPDATE epoch SET state = 'retired' WHERE id = ${inbox}`, [known('INBOX')]],
  ['an epoch of another mailbox', `UPDATE epoch SET mailbox = 2 WHERE id = ${inbox}`, [known('Archive')]],
  ['a row that no reader can read', `UPDATE change SET after = '{' WHERE seq = 5`, [broken(5)]],
  [
    'one that cannot be read, of what came to be otherwise',
    `UPDATE change SET before = '[1' WHERE seq = 7`,
    [broken(7)],
  ],
  ['a kind of change that there is not', `UPDATE change SET kind = 'sold' WHERE seq = 7`, [unknown(7), held(2)]],
  ['a row of no mailbox', `UPDATE change SET mailbox = 99 WHERE seq = 7`, [lost(7)]],
  ['instants that go back', `UPDATE change SET at = 5 WHERE seq = 7`, [early(7)]],
  ['many of them', `UPDATE change SET at = 99 - seq`, upTo(14).slice(1).map(early)],
  ['another uidValidity', `UPDATE epoch SET uid_validity = 8 WHERE id = ${inbox}`, [known('INBOX')]],
  ['a row that is missing', `DELETE FROM change WHERE seq = 2`, ['the change log ends with number 14 and has 13 rows']],
])('the change log is held against the tables: %s', async (_, damage, problems) => {
  const path = await writtenStore()
  expect(logProblems(path)).toEqual([])
  const vandal = new Sqlite(path)
  vandal.pragma('foreign_keys = OFF')
  vandal.exec(damage)
  vandal.close()
  expect(logProblems(path)).toEqual(problems)
})
