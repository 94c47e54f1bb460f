import { AppError } from '../model/errors.ts'
import { headerProof } from '../model/header-fields.ts'
import type { MessageRow } from '../model/message.ts'
import { emptyUidSet, uidDifference, uidSetOf, uidUnion } from '../model/uid-set.ts'
import type { Uid, UidSet } from '../model/uid-set.ts'
import type { MailboxPass } from './mailbox-pass.ts'
import { commandSets, usualBatch } from './plan-batches.ts'
import type { ContentId, EpochId, HeldMessages, MailConnection } from './ports.ts'
import { matchBySizeAndDate, settleMatch } from './relink.ts'
import type { ListedMessages, Match } from './relink.ts'
import type { RunContext } from './run-context.ts'

/** Ids looked up in one question, and headers compared in one transaction. */
const messagesAtOnce = 1000

export interface LinkParts {
  readonly pass: MailboxPass
  readonly epoch: EpochId
  readonly connection: MailConnection
  readonly context: RunContext
}

/** Makes the placements of those of `missing` whose octets the mirror holds already: in the epoch that this one replaces
 *  (F33), or under the same EMAILID or X-GM-MSGID anywhere in the account (F58, F100). Size, date and id only propose; what
 *  is held is taken for the message if the telling fields of both headers are equal. Returns the UIDs that are left to
 *  fetch. What is linked stays linked, whatever happens then. */
export async function linkHeld(missing: UidSet, parts: LinkParts): Promise<UidSet> {
  if (missing.size === 0) return missing
  const { pass, context, epoch } = parts
  const former = await context.store.formerMessages(epoch)
  const hasIds = idsIn(parts.connection) && (await context.store.hasProviderIds(epoch))
  if (former.contents.length === 0 && !hasIds) return missing
  let linked = emptyUidSet
  try {
    const { listed, byId } = await readIdentities(missing, { ...parts, hasIds })
    for (const matches of together(candidates(listed, former, byId))) {
      linked = uidUnion(linked, await linkMatches(matches, parts))
    }
  } catch (error) {
    // It only saves octets: a server that will not tell is asked for them.
    if (!(error instanceof AppError) || error.code !== 'COMMAND_REJECTED') throw error
  }
  if (linked.size > 0) {
    const { name: account } = context.account
    context.onEvent({ type: 'messages-linked', account, mailbox: pass.path, messages: linked.size })
  }
  return uidDifference(missing, linked)
}

function idsIn({ capabilities }: MailConnection): boolean {
  return capabilities.has('OBJECTID') || capabilities.has('X-GM-EXT-1')
}

interface Identities {
  readonly listed: ListedMessages
  /** The content that is held under the message's id. */
  readonly byId: ReadonlyMap<Uid, ContentId>
}

async function readIdentities(
  missing: UidSet,
  { epoch, connection, context, hasIds }: LinkParts & { readonly hasIds: boolean },
): Promise<Identities> {
  const listed = { uids: [] as Uid[], sizes: [] as number[], seconds: [] as number[] }
  const byId = new Map<Uid, ContentId>()
  let asked: { readonly uid: Uid; readonly id: string; readonly size: number | undefined }[] = []
  const lookUp = async (): Promise<void> => {
    const rows = asked
    asked = []
    const contents = await context.store.contentsByProviderId(
      epoch,
      rows.map(({ id }) => id),
    )
    rows.forEach(({ uid, size }, index) => {
      const held = contents[index]
      // An id may stand for a draft that has been written on since.
      if (held !== undefined && (size === undefined || size === held.size)) byId.set(uid, held.content)
    })
  }
  for (const part of commandSets(missing, usualBatch.maxSetOctets)) {
    await connection.fetchRows({ uids: part, metadata: true }, ({ uid, size, internalDate, providerId: id }) => {
      listed.uids.push(uid)
      listed.sizes.push(size ?? NaN)
      listed.seconds.push(internalDate?.seconds ?? NaN)
      if (hasIds && id !== undefined) asked.push({ uid, id, size })
      return asked.length >= messagesAtOnce ? lookUp() : undefined
    })
  }
  if (asked.length > 0) await lookUp()
  return { listed, byId }
}

/** An id counts for more than size and date. */
function* candidates(
  listed: ListedMessages,
  former: HeldMessages,
  byId: ReadonlyMap<Uid, ContentId>,
): Generator<Match> {
  for (const [uid, content] of byId) yield { uids: [uid], contents: [content] }
  for (const { uids, contents } of matchBySizeAndDate(listed, former)) {
    const others = uids.filter((uid) => !byId.has(uid))
    if (others.length > 0) yield { uids: others, contents }
  }
}

/** So many that a round trip and a transaction do not matter. */
function* together(matches: Iterable<Match>): Generator<readonly Match[]> {
  let some: Match[] = []
  let messages = 0
  for (const match of matches) {
    some.push(match)
    messages += match.uids.length
    if (messages < messagesAtOnce) continue
    yield some
    some = []
    messages = 0
  }
  if (some.length > 0) yield some
}

/** Links those whose header is that of what is held. Returns their UIDs. */
async function linkMatches(
  matches: readonly Match[],
  { pass, epoch, connection, context }: LinkParts,
): Promise<UidSet> {
  const rows = new Map<Uid, MessageRow>()
  const ofUid = new Map<Uid, string>()
  for (const uids of commandSets(uidSetOf(matches.flatMap((match) => match.uids)), usualBatch.maxSetOctets)) {
    await connection.fetchHeaders(uids, (row, fields) => {
      const proof = fields === undefined ? undefined : headerProof(fields)
      rows.set(row.uid, row)
      if (proof !== undefined) ofUid.set(row.uid, proof)
    })
  }
  const ofContent = await readProofs(matches, context)
  const batch = context.store.newBatch(epoch)
  const linked: Uid[] = []
  for (const [uid, content] of matches.flatMap((match) => [...settleMatch(match, { ofUid, ofContent })])) {
    const row = rows.get(uid)
    // Flags come with the row here, or not at all (F69): then the message is fetched as any other.
    if (row?.flags === undefined) continue
    batch.link(row, content)
    linked.push(uid)
  }
  if (linked.length === 0) return emptyUidSet
  const { added } = await batch.commit()
  pass.newMessages += added
  return uidSetOf(linked)
}

async function readProofs(matches: readonly Match[], { store }: RunContext): Promise<ReadonlyMap<ContentId, string>> {
  const contents = [...new Set(matches.flatMap((match) => match.contents))]
  const proofs = await store.headerProofs(contents)
  return new Map(
    contents.flatMap((content, index) => {
      const proof = proofs[index]
      return proof === undefined ? [] : [[content, proof] as const]
    }),
  )
}
