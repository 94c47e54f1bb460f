import { createHash, randomBytes } from 'node:crypto'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { parseInternalDate } from '../../src/model/message.ts'
import { uidSetOf } from '../../src/model/uid-set.ts'
import type { StoredMessage } from '../../src/model/stored-message.ts'
import { partOctets } from '../../src/store/write-contents.ts'
import { commitBatch, messageRow, openMailbox, uidOf } from './sample-mail.ts'
import type { Message } from './sample-mail.ts'
import { openReader, temporaryStorePath, writeStore } from './sample-store.ts'

const sha256 = (text: string): string => createHash('sha256').update(text, 'latin1').digest('hex')
const text = (octets: Uint8Array): string => Buffer.from(octets).toString('latin1')
const minutes = 'Subject: minutes\r\n\r\nAs agreed.\r\n'
const long = `Subject: long\r\n\r\n${'The same line again.\r\n'.repeat(500)}`

/** Where the messages are, without the instants, which are the clock's. */
function placementsOf(messages: readonly StoredMessage[]): readonly unknown[] {
  return messages.flatMap(({ placements }) =>
    placements.map((placement) => ({
      ...placement,
      firstSeen: typeof placement.firstSeen,
      removedAt: typeof placement.removedAt,
    })),
  )
}

test('a message is found by its number and by a prefix of its sha256, with every place where it is or was', async () => {
  const path = temporaryStorePath()
  const internalDate = parseInternalDate('17-Jul-1996 02:44:25 -0730')
  await writeStore(path, async (store) => {
    const inbox = await openMailbox(store, 'INBOX')
    const archive = await openMailbox(store, 'Archive')
    const flags = [String.raw`\Seen`, '$Junk', String.raw`\Recent`]
    await commitBatch(store, inbox.id, { messages: [[messageRow(4), minutes]] })
    await commitBatch(store, archive.id, {
      messages: [[messageRow(9, { flags, labels: ['Work', 'Alpha'], internalDate }), minutes]],
    })
    await store.markRemoved(inbox.id, uidSetOf([uidOf(4)]))
  })
  const reader = openReader(path)
  const found = reader.find({ id: 1 })
  const empty = { account: 'work', uidValidity: 7, firstSeen: 'string', flags: [], keywords: [], labels: [] }
  expect(placementsOf(found)).toEqual([
    {
      ...empty,
      mailbox: 'Archive',
      uid: 9,
      flags: [String.raw`\Seen`],
      keywords: ['$Junk'],
      labels: ['Alpha', 'Work'],
      internalDate,
      removedAt: 'undefined',
    },
    {
      ...empty,
      mailbox: 'INBOX',
      uid: 4,
      internalDate: parseInternalDate('17-Jul-1996 02:44:25 -0700'),
      removedAt: 'string',
    },
  ])
  expect(found.map(({ id, sha256: hash, octets }) => [id, hash, octets])).toEqual([[1, sha256(minutes), 32]])
  for (const digits of [4, 5, 63, 64]) {
    expect(reader.find({ sha256Prefix: sha256(minutes).slice(0, digits) })).toEqual(found)
  }
  expect(reader.find({ id: 2 })).toEqual([])
  expect(reader.find({ id: Number('9999999999999999') })).toEqual([])
  expect(reader.find({ sha256Prefix: sha256('something else') })).toEqual([])
})

test('an ambiguous prefix names ten messages at most', async () => {
  const path = temporaryStorePath()
  // 20 messages whose sha256 begins alike, found by trying; the shortest prefix a user may give has 4 digits.
  const messages: Message[] = []
  for (let tried = 0; messages.length < 20; tried++) {
    if (sha256(`${tried}`).startsWith('0')) messages.push([messageRow(messages.length + 1), `${tried}`])
  }
  await writeStore(path, async (store) => {
    const { id } = await openMailbox(store, 'INBOX')
    await commitBatch(store, id, { messages })
  })
  expect(openReader(path).find({ sha256Prefix: '0' })).toHaveLength(10)
})

