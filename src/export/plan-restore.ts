import type { InternalDate } from '../model/message.ts'
import type { StoredMessage, StoredPlacement } from '../model/stored-message.ts'
import { idOf } from './export-files.ts'
import { isKeyword } from './local-fields.ts'
import { itemsOf, placementsIn, planExport, placesOf } from './plan-export.ts'
import type { ExportedMailbox, ExportItem, ExportSource, PlanOptions } from './plan-export.ts'
import type { ExportReader } from './ports.ts'

/** A message that is to be in a mailbox of the server. */
export interface WantedMessage {
  /** As `show` takes it. */
  readonly id: string
  readonly reader: ExportReader
  /** Its number in that store. */
  readonly number: number
  /** Of the stored octets, in hex digits. */
  readonly sha256: string
  readonly octets: number
  /** System flags. */
  readonly flags: readonly string[]
  /** Those that can be sent (RFC 9051 §9 flag-keyword). */
  readonly keywords: readonly string[]
  /** It had others, which no command can carry. */
  readonly lacksKeywords: boolean
  readonly internalDate: InternalDate | undefined
}

/** What goes into one mailbox of the server. */
export interface RestoreGroup {
  /** Levels of its name. */
  readonly levels: readonly string[]
  /** In the order in which they were in their mailbox. */
  items(): readonly WantedMessage[]
}

export interface RestorePlanOptions extends Pick<PlanOptions, 'isMeant'> {
  /** All go into this one mailbox; undefined: each into that in which it was. */
  readonly into: string | undefined
  /** Only mail of this account; undefined: of all. */
  readonly only: string | undefined
  /** What separates the levels of a mailbox's path. */
  readonly delimiterOf: (account: string, mailbox: string) => string | undefined
}

/** Which messages go into which mailbox. */
export function planRestore(sources: readonly ExportSource[], options: RestorePlanOptions): readonly RestoreGroup[] {
  const { into } = options
  if (into !== undefined) return [{ levels: into.split('/'), items: () => inOneMailbox(sources, options) }]
  const groups = new Map<string, { readonly levels: readonly string[]; readonly mailboxes: ExportedMailbox[] }>()
  for (const place of placesOf(sources, options)) {
    if (options.only !== undefined && place.account !== options.only) continue
    const delimiter = options.delimiterOf(place.account, place.mailbox)
    const levels = delimiter === undefined ? [place.mailbox] : place.mailbox.split(delimiter)
    const key = JSON.stringify(levels)
    const group = groups.get(key) ?? { levels, mailboxes: [] }
    groups.set(key, group)
    group.mailboxes.push(place)
  }
  return [...groups.values()].map(({ levels, mailboxes }) => ({
    levels,
    items: () => asOftenAsAny(mailboxes.flatMap((mailbox) => inMailbox(mailbox, options))),
  }))
}

interface Sortable {
  readonly wanted: WantedMessage
  readonly placement: StoredPlacement
}

/** Each message as often as that one has it which has it most often. */
function asOftenAsAny(places: readonly (readonly WantedMessage[])[]): readonly WantedMessage[] {
  const taken = new Map<string, number>()
  return places.flatMap((place) => {
    const met = new Map<string, number>()
    return place.filter(({ sha256 }) => {
      const count = (met.get(sha256) ?? 0) + 1
      met.set(sha256, count)
      if (count <= (taken.get(sha256) ?? 0)) return false
      taken.set(sha256, count)
      return true
    })
  })
}

function inOrder(one: StoredPlacement, other: StoredPlacement): number {
  const isSame = one.uidValidity === other.uidValidity
  return isSame ? one.uid - other.uid : one.uidValidity - other.uidValidity
}

/** Messages of each mailbox, and of each of its epochs, apart: a message that is in the imported INBOX and in the server's is one. */
function inMailbox(mailbox: ExportedMailbox, options: RestorePlanOptions): readonly (readonly WantedMessage[])[] {
  const found: Sortable[] = []
  for (const item of itemsOf(mailbox.group)) {
    for (const placement of placementsIn(item.message, mailbox, options)) {
      found.push({ wanted: toWanted(item, placement), placement })
    }
  }
  const sorted = found.toSorted((one, other) => inOrder(one.placement, other.placement))
  const epochs = Map.groupBy(sorted, ({ placement }) => placement.uidValidity)
  return Array.from(epochs.values(), (epoch) => epoch.map(({ wanted }) => wanted))
}

/** Each message once, the earliest first. */
function inOneMailbox(sources: readonly ExportSource[], options: RestorePlanOptions): readonly WantedMessage[] {
  const found: Sortable[] = []
  for (const group of planExport(sources, { split: undefined, isMeant: options.isMeant })) {
    for (const item of itemsOf(group)) {
      const placement = placementOf(item.message, options)
      if (placement !== undefined) found.push({ wanted: toWanted(item, placement), placement })
    }
  }
  const secondsOf = ({ placement }: Sortable): number => placement.internalDate?.seconds ?? 0
  return found.toSorted((one, other) => secondsOf(one) - secondsOf(other)).map(({ wanted }) => wanted)
}

/** undefined: it is not of this account. */
function placementOf(
  { placements }: StoredMessage,
  { isMeant, only }: RestorePlanOptions,
): StoredPlacement | undefined {
  const own = placements.filter(({ account }) => only === undefined || account === only)
  return own.find((one) => isMeant(one)) ?? own[0]
}

function toWanted(item: ExportItem, { flags, keywords: all, internalDate }: StoredPlacement): WantedMessage {
  const { source, message } = item
  const keywords = all.filter((keyword) => isKeyword(keyword))
  return {
    id: idOf(item),
    reader: source.reader,
    number: message.id,
    sha256: message.sha256,
    octets: message.octets,
    flags,
    keywords,
    lacksKeywords: keywords.length < all.length,
    internalDate,
  }
}
