import type { Address, AttachmentEntry } from '../search/extracted-message.ts'
import type { StoredPlacement } from '../model/stored-message.ts'
import { formatUtc } from './format-date.ts'

/** What is known of a message without reading its octets; undefined becomes null. */
export interface DescribedMessage {
  /** As `show` takes it. */
  readonly id: number | string
  readonly sha256: string
  readonly octets: number
  readonly placements: readonly StoredPlacement[]
  readonly messageId: string | undefined
  /** Seconds since 1970. */
  readonly date: number | undefined
  readonly from: readonly Address[]
  readonly to: readonly Address[]
  readonly cc: readonly Address[]
  readonly subject: string | undefined
  readonly attachments: readonly AttachmentEntry[]
  readonly threadId: number | undefined
  readonly snippet: string | undefined
}

/** The object that `search --json` and `show --json` write. */
export function messageObject(message: DescribedMessage): Record<string, unknown> {
  const { id, sha256, messageId, date, from, to, cc, subject, octets, placements, threadId, snippet } = message
  const present = placements.filter(({ removedAt }) => removedAt === undefined)
  return {
    v: 1,
    id,
    sha256,
    messageId,
    date: formatUtc(date),
    from: from.map(addressObject),
    to: to.map(addressObject),
    cc: cc.map(addressObject),
    subject,
    octets,
    flags: [...new Set(present.flatMap(({ flags }) => flags))].toSorted(),
    placements: placements.map(placementObject),
    attachments: message.attachments.map(({ part, name, type, octets: own }) => ({ part, name, type, octets: own })),
    threadId,
    snippet,
  }
}

function placementObject(placement: StoredPlacement): unknown {
  const { account, mailbox, uidValidity, uid, flags, keywords, labels, internalDate, removedAt } = placement
  const date = formatUtc(internalDate?.seconds)
  return { account, mailbox, uidValidity, uid, flags, keywords, labels, internalDate: date, removedAt }
}

function addressObject({ name, address }: Address): unknown {
  return { name, address }
}