test('octets come back exactly, compressed or not, also none at all', async () => {
  const path = temporaryStorePath()
  const everyOctet = Buffer.from(Array.from({ length: 256 }, (_, octet) => octet)).toString('latin1')
  const texts = [minutes, long, '', everyOctet, everyOctet.repeat(64)]
  await writeStore(path, async (store) => {
    const { id } = await openMailbox(store, 'INBOX')
    await commitBatch(store, id, { messages: texts.map((content, index) => [messageRow(index + 1), content]) })
  })
  const reader = openReader(path)
  expect(texts.map((_, index) => text(reader.read(index + 1)))).toEqual(texts)
  expect(() => reader.read(99)).toThrow(expect.objectContaining({ code: 'NO_SUCH_MESSAGE' })) // prettier-ignore
})

test.each([
  ['base64', randomBytes(7_000_000).toString('base64')],
  // Shrinks by little more than a third: the frame is in parts, too.
  ['hexadecimal', `Subject: ${' '.repeat(20)}\r\n\r\n${randomBytes(14_000_000).toString('hex').replaceAll('7', ' ')}`],
])('F14 a large message lies in parts and is read whole, and one that is missing is damage (%s)', async (_, large) => {
  const path = temporaryStorePath()
  await writeStore(path, async (store) => {
    const { id } = await openMailbox(store, 'INBOX')
    await commitBatch(store, id, { messages: [[messageRow(1), large]] })
    // Once more under another UID: it is held already.
    await commitBatch(store, id, { messages: [[messageRow(3), large]] })
  })
  const lengths = new Sqlite(path, { readonly: true })
    .prepare<[], number>('SELECT length(data) FROM content_part ORDER BY id')
    .pluck()
    .all()
  expect(lengths.length).toBeGreaterThan(1)
  expect(Math.max(...lengths)).toBe(partOctets)
  expect(sha256(text(openReader(path).read(1)))).toBe(sha256(large))
  const vandal = new Sqlite(path)
  vandal.exec('DELETE FROM content_part WHERE part = 1')
  vandal.close()
  expect(() => openReader(path).read(1)).toThrow(expect.objectContaining({ code: 'DAMAGED', scope: 'message' }))
})

test('F89 octets that have changed on the disk are not handed out', async () => {
  const path = temporaryStorePath()
  await writeStore(path, async (store) => {
    const { id } = await openMailbox(store, 'INBOX')
    await commitBatch(store, id, { messages: [minutes, long, 'held'].map((t, i) => [messageRow(i + 1), t]) }) // prettier-ignore
  })
  const vandal = new Sqlite(path)
  const flip = vandal.prepare('UPDATE content SET data = ? WHERE id = ?')
  flip.run(Buffer.from(minutes.replace('agreed', 'argued')), 1)
  flip.run(Buffer.from('no zstd frame'), 2)
  vandal.prepare('UPDATE content SET octets = 5 WHERE id = 3').run()
  vandal.close()
  const reader = openReader(path)
  for (const id of [1, 2, 3]) {
    expect(() => reader.read(id)).toThrow(expect.objectContaining({ code: 'DAMAGED', scope: 'message' }))
  }
})

test('S25 lists and instants that no mailmirror wrote are damage, not a crash', async () => {
  const path = temporaryStorePath()
  await writeStore(path, async (store) => {
    const { id } = await openMailbox(store, 'INBOX')
    await commitBatch(store, id, { messages: [[messageRow(1), minutes]] })
  })
  const vandal = new Sqlite(path)
  vandal.exec('UPDATE placement SET first_seen = 9223372036854775807')
  const reader = openReader(path)
  expect(reader.find({ id: 1 })[0]?.placements[0]?.firstSeen).toBe('+275760-09-13T00:00:00.000Z')
  for (const flags of ['[', '{}', '[1]']) {
    vandal.prepare('UPDATE placement SET flags = ?').run(flags)
    expect(() => reader.find({ id: 1 })).toThrow(expect.objectContaining({ code: 'DAMAGED' }))
  }
  vandal.close()
})
