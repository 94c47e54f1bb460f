import type { ListedMailbox } from '../../src/model/mailbox.ts'
import { parseInternalDate } from '../../src/model/message.ts'
import type { MessageRow } from '../../src/model/message.ts'
import { toUid } from '../../src/model/uid-set.ts'
import type { Uid } from '../../src/model/uid-set.ts'
import type { BatchOutcome, EpochId, FailureToStore, MirroredEpoch, MirrorStore } from '../../src/sync/ports.ts'

export function uidOf(value: number): Uid {
  const uid = toUid(value)
  if (uid === undefined) throw new Error(`${value} is no UID`)
  return uid
}

/** A mailbox as LIST shows it. */
export function listedMailbox(path: string, more: Partial<ListedMailbox> = {}): ListedMailbox {
  return {
    path,
    wirePath: path,
    delimiter: '/',
    specialUse: undefined,
    selectable: true,
    subscribed: true,
    status: undefined,
    ...more,
  }
}

/** What FETCH tells of a message. */
export function messageRow(uid: number, more: Partial<MessageRow> = {}): MessageRow {
  return {
    uid: uidOf(uid),
    flags: [],
    modseq: undefined,
    internalDate: parseInternalDate('17-Jul-1996 02:44:25 -0700'),
    size: undefined,
    providerId: undefined,
    labels: undefined,
    ...more,
  }
}

export type Message = readonly [row: MessageRow, text: string]

/** A short message whose text differs for each uid. */
export function message(uid: number, more: Partial<MessageRow> = {}): Message {
  return [messageRow(uid, more), `Subject: number ${uid}\r\n\r\nHello ${uid}\r\n`]
}

/** Writes one batch of messages and failures. */
export async function commitBatch(
  store: MirrorStore,
  epoch: EpochId,
  { messages = [], failures = [] }: { messages?: readonly Message[]; failures?: readonly FailureToStore[] },
): Promise<BatchOutcome> {
  const batch = store.newBatch(epoch)
  for (const [row, text] of messages) {
    const octets = Buffer.from(text, 'latin1')
    batch.allocate(octets.length).set(octets)
    batch.add(row)
  }
  for (const failure of failures) batch.fail(failure)
  return batch.commit()
}

/** A mailbox of `work` with an open epoch. */
export async function openMailbox(store: MirrorStore, path: string, uidValidity = 7n): Promise<MirroredEpoch> {
  const { listed } = await store.recordMailboxes('work', [listedMailbox(path)])
  const [mailbox] = listed
  if (mailbox === undefined) throw new Error('a mailbox that was listed is not recorded')
  return store.openEpoch(mailbox.id, uidValidity)
}
