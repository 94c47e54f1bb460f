import { findMail } from './find-mail.ts'
import type { FindMailOptions } from './find-mail.ts'
import { LocalPlacer } from './local-placer.ts'
import type { ImportStore } from './import-ports.ts'
import type { Unreadable } from './import-source.ts'

export interface ImportOptions extends Omit<FindMailOptions, 'onSkipped'> {
  readonly paths: readonly string[]
  readonly store: ImportStore
  /** Whose mail becomes whose: `account` is where what was found says it was, undefined if it says nothing. Throws USAGE or
   *  NO_SUCH_ACCOUNT. */
  readonly accountFor: (account: string | undefined) => string
  readonly signal: AbortSignal
  /** Of each message that was found. */
  readonly onMessage?: (octets: number) => void
}

/** How an import went. */
export interface ImportSummary {
  /** Messages that were found and could be read. */
  readonly messages: number
  readonly octets: number
  /** Places in mailboxes that are new, and those that were there before. */
  readonly added: number
  readonly present: number
  /** Of the added ones those whose octets were held already: nothing was stored again. */
  readonly linked: number
  readonly unreadable: readonly Unreadable[]
  /** Files that hold no mail. */
  readonly skipped: readonly string[]
  readonly mailboxes: readonly ImportedMailbox[]
}

export interface ImportedMailbox {
  readonly account: string
  readonly path: string
  readonly added: number
}

/** Brings mail from files into local mailboxes. What is there already is passed over, so an import that was interrupted is gone on with
 *  by doing it again. Throws what the store throws, and the signal's reason; what was committed stays. */
export async function importMessages(options: ImportOptions): Promise<ImportSummary> {
  const { paths, store, accountFor, signal, onMessage } = options
  const unreadable: Unreadable[] = []
  const skipped: string[] = []
  const placer = new LocalPlacer(store, options.mail)
  let [messages, octets] = [0, 0]
  const finding = { ...options, onSkipped: (path: string) => void skipped.push(path) }
  for (const path of paths) {
    await placer.beginFolder()
    for await (const found of findMail(path, finding)) {
      signal.throwIfAborted()
      if ('reason' in found) {
        unreadable.push(found)
        continue
      }
      await placer.place({
        ...found,
        places: found.places.map((place) => ({ ...place, account: accountFor(place.account) })),
      })
      messages++
      octets += found.octets.length
      onMessage?.(found.octets.length)
    }
  }
  return { messages, octets, ...(await placer.finish()), unreadable, skipped }
}
