import * as fc from 'fast-check'
import { parseInternalDate } from '../../src/model/message.ts'
import { RowPacker } from '../../src/store/pack-rows.ts'
import { listedMailbox, messageRow } from './sample-mail.ts'
import type { Message } from './sample-mail.ts'
import type { Work } from '../../src/store/writer-protocol.ts'
import type { MirroredMailbox } from '../../src/sync/ports.ts'
import type { WritingParts } from './writing-parts.ts'

/** What happens to a store, by its real writer. `at` and `to` name mailboxes. */
export type Happening =
  | { readonly what: 'append'; readonly at: number; readonly uids: readonly number[]; readonly text: number }
  | { readonly what: 'flags'; readonly at: number; readonly uids: readonly number[]; readonly flag: string }
  | { readonly what: 'expunge'; readonly at: number; readonly first: number; readonly last: number }
  | { readonly what: 'import'; readonly at: number; readonly text: number; readonly isRemoved: boolean }
  | { readonly what: 'uidvalidity'; readonly at: number; readonly value: number }
  | { readonly what: 'rename'; readonly at: number; readonly to: number }
  | { readonly what: 'finish'; readonly at: number }
  | { readonly what: 'gone'; readonly at: number }
  | { readonly what: 'list'; readonly at: number }
  | { readonly what: 'together'; readonly of: readonly Happening[] }

const paths = ['INBOX', 'Archive', 'Sent', String.raw`Wicked "'\u202e` + '\u001b[31m']
const at = fc.nat(paths.length - 1)
const uid = fc.integer({ min: 1, max: 7 })
const uids = fc.uniqueArray(uid, { minLength: 1, maxLength: 4 })
const what = <const What extends string>(...all: readonly What[]): fc.Arbitrary<What> => fc.constantFrom(...all)
const flag = fc.constantFrom('A', String.raw`\Seen`, String.raw`\Flagged`, '"ä')

const single: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ what: what('append'), at, uids, text: fc.nat(2) }) },
  { weight: 4, arbitrary: fc.record({ what: what('flags'), at, uids, flag }) },
  { weight: 4, arbitrary: fc.record({ what: what('expunge'), at, first: uid, last: uid }) },
  { weight: 2, arbitrary: fc.record({ what: what('import'), at, text: fc.nat(3), isRemoved: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ what: what('uidvalidity'), at, value: fc.integer({ min: 5, max: 7 }) }) },
  { weight: 3, arbitrary: fc.record({ what: what('finish'), at }) },
  { weight: 3, arbitrary: fc.record({ what: what('rename'), at, to: at }) },
  { weight: 1, arbitrary: fc.record({ what: what('gone'), at }) },
  { weight: 1, arbitrary: fc.record({ what: what('list'), at }) },
)
const together = fc.record({ what: what('together'), of: fc.array(single, { minLength: 2, maxLength: 3 }) })

/** A history of a store, and by how many milliseconds its clock goes on, often by none. */
export const history: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.oneof({ weight: 6, arbitrary: single }, { weight: 1, arbitrary: together }),
  { minLength: 25, maxLength: 45 },
)

const packer = new RowPacker()
const dates = ['17-Jul-1996 02:44:25 -0700', '18-Jul-1996 02:44:25 +0100', 'some day']

/** Lets it happen; what the store refuses changes nothing. */
export async function happen(parts: WritingParts, it: Happening): Promise<void> {
  if (it.what === 'together') {
    for (const each of it.of) await happen(parts, each)
  } else if (it.what === 'import') await importOne(parts, it)
  else {
    const mailbox = mailboxOf(parts, it)
    if (mailbox === undefined) return
    const work = await changeOf(parts, mailbox, it)
    if (work !== undefined) parts.commit(work)
  }
}

type OfMailbox = Exclude<Happening, { readonly what: 'together' | 'import' }>

/** As it is listed now; undefined: not any more. */
function mailboxOf(parts: WritingParts, { what: kind, at: index }: OfMailbox): MirroredMailbox | undefined {
  const shown = paths.filter((_, place) => kind !== 'list' || place !== index)
  const listed = shown.map((path) => listedMailbox(path))
  const recorded = parts.do(parts.writer.handlers.recordMailboxes({ account: 'work', listed }))
  return kind === 'list' ? undefined : recorded.listed[index]
}

function changeOf(
  parts: WritingParts,
  mailbox: MirroredMailbox,
  it: OfMailbox,
): Promise<Work<unknown> | undefined> | Work<unknown> | undefined {
  const { handlers } = parts.writer
  if (it.what === 'gone' || it.what === 'list') return handlers.markMailboxGone(mailbox.id)
  if (it.what === 'rename') {
    const to = mailboxOf(parts, { what: 'finish', at: it.to })
    return to === undefined || it.to === it.at ? undefined : handlers.renameMailbox({ from: mailbox.id, to: to.id })
  }
  const uidValidity = it.what === 'uidvalidity' ? BigInt(it.value) : (mailbox.epoch?.uidValidity ?? 5n)
  const { id: epoch } = parts.do(handlers.openEpoch({ mailbox: mailbox.id, uidValidity }))
  return inEpoch(parts, epoch, it)
}

async function inEpoch(
  parts: WritingParts,
  epoch: number,
  it: Exclude<OfMailbox, { readonly what: 'gone' | 'list' | 'rename' }>,
): Promise<Work<unknown> | undefined> {
  const { handlers } = parts.writer
  switch (it.what) {
    case 'append': {
      const messages = it.uids.map((number) => messageOf(number, it.text))
      return parts.batch(epoch, messages)
    }
    case 'flags': {
      const rows = packer.pack(it.uids.map((number) => messageRow(number, { flags: [it.flag] })))
      return handlers.applyFlags({ epoch, rows })
    }
    case 'expunge':
      return handlers.markRemoved({ epoch, bounds: Uint32Array.of(it.first, it.last) })
    case 'finish':
      return handlers.completePass({ epoch, cursor: { uidNext: 9, highestModseq: undefined, messages: 1 } })
    case 'uidvalidity':
      return undefined
  }
}

function messageOf(number: number, text: number): Message {
  const labels = text === 0 ? undefined : ['x', `"${text}`]
  const internalDate = parseInternalDate(dates[text] ?? '')
  return [messageRow(number, { labels, internalDate }), `${number} ${text}`]
}

async function importOne(
  parts: WritingParts,
  { at: index, text, isRemoved }: Extract<Happening, { readonly what: 'import' }>,
): Promise<void> {
  const { handlers } = parts.writer
  const path = paths[index] ?? ''
  const { epoch, uidNext } = parts.do(handlers.openLocal({ account: 'work', path }))
  const batch = await parts.batch(epoch, [[messageRow(uidNext, { flags: ['A'] }), `1 ${text}`]])
  const removal = handlers.markRemoved({ epoch, bounds: Uint32Array.of(uidNext, uidNext) })
  parts.commit(batch, ...(isRemoved ? [removal] : []), handlers.completeLocal(epoch))
}
