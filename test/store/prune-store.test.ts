import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { EpochId } from '../../src/sync/ports.ts'
import { openStoreAuditor } from '../../src/store/audit-store.ts'
import { openPruner, previewPruning } from '../../src/store/open-pruner.ts'
import type { PruneRule } from '../../src/upkeep/prune-ports.ts'
import { indexStore, readIndex } from './indexed-store.ts'
import { commitBatch, listedMailbox, messageRow, openMailbox } from './sample-mail.ts'
import { openReader, temporaryStorePath, writeStore } from './sample-store.ts'
import { letter } from './searched-store.ts'
import { WritingParts } from './writing-parts.ts'

const dayMs = 86_400_000
const beginMs = 1_700_000_000_000
const noPause = (): Promise<void> => Promise.resolve()

/** What a message has that no other one has: FTS5 shortens words by what they have in common with the word before, at the front. */
const markOf = (name: string): string => `q${createHash('sha256').update(name).digest('hex').slice(0, 24)}`
const tailOf = (mark: string): string => mark.slice(-14)

/** The mark stands in subject, sender, text and the name of an attachment. */
function letterOf(name: string, padding: number): string {
  const mark = markOf(name)
  const filler = 'lorem ipsum dolor '.repeat(padding)
  return letter(
    {
      From: `${mark} <${mark}@example.org>`,
      Subject: `about ${mark}`,
      'Message-ID': `<${mark}@example.org>`,
      'Content-Type': 'multipart/mixed; boundary=b',
    },
    `--b\r\n\r\n${filler}${mark}\r\n--b\r\nContent-Type: application/pdf; name=${mark}.pdf\r\n\r\n${mark}\r\n--b--`,
  )
}

const sha256Of = (text: string): string => createHash('sha256').update(Buffer.from(text, 'latin1')).digest('hex')

function octetsBeside(path: string): Buffer {
  const folder = dirname(path)
  return Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))))
}

/** Which of these a grep through all files of the store finds. */
function foundInFiles(path: string, names: readonly string[]): readonly string[] {
  const octets = octetsBeside(path)
  return names.filter((name) => octets.includes(tailOf(markOf(name))))
}

function damagesOf(path: string): readonly unknown[] {
  const auditor = openStoreAuditor({ path, allowNetwork: false })
  try {
    return [...auditor.audit({ accounts: [], selectors: [], isChosen: () => true })].filter(({ kind }) => kind === 'damage') // prettier-ignore
  } finally {
    auditor.close()
  }
}

async function prune(path: string, rule: PruneRule, nowMs = beginMs + 1000 * dayMs) {
  const pruner = openPruner({ path, allowNetwork: false, version: '0.1.0', nowMs: () => nowMs, readerWaitMs: 50 })
  try {
    return await pruner.prune(rule, noPause)
  } finally {
    pruner.close()
  }
}

const removedBefore = (days: number, mailboxes?: (account: string, path: string) => boolean): PruneRule => ({
  kind: 'removed-before',
  beforeMs: beginMs + days * dayMs,
  mailboxes,
})

/** A placement of a random store; `removed` is the day on which it went. */
interface Placed {
  readonly mailbox: number
  readonly message: number
  readonly removed: number | undefined
}

const mailboxes = ['work/INBOX', 'work/Archive', 'home/INBOX'] as const
const [, archive] = mailboxes
const nameOf = (message: number): string => `message ${message}`
const textOf = (message: number): string => letterOf(nameOf(message), (message % 5) * 700)

/** Writes the placements on day 0 and removes them on their days. */
async function writeRandom(path: string, placements: readonly Placed[]): Promise<void> {
  let day = 0
  const parts = new WritingParts(path, () => beginMs + day * dayMs)
  const { handlers } = parts.writer
  const places = new Map<Placed, { readonly epoch: number; readonly uid: number }>()
  for (const [number, name] of mailboxes.entries()) {
    const [account = '', box = ''] = name.split('/')
    parts.do(handlers.recordMailboxes({ account, listed: [listedMailbox(box), ...(account === 'work' ? [listedMailbox('Archive')] : [])] })) // prettier-ignore
    const id = new Sqlite(path)
      .prepare<[string, string], number>(
        'SELECT mailbox.id FROM mailbox JOIN account ON account.id = account WHERE name = ? AND path = ?',
      )
      .pluck()
      .get(account, box)
    const { id: epoch } = parts.do(handlers.openEpoch({ mailbox: id ?? 0, uidValidity: 7n }))
    const own = placements.filter(({ mailbox }) => mailbox === number)
    own.forEach((placed, index) => places.set(placed, { epoch, uid: index + 1 }))
    parts.do(await parts.batch(epoch, own.map(({ message }, index) => [messageRow(index + 1), textOf(message)]))) // prettier-ignore
  }
  for (const placed of placements.toSorted((one, other) => (one.removed ?? 0) - (other.removed ?? 0))) {
    const place = places.get(placed)
    if (placed.removed === undefined || place === undefined) continue
    day = placed.removed
    parts.do(handlers.markRemoved({ epoch: place.epoch, bounds: Uint32Array.of(place.uid, place.uid) }))
  }
  parts.close()
}

