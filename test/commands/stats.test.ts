import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { uidSetOf } from '../../src/model/uid-set.ts'
import { indexStore } from '../store/indexed-store.ts'
import { commitBatch, messageRow, openMailbox, uidOf } from '../store/sample-mail.ts'
import { writeStore } from '../store/sample-store.ts'
import { letter, seen } from '../store/searched-store.ts'
import { runCommand, writeHome } from '../support/run-command.ts'
import type { CommandResult } from '../support/run-command.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const plain = (from: string, date: string, text: string): string => letter({ From: from, Date: date }, text)
const withFile = letter(
  {
    From: '"Grace" <GRACE@example.org>',
    Subject: 'Plans',
    Date: '1 Feb 2024 12:00 +0000',
    'Content-Type': 'multipart/mixed; boundary=b',
  },
  '--b\r\n\r\ntext\r\n--b\r\nContent-Type: application/pdf; name=plan.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nUERGUERG\r\n--b--',
)
const first = plain('ada@example.org', '1 Feb 2026 12:00 +0000', 'a'.repeat(1000))
const again = plain('Ada <Ada@Example.org>', '2 Feb 2026 12:00 +0000', 'b')
const gone = plain('nobody@example.org', '1 Feb 2020 12:00 +0000', 'c')

/** INBOX has four messages, one of them removed; Copies has one of them again. */
async function home(isIndexed = true) {
  const { config, store } = writeHome(temporaryDirectory(), 1)
  writeFileSync(
    config,
    readFileSync(config, 'utf8')
      .replace('[accounts.ada]', '[accounts.work]')
      .replace('[accounts.ada.imap]', '[accounts.work.imap]'),
  )
  await writeStore(store, async (writer) => {
    const inbox = await openMailbox(writer, 'INBOX')
    const messages = [first, again, withFile, gone].map((text, index) => [messageRow(index + 1, seen), text] as const)
    await commitBatch(writer, inbox.id, { messages })
    await writer.markRemoved(inbox.id, uidSetOf([uidOf(4)]))
    const copies = await openMailbox(writer, 'Copies')
    await commitBatch(writer, copies.id, { messages: [[messageRow(1, seen), first]] })
  })
  if (isIndexed) await indexStore(store)
  return (...args: readonly string[]): Promise<CommandResult> => runCommand(['-c', config, ...args], { TZ: 'UTC' })
}

/** Octets of these as they are stored. */
const size = (...texts: readonly string[]): number => texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)

test('stats count each message once, each mailbox with what it holds, and no removed ones', async () => {
  const run = await home()
  const { stdout, stderr, status } = await run('stats', '--json')
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  expect(JSON.parse(stdout)).toEqual({
    v: 1,
    messages: 3,
    octets: size(first, again, withFile),
    attachments: { count: 1, octets: 6 },
    accounts: [{ name: 'work', messages: 4, octets: size(first, again, withFile, first) }],
    mailboxes: [
      { account: 'work', path: 'Copies', messages: 1, octets: size(first) },
      { account: 'work', path: 'INBOX', messages: 3, octets: size(first, again, withFile) },
    ],
    years: [
      { year: 2026, messages: 2, octets: size(first, again) },
      { year: 2024, messages: 1, octets: size(withFile) },
    ],
    senders: [
      { name: 'Ada', address: 'ada@example.org', messages: 2, octets: size(first, again) },
      { name: 'Grace', address: 'GRACE@example.org', messages: 1, octets: size(withFile) },
    ],
    largestAttachments: [{ id: 3, part: '2', name: 'plan.pdf', type: 'application/pdf', octets: 6, subject: 'Plans' }],
  })
})

test('stats of one mailbox, with lists of one', async () => {
  const run = await home()
  const page: unknown = JSON.parse((await run('stats', 'work/C*', '--limit', '1', '--json')).stdout)
  expect(page).toMatchObject({ messages: 1, senders: [{ messages: 1 }], attachments: { count: 0, octets: 0 } })
  const table = await run('stats')
  expect(table.stdout).toContain('3 messages')
  expect(table.stdout).toContain('show 3 --part 2')
})

test('what there is not is said', async () => {
  const run = await home()
  expect(await run('stats', 'work/Nothing')).toMatchObject({ status: 66, stdout: '' })
  expect(await run('stats', 'eve')).toMatchObject({ status: 66, stdout: '' })
  expect(await run('stats', '--limit', '0')).toMatchObject({ status: 64, stdout: '' })
})

test('what is not indexed yet counts without date and sender, and is named', async () => {
  const run = await home(false)
  const { status, stdout, stderr } = await run('stats', '--json')
  expect(status).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ messages: 3, years: [{ year: null, messages: 3 }], senders: [] })
  expect(stderr).toContain('mailmirror reindex')
})
