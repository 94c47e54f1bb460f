import type { InternalDate } from '../model/message.ts'

/** A message as it was found, and where it goes. */
export interface SourceMessage {
  readonly octets: Buffer
  /** For messages to the user: the file, and where in it. */
  readonly where: string
  readonly places: readonly SourcePlace[]
  /** The file, where it holds many messages: one that it has twice is there twice. undefined: a file of its own in a folder of such. */
  readonly within: string | undefined
  /** Other forms in which the same message may be held: the likeliest first. */
  readonly otherForms: () => Iterable<Buffer>
}

export interface SourcePlace {
  /** undefined: what was found does not say. */
  readonly account: string | undefined
  readonly mailbox: string
  /** System flags and keywords. */
  readonly flags: readonly string[]
  readonly labels: readonly string[]
  readonly internalDate: InternalDate | undefined
  readonly isRemoved: boolean
  /** uidValidity of where it was: the same message in the same mailbox under another one is not another message. undefined: nobody knows. */
  readonly epoch?: number | undefined
}

/** What should be mail and cannot be read. */
export interface Unreadable {
  readonly where: string
  readonly reason: string
}

export type Found = SourceMessage | Unreadable

/** Where mail goes that says nothing itself: below a mailbox, or by its own name; `Imported` where it has none. */
export function placedBelow(base: string | undefined, levels: readonly string[]): string {
  const named = [...(base === undefined ? [] : [base]), ...levels].filter((level) => level !== '')
  return named.length === 0 ? 'Imported' : named.join('/')
}

export const noOtherForms = (): Iterable<Buffer> => []
