import type { StoredMessage, StoredPlacement } from '../model/stored-message.ts'
import { distinctFileNames, safeFileName } from './file-names.ts'
import type { ExportReader } from './ports.ts'

/** A store, and which of its messages are to be exported. */
export interface ExportSource {
  /** Stands before a message's number where there are several stores; undefined: there is one. */
  readonly name: string | undefined
  readonly reader: ExportReader
  /** The lowest first. */
  readonly ids: readonly number[]
}

export type Split = 'mailbox' | 'year'

/** Messages that go into one file. */
export interface ExportGroup {
  /** Of the file, without its ending; empty where there is only one. */
  readonly name: string
  /** What the messages have in common. */
  readonly key?: string
  readonly parts: readonly Pick<ExportSource, 'name' | 'reader' | 'ids'>[]
}

/** A mailbox, and what of it is exported. */
export interface ExportedMailbox {
  readonly account: string
  readonly mailbox: string
  readonly group: ExportGroup
}

/** A message on its way out. */
export interface ExportItem {
  readonly source: Pick<ExportSource, 'name' | 'reader'>
  readonly message: StoredMessage
}

export interface PlanOptions {
  /** undefined: all go into one file. */
  readonly split: Split | undefined
  /** Whether a message is exported because it is, or was, in this place. */
  readonly isMeant: (placement: StoredPlacement) => boolean
}

/** Messages that are described at once. */
const described = 200

/** Which messages go into which file. One that is in several mailboxes goes into the file of each. */
export function planExport(sources: readonly ExportSource[], options: PlanOptions): readonly ExportGroup[] {
  const { split } = options
  if (split === undefined) return [{ name: '', parts: sources }]
  const groups = new Map<string, Map<ExportSource, number[]>>()
  for (const source of sources) {
    for (const message of describedBy(source)) {
      for (const text of split === 'year' ? [yearOf(message)] : mailboxesOf(message, options)) {
        const group = groups.get(text) ?? new Map<ExportSource, number[]>()
        groups.set(text, group)
        const ids = group.get(source) ?? []
        group.set(source, ids)
        ids.push(message.id)
      }
    }
  }
  const texts = [...groups.keys()].toSorted()
  const names = distinctFileNames(texts, split === 'year' ? safeFileName : pathOfMailbox)
  return texts.map((text) => ({
    name: names.get(text) ?? '',
    key: text,
    parts: [...(groups.get(text) ?? [])].map(([{ name, reader }, ids]) => ({ name, reader, ids })),
  }))
}

/** In their order; the same octets once, whichever store has them. */
export function* itemsOf({ parts }: ExportGroup): Generator<ExportItem> {
  const seen = new Set<string>()
  for (const source of parts) {
    for (const message of describedBy(source)) {
      if (seen.has(message.sha256)) continue
      if (parts.length > 1) seen.add(message.sha256)
      yield { source, message }
    }
  }
}

function* describedBy({ reader, ids }: Pick<ExportSource, 'reader' | 'ids'>): Generator<StoredMessage> {
  for (let start = 0; start < ids.length; start += described)
    yield* reader.describe(ids.slice(start, start + described))
}

/** When it came to the server first: seconds since 1970; undefined: no server said. */
export function receivedSeconds({ placements }: StoredMessage): number | undefined {
  const times = placements.flatMap(({ internalDate }) => internalDate?.seconds ?? [])
  return times.length === 0 ? undefined : Math.min(...times)
}

function yearOf(message: StoredMessage): string {
  const seconds = receivedSeconds(message)
  const year = seconds === undefined ? Number.NaN : new Date(seconds * 1000).getUTCFullYear()
  return Number.isNaN(year) ? 'undated' : String(year)
}

/** Every place of every message that is meant, mailbox by mailbox. */
export function placesOf(
  sources: readonly ExportSource[],
  { isMeant }: Pick<PlanOptions, 'isMeant'>,
): readonly ExportedMailbox[] {
  return planExport(sources, { split: 'mailbox', isMeant }).map((group) => {
    const [account = '', mailbox = ''] = (group.key ?? '').split(separator)
    return { account, mailbox, group }
  })
}

/** The places in one mailbox for which a message is exported. One that was taken out since the export was planned is still meant. */
export function placementsIn(
  { placements }: StoredMessage,
  { account, mailbox }: Pick<ExportedMailbox, 'account' | 'mailbox'>,
  { isMeant }: Pick<PlanOptions, 'isMeant'>,
): readonly StoredPlacement[] {
  const here = placements.filter((one) => one.account === account && one.mailbox === mailbox)
  const meant = here.filter((one) => isMeant(one))
  return meant.length > 0 ? meant : here
}

const separator = '\0'

function mailboxesOf({ placements }: StoredMessage, { isMeant }: PlanOptions): readonly string[] {
  const meant = placements.filter((placement) => isMeant(placement))
  // It may have been taken out since it was found: then it goes where it was.
  const places = meant.length > 0 ? meant : placements
  return [...new Set(places.map(({ account, mailbox }) => `${account}${separator}${mailbox}`))]
}

/** A folder for the account, and one for each level of the mailbox's name. */
function pathOfMailbox(text: string): string {
  const [account = '', mailbox = ''] = text.split(separator)
  return [account, ...mailbox.split('/')].map(safeFileName).join('/')
}
