import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { uidSetOfRanges } from '../../src/model/uid-set.ts'
import type { EpochId, MirrorStore } from '../../src/sync/ports.ts'
import { MemoryMirrorStore } from '../support/memory-mirror-store.ts'
import { expectSoundStore, inspectStore } from './inspect-store.ts'
import { replayedPlacements, storedPlacements } from './replay-changes.ts'
import { commitBatch, listedMailbox, messageRow } from './sample-mail.ts'
import type { Message } from './sample-mail.ts'
import { openWriter, temporaryStorePath } from './sample-store.ts'

const paths = ['INBOX', 'Archive', 'Sent']

type EpochCall =
  | { readonly kind: 'batch'; readonly uids: readonly number[]; readonly text: number; readonly failed: number }
  | { readonly kind: 'flags'; readonly uids: readonly number[]; readonly flag: string }
  | { readonly kind: 'remove'; readonly first: number; readonly last: number }
  | { readonly kind: 'complete'; readonly messages: number }
type Call =
  | EpochCall
  | { readonly kind: 'list'; readonly shown: readonly number[] }
  | { readonly kind: 'open'; readonly uidValidity: number }
  | { readonly kind: 'gone' | 'rename' }

const uid = fc.integer({ min: 1, max: 8 })
const uids = fc.array(uid, { maxLength: 5 })
const kind = <const Kind extends Call['kind']>(...kinds: readonly Kind[]): fc.Arbitrary<Kind> =>
  fc.constantFrom(...kinds)
const flag = fc.constantFrom('A', 'B', String.raw`\Seen`)
const batch = fc.record({ kind: kind('batch'), uids, text: fc.nat(2), failed: fc.nat(8) })
const call: fc.Arbitrary<Call> = fc.oneof(
  batch,
  batch,
  fc.record({ kind: kind('flags'), uids, flag }),
  fc.record({ kind: kind('remove'), first: uid, last: uid }),
  fc.record({ kind: kind('open'), uidValidity: fc.integer({ min: 5, max: 7 }) }),
  fc.record({ kind: kind('complete'), messages: fc.nat(9) }),
  fc.record({ kind: kind('list'), shown: fc.subarray([0, 1, 2]) }),
  fc.record({ kind: kind('gone', 'rename') }),
)

const step = fc.record({ call, mailbox: fc.nat(2), twice: fc.boolean() })

/** A call on what the store says it has, to be made once or twice. */
async function prepare(
  store: MirrorStore,
  { call, mailbox: index }: { readonly call: Call; readonly mailbox: number },
): Promise<() => Promise<unknown>> {
  const all = paths.map((path) => listedMailbox(path))
  const { listed } = await store.recordMailboxes('work', all)
  const [mailbox, next] = [listed[index], listed[(index + 1) % 3]]
  if (mailbox === undefined || next === undefined) throw new Error('three mailboxes were listed')
  switch (call.kind) {
    case 'list': {
      const shown = all.filter((_, at) => call.shown.includes(at))
      return async () => (await store.recordMailboxes('work', shown)).absent.length
    }
    case 'gone':
      return () => store.markMailboxGone(mailbox.id)
    case 'rename':
      return () => store.renameMailbox(mailbox.id, next.id).catch(() => 'refused')
    case 'open':
      return async () => (await store.openEpoch(mailbox.id, BigInt(call.uidValidity))).messages
    case 'batch':
    case 'flags':
    case 'remove':
    case 'complete': {
      const epoch = mailbox.epoch ?? (await store.openEpoch(mailbox.id, 5n))
      return () => change(store, epoch.id, call)
    }
  }
}

async function change(store: MirrorStore, epoch: EpochId, call: EpochCall): Promise<unknown> {
  switch (call.kind) {
    case 'batch': {
      const labels = call.text === 0 ? undefined : ['x']
      const messages = call.uids.map((n): Message => [messageRow(n, { labels }), `${n} ${call.text}`])
      const failures = call.failed === 0 ? [] : [{ uid: call.failed, reason: 'the server sent NIL' }]
      return commitBatch(store, epoch, { messages, failures })
    }
    case 'flags': {
      const rows = call.uids.map((n) => messageRow(n, { flags: [call.flag] }))
      return store.applyFlags(epoch, rows)
    }
    case 'remove':
      return store.markRemoved(epoch, uidSetOfRanges([[call.first, call.last]]))
    case 'complete':
      return store.completePass(epoch, { uidNext: 9, highestModseq: undefined, messages: call.messages })
  }
}

const withoutCost = (answer: unknown): unknown =>
  typeof answer === 'object' && answer !== null ? { ...answer, cost: undefined } : answer

test('any calls, some of them made twice, leave on disk what they leave in memory, and the log says it all', async () => {
  const run = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
    const path = temporaryStorePath()
    const [disk, memory] = [await openWriter(path), new MemoryMirrorStore()]
    try {
      for (const each of steps) {
        const [onDisk, inMemory] = [await prepare(disk, each), await prepare(memory, each)]
        expect([each, withoutCost(await onDisk())]).toEqual([each, withoutCost(await inMemory())])
        if (!each.twice) continue
        const once = memory.inspect()
        await Promise.all([onDisk(), inMemory()])
        expect([each, memory.inspect()]).toEqual([each, once])
      }
      expect(inspectStore(path)).toEqual(memory.inspect())
      expect(replayedPlacements(path)).toEqual(storedPlacements(path))
    } finally {
      await disk.close()
    }
    expectSoundStore(path)
  })
  await fc.assert(run, { numRuns: 40 })
})
