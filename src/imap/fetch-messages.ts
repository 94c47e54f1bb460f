import { tellingFields } from '../model/header-fields.ts'
import { formatUidSet, hasUid } from '../model/uid-set.ts'
import type { UidSet } from '../model/uid-set.ts'
import type { FetchedMessage, MessageRow } from '../model/message.ts'
import type { MessageSink, RowRequest } from '../sync/ports.ts'
import type { CommandChannel } from './command-channel.ts'
import { isFetch, mixedUp, parseFetch } from './fetch-row.ts'
import { hasModseq } from './mailbox-status.ts'

/** What is asked of each message. Never ENVELOPE or BODYSTRUCTURE: servers fail on them and lose messages (F74). */
function rowItems(capabilities: ReadonlySet<string>): string {
  const items = ['UID', 'FLAGS', 'INTERNALDATE', 'RFC822.SIZE']
  if (hasModseq(capabilities)) items.push('MODSEQ')
  if (capabilities.has('OBJECTID')) items.push('EMAILID', 'THREADID')
  else if (capabilities.has('X-GM-EXT-1')) items.push('X-GM-MSGID', 'X-GM-THRID', 'X-GM-LABELS')
  return items.join(' ')
}

/** UID FETCH with BODY.PEEK[], which leaves \Seen alone (RFC 9051 §6.4.5). */
export async function fetchMessages(
  channel: CommandChannel,
  capabilities: ReadonlySet<string>,
  request: { readonly uids: UidSet; readonly sink: MessageSink },
): Promise<void> {
  const { uids, sink } = request
  let announced: number | undefined
  let room: Uint8Array | undefined
  await channel.run({
    attempt: 'fetch messages',
    name: 'UID FETCH',
    parts: [formatUidSet(uids), `(${rowItems(capabilities)} BODY.PEEK[])`],
    messages: uids.size,
    allocateBody: (octets) => {
      announced = octets
      room = sink.allocate(octets)
      return room
    },
    onUntagged: (response) => {
      const literalOctets = announced
      announced = undefined
      if (!isFetch(response.text)) return undefined
      const { row, body } = parseFetch(response)
      // A row without octets, or for a message nobody asked for, is news of flags at best (I12, F76).
      if (body === 'absent' || row === undefined || !hasUid(uids, row.uid)) return undefined
      if (literalOctets === undefined)
        return sink.received(body === undefined ? { row, octets: body } : placed(sink, row, body))
      if (body !== room) throw mixedUp()
      return sink.received(room === undefined ? dropped(row, literalOctets) : { row, octets: room })
    },
  })
}

function dropped(row: MessageRow, octets: number): FetchedMessage {
  return { row: { ...row, size: octets }, octets: undefined }
}

/** A short body that came as a string has no room yet. */
function placed(sink: MessageSink, row: MessageRow, body: Uint8Array): FetchedMessage {
  const room = sink.allocate(body.length)
  if (room === undefined) return dropped(row, body.length)
  room.set(body)
  return { row, octets: room }
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
      const { row } = parseFetch(response)
      return row === undefined ? undefined : onRow(row)
    },
  })
}

const headerItem = `BODY.PEEK[HEADER.FIELDS (${tellingFields.join(' ').toUpperCase()})]`

/** Rows with what tells a message from others: a few hundred octets each. */
export async function fetchHeaders(
  channel: CommandChannel,
  capabilities: ReadonlySet<string>,
  request: {
    readonly uids: UidSet
    readonly onHeader: (row: MessageRow, fields: Uint8Array | undefined) => void
  },
): Promise<void> {
  const { uids, onHeader } = request
  await channel.run({
    attempt: 'compare messages with those that are held',
    name: 'UID FETCH',
    parts: [formatUidSet(uids), `(${rowItems(capabilities)} ${headerItem})`],
    onUntagged: (response) => {
      if (!isFetch(response.text)) return undefined
      const { row, fields } = parseFetch(response)
      if (row !== undefined && hasUid(uids, row.uid)) onHeader(row, fields)
      return undefined
    },
  })
}