/** What a rule means, said in another way. */
function goesBy(rule: PruneRule, own: readonly Placed[]): boolean {
  const named = own.map(({ mailbox }) => (mailboxes[mailbox] ?? '').split('/'))
  if (rule.kind === 'account') return named.every(([account]) => account === rule.account)
  if (rule.kind === 'mailbox') return named.every(([account, path]) => account === rule.account && path === rule.path)
  const isMeant = named.some(([account = '', path = '']) => rule.mailboxes?.(account, path) ?? true)
  return isMeant && own.every(({ removed }) => removed !== undefined && beginMs + removed * dayMs < rule.beforeMs)
}

const rules: readonly PruneRule[] = [
  removedBefore(50),
  removedBefore(90, (account, path) => `${account}/${path}` === archive),
  { kind: 'account', account: 'home' },
  { kind: 'account', account: 'work' },
]

const history = fc.uniqueArray(
  fc.record({
    mailbox: fc.integer({ min: 0, max: 2 }),
    message: fc.integer({ min: 0, max: 30 }),
    removed: fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 60, selector: ({ mailbox, message }) => mailbox * 1000 + message },
)

test('a prune leaves what a rule keeps, octet by octet, and of all else nothing in any file', async () => {
  let pruned = 0
  await fc.assert(
    fc.asyncProperty(history, fc.constantFrom(...rules), async (placements, rule) => {
      const path = temporaryStorePath()
      await writeRandom(path, placements)
      await indexStore(path)
      const byMessage = Map.groupBy(placements, ({ message }) => message)
      const all = [...byMessage.keys()]
      const gone = all.filter((message) => goesBy(rule, byMessage.get(message) ?? []))
      const kept = all.filter((message) => !gone.includes(message))
      expect(foundInFiles(path, all.map(nameOf))).toEqual(all.map(nameOf))
      const knows = rule.kind !== 'account' || placements.some(({ mailbox }) => (mailboxes[mailbox] ?? '').startsWith(rule.account)) // prettier-ignore
      if (!knows) return
      const octets = gone.reduce((sum, message) => sum + textOf(message).length, 0)
      const plan = previewPruning({ path, allowNetwork: false }, rule)
      expect({ messages: plan.messages, octets: plan.octets }).toEqual({ messages: gone.length, octets })
      const outcome = await prune(path, rule)
      expect(outcome).toMatchObject({ messages: gone.length, octets, trouble: undefined })
      expect(foundInFiles(path, all.map(nameOf))).toEqual(kept.map(nameOf))
      const reader = openReader(path)
      for (const message of kept) {
        const [found] = reader.find({ sha256Prefix: sha256Of(textOf(message)) })
        expect(Buffer.from(reader.read(found?.id ?? 0)).toString('latin1')).toBe(textOf(message))
      }
      for (const message of gone) {
        const [found] = reader.find({ sha256Prefix: sha256Of(textOf(message)) })
        expect(() => reader.read(found?.id ?? 0)).toThrow(/was pruned on 2026-08-10/)
      }
      expect(readIndex(path).rows.length).toBe(kept.length)
      for (const { text } of readIndex(path).rows) expect(text).toContain('q')
      expect(damagesOf(path)).toEqual([])
      pruned += gone.length
    }),
    { numRuns: 40 },
  )
  // It would pass without a word if no rule ever meant anything.
  expect(pruned).toBeGreaterThan(20)
})

async function inboxOf(path: string, names: readonly string[], padding = 0): Promise<EpochId> {
  return writeStore(path, async (store) => {
    const { id } = await openMailbox(store, 'INBOX')
    await commitBatch(store, id, { messages: names.map((name, index) => [messageRow(index + 1), letterOf(name, padding)]) }) // prettier-ignore
    return id
  })
}

const everything: PruneRule = { kind: 'account', account: 'work' }

test('a message of many megabytes lies in parts, and all of them go', async () => {
  const path = temporaryStorePath()
  const noise = Array.from({ length: 400_000 }, (_, index) => createHash('sha1').update(`${index}`).digest('base64'))
  await writeStore(path, async (store) => {
    const { id } = await openMailbox(store, 'INBOX')
    await commitBatch(store, id, { messages: [[messageRow(1), `Subject: large\r\n\r\n${noise.join('\r\n')}`]] })
  })
  const parts = (): unknown => new Sqlite(path, { readonly: true }).prepare('SELECT count(*) FROM content_part').pluck().get() // prettier-ignore
  expect(parts()).toBe(2)
  const outcome = await prune(path, everything)
  expect(outcome.messages).toBe(1)
  expect(outcome.after).toBeLessThan(outcome.before / 10)
  expect(parts()).toBe(0)
  expect(octetsBeside(path).includes(noise[300_000] ?? '')).toBe(false)
})

test('a pruned message that comes again is stored again under its number, and found again', async () => {
  const path = temporaryStorePath()
  await inboxOf(path, ['one', 'two'])
  await indexStore(path)
  await prune(path, everything)
  expect(readIndex(path).match(markOf('one'))).toEqual([])
  await writeStore(path, async (store) => {
    const { id } = await openMailbox(store, 'INBOX')
    const outcome = await commitBatch(store, id, { messages: [[messageRow(1), letterOf('one', 0)]] })
    expect(outcome).toMatchObject({ added: 1, newContents: 1 })
  })
  expect(Buffer.from(openReader(path).read(1)).toString('latin1')).toBe(letterOf('one', 0))
  expect(damagesOf(path)).toEqual([])
  expect(await indexStore(path)).toEqual({ indexed: 1, pending: 0 })
  expect(readIndex(path).match(markOf('one'))).toEqual([1])
  expect(damagesOf(path)).toEqual([])
  await prune(path, everything)
  expect(foundInFiles(path, ['one', 'two'])).toEqual([])
  expect(damagesOf(path)).toEqual([])
})

test('a message that was pruned before it was indexed is none that the index lacks', async () => {
  const path = temporaryStorePath()
  await inboxOf(path, ['one'])
  await prune(path, everything)
  expect(await openReader(path).indexState()).toEqual({ pending: 0, stale: 0, troubled: 0 })
  expect(await indexStore(path)).toEqual({ indexed: 0, pending: 0 })
  expect(damagesOf(path)).toEqual([])
})

test('a mailbox that the server still has is not pruned, one that is gone is', async () => {
  const path = temporaryStorePath()
  await inboxOf(path, ['one'])
  const rule: PruneRule = { kind: 'mailbox', account: 'work', path: 'INBOX', isMirrored: true }
  await expect(prune(path, rule)).rejects.toMatchObject({ code: 'USAGE' })
  await writeStore(path, async (store) => {
    const { absent } = await store.recordMailboxes('work', [])
    for (const { id } of absent) await store.markMailboxGone(id)
  })
  expect(await prune(path, rule)).toMatchObject({ messages: 1, trouble: undefined })
  await expect(prune(path, { ...rule, path: 'Archive' })).rejects.toMatchObject({ code: 'NO_SUCH_MAILBOX' })
})

test('a reader of the state before is told of, and the next prune ends what it kept', async () => {
  const path = temporaryStorePath()
  await inboxOf(path, ['one', 'two'])
  const reader = new Sqlite(path, { readonly: true })
  reader.exec('BEGIN')
  reader.prepare('SELECT count(*) FROM content').get()
  expect(await prune(path, everything)).toMatchObject({ messages: 2, trouble: 'reader' })
  reader.close()
  expect(previewPruning({ path, allowNetwork: false }, removedBefore(1)).unfinished).toBe(1)
  expect(await prune(path, removedBefore(1))).toMatchObject({ messages: 0, trouble: undefined })
  expect(foundInFiles(path, ['one', 'two'])).toEqual([])
  expect(previewPruning({ path, allowNetwork: false }, removedBefore(1)).unfinished).toBe(0)
})

test('the log keeps what was pruned, and the store by whom and how much', async () => {
  const path = temporaryStorePath()
  await inboxOf(path, ['one', 'two'])
  await prune(path, everything, beginMs)
  const database = new Sqlite(path, { readonly: true })
  const kinds = database.prepare('SELECT kind FROM change ORDER BY seq').pluck().all()
  expect(kinds).toEqual(['mailbox-added', 'epoch-started', 'message-added', 'message-added', 'message-removed', 'message-removed', 'mailbox-removed']) // prettier-ignore
  const [row] = database.prepare<[], object>('SELECT * FROM pruning').all()
  expect(row).toEqual({
    id: 1,
    at: beginMs,
    version: '0.1.0',
    rule: JSON.stringify(everything),
    contents: 2,
    octets: letterOf('one', 0).length * 2,
    ended_at: beginMs,
  })
})
