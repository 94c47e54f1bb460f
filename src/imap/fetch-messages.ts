import { formatUidSet, hasUid } from '../model/uid-set.ts'
import type { UidSet } from '../model/uid-set.ts'
import type { MessageRow } from '../model/message.ts'
import type { MessageSink, RowRequest } from '../sync/ports.ts'
import type { CommandChannel } from './command-channel.ts'
import { isFetch, parseFetch } from './fetch-row.ts'
import { hasModseq } from './mailbox-status.ts'

/** What is asked of each message. Never ENVELOPE or BODYSTRUCTURE: servers fail on them and lose messages (F74). */
function rowItems(capabilities: ReadonlySet<string>): string {
  const items = ['UID', 'FLAGS', 'INTERNALDATE', 'RFC822.SIZE']
  if (hasModseq(capabilities)) items.push('MODSEQ')
  if (capabilities.has('OBJECTID')) items.push('EMAILID')
  else if (capabilities.has('X-GM-EXT-1')) items.push('X-GM-MSGID', 'X-GM-LABELS')
  return items.join(' ')
}

/** UID FETCH with BODY.PEEK[], which leaves \Seen alone (RFC 9051 §6.4.5). */
export async function fetchMessages(
  channel: CommandChannel,
  capabilities: ReadonlySet<string>,
  request: { readonly uids: UidSet; readonly sink: MessageSink },
): Promise<void> {
  const { uids, sink } = request
  let announced: { octets: number; room: Uint8Array | undefined } | undefined
  await channel.run({
    attempt: 'fetch messages',
    name: 'UID FETCH',
    parts: [formatUidSet(uids), `(${rowItems(capabilities)} BODY.PEEK[])`],
    allocateBody: (octets) => {
      const room = sink.allocate(octets)
      announced = { octets, room }
      return room
    },
    onUntagged: (response) => {
      if (!isFetch(response.text)) return undefined
      const { uid, row, body } = parseFetch(response)
      const literal = announced
      announced = undefined
      // A row without octets, or for a message nobody asked for, is news of flags at best (I12, F76).
      if (body === 'absent' || uid === undefined || !hasUid(uids, uid)) return undefined
      if (literal !== undefined && literal.room === undefined) {
        return sink.received({ row: { uid, ...row, size: literal.octets }, octets: undefined })
      }
      // NIL, or a short body sent as a string, which has no room yet.
      if (body !== undefined && literal === undefined) sink.allocate(body.length)?.set(body)
      return sink.received({ row: { uid, ...row }, octets: body })
    },
  })
}

/** Flags and modseq of messages; the rest only with `metadata`. */
export async function fetchRows(
  channel: CommandChannel,
  capabilities: ReadonlySet<string>,
  request: RowRequest & { readonly onRow: (row: MessageRow) => Promise<void> | undefined },
): Promise<void> {
  const { uids, changedSince, metadata = false, onRow } = request
  const labels = capabilities.has('X-GM-EXT-1') ? ' X-GM-LABELS' : ''
  const flagItems = `UID FLAGS${hasModseq(capabilities) ? ' MODSEQ' : ''}${labels}`
  const parts = [uids === undefined ? '1:*' : formatUidSet(uids), `(${metadata ? rowItems(capabilities) : flagItems})`]
  if (changedSince !== undefined) parts.push(`(CHANGEDSINCE ${changedSince})`)
  await channel.run({
    attempt: 'list the messages of the mailbox',
    name: 'UID FETCH',
    parts,
    onUntagged: (response) => {
      if (!isFetch(response.text)) return undefined
      const { uid, row } = parseFetch(response)
      return uid === undefined ? undefined : onRow({ uid, ...row })
    },
  })
}
