import type { InternalDate } from '../model/message.ts'

/** A mailbox that imported mail goes into. */
export interface LocalMailbox {
  readonly epoch: number
}

/** A message on its way into a local mailbox. */
export interface MessageToImport {
  readonly octets: Uint8Array
  /** Of the octets, in hex digits. */
  readonly sha256: string
  /** Of a message that is held already: its number. Then `octets` are not looked at. */
  readonly content: number | undefined
  readonly flags: readonly string[]
  readonly labels: readonly string[]
  readonly internalDate: InternalDate | undefined
  /** It was in that mailbox once, and is not any more. */
  readonly isRemoved: boolean
}

/** A message that is held already. */
export interface HeldMessage {
  /** Its number. */
  readonly content: number
  /** How often it is, or was, in the mailbox that was asked of. */
  readonly placed: number
}

/** The mirror's facts as an import changes them: it holds the run lock. Throws STORE_FULL or STORE_IO: then that call wrote nothing. */
export interface ImportStore {
  /** The local mailbox of that path; made, with its account, where there is none. */
  openMailbox(account: string, path: string): Promise<LocalMailbox>
  /** For each SHA-256 (hex digits) what is held under it; undefined: nothing. */
  lookUp(mailbox: LocalMailbox, hashes: readonly string[]): Promise<readonly (HeldMessage | undefined)[]>
  /** In their order, a few megabytes to a transaction; all of them durable when the promise resolves. Returns how many contents
   *  were new. */
  add(mailbox: LocalMailbox, messages: readonly MessageToImport[]): Promise<number>
  /** Nothing more is to come into it. */
  finish(mailbox: LocalMailbox): Promise<void>
  close(): Promise<void>
}

/** A file that may hold mail. */
export interface ImportFile {
  /** For messages to the user: as it was named, or found under what was named. */
  readonly path: string
  /** Under the folder that was named, with slashes; empty: this is what was named. */
  readonly name: string
  /** On the disk. */
  readonly octets: number
  /** A link, a pipe, a device: it is not read. */
  readonly isOther?: true
  /** Seconds since 1970. */
  readonly modifiedSeconds: number
  /** Its first octets, 4 KB at most, unpacked where it is compressed. Throws STORE_IO where it cannot be read. */
  beginning(): Promise<Uint8Array>
  /** All of it, unpacked where it is compressed; each piece is used before the next is asked for. `onRead` is told of octets on the disk. */
  chunks(onRead?: (octets: number) => void): AsyncIterable<Uint8Array>
}

/** The files under a path. */
export interface ImportFiles {
  /** Throws USAGE where there is nothing of that name. Of a folder: all files in it and below, in the order of their names; links are
   *  not followed, only named. */
  list(path: string): Promise<readonly ImportFile[]>
  /** undefined: there is no file of that name. */
  find(path: string): Promise<ImportFile | undefined>
}

/** What the import has to understand of mail itself. */
export interface MailText {
  /** Encoded words (RFC 2047) as what they say. */
  words(raw: string): string
  /** Seconds since 1970; undefined: this is no date. */
  date(raw: string): number | undefined
  /** SHA-256 in hex digits. */
  readonly hash: (octets: Uint8Array) => string
}
