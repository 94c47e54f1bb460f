import type { StoredMessage } from '../model/stored-message.ts'

/** A store that messages are exported from. It may be written to meanwhile. */
export interface ExportReader {
  /** Numbers of the messages that are in a mailbox now, or of all that the store holds, the lowest first. Asks no index. */
  contents(reach: 'present' | 'all'): readonly number[]
  /** Those of these numbers that are held, in the same order; for a few hundred at a time. */
  describe(ids: readonly number[]): readonly StoredMessage[]
  /** What separates the levels of a mailbox's path; undefined: nothing does, or there is no such mailbox. */
  delimiterOf(account: string, mailbox: string): string | undefined
  /** The exact octets. Throws DAMAGED (message) where they are not those that were stored. */
  read(id: number): Uint8Array
}

/** A file that is being written; it gets its name when it is whole. */
export interface ExportFile {
  /** Octets written so far, before any compression. */
  readonly length: number
  /** What an interrupted export has written of this file already: see `ManifestEntry.key`. */
  readonly written: ReadonlySet<string>
  write(octets: Uint8Array): Promise<void>
  /** All of it is on the disk, under its own name. */
  finish(): Promise<void>
}

/** Where an export goes: a file, a folder of files, or a stream that nothing can be told of. */
export interface ExportTarget {
  /** Keys of what earlier exports into the same folder have written, and the number of their files. */
  readonly earlier: { readonly placed: ReadonlySet<string>; readonly files: number }
  /** undefined: an interrupted export has finished this file. Throws STORE_IO where it is there already and is not to be replaced. */
  open(name: string): Promise<ExportFile | undefined>
  /** A message is whole in the file that is open. */
  note(entry: ManifestEntry): Promise<void>
  /** The manifest gets its name. */
  finish(): Promise<void>
  /** What can be gone on with stays under temporary names; all else is removed. Never throws. */
  abandon(): Promise<void>
  /** Whether something stayed. */
  readonly canResume: boolean
}

/** A file for one message. */
export interface PlacedFile {
  /** Under the target's folder, with slashes. */
  readonly name: string
  /** Where it grows: another name in the same file system. */
  readonly temporary: string
  readonly octets: Uint8Array
  /** Seconds since 1970; undefined: now. */
  readonly modifiedSeconds: number | undefined
  readonly entry: ManifestEntry
}

/** A folder that takes a file for each message. */
export interface ExportTree {
  /** Keys of what is there already: see `ManifestEntry.key`. */
  readonly placed: ReadonlySet<string>
  folder(name: string): Promise<void>
  /** The file has its name, and is in the manifest, before `finish` returns; some at a time. */
  place(file: PlacedFile): Promise<void>
  /** What a small file of that name holds; undefined: there is none. */
  read(name: string): Promise<string | undefined>
  /** The same, whole, in place of what was there. */
  write(name: string, text: string): Promise<void>
  finish(): Promise<void>
  abandon(): Promise<void>
  readonly canResume: boolean
}

/** A line of the manifest. */
export interface ManifestEntry {
  /** Names what is exported: never the same for two files, or two messages of a file. */
  readonly key: string
  /** The message's number, with its store's name in front where there are several. */
  readonly id: string
  /** Of the file, as `open` was told. */
  readonly file: string
  /** Where its octets begin in the file, and where what belongs to it ends; octets, before any compression. */
  readonly offset: number
  readonly end: number
  readonly message: StoredMessage
}

/** How a manifest is written and read. */
export interface ManifestFormat {
  /** Its first line: what the export was asked for. */
  readonly header: string
  /** Says that a file is whole. */
  fileLine(file: string, octets: number): string
  messageLine(entry: ManifestEntry): string
  /** undefined: this is of an export that was asked for something else, or of none. What follows a line that was cut off does not
   *  count. */
  readInterrupted(manifest: Uint8Array): InterruptedExport | undefined
}

/** What the manifest of an interrupted export says. */
export interface InterruptedExport {
  /** Octets of the manifest that count. */
  readonly octets: number
  /** Files that are whole. */
  readonly finished: ReadonlySet<string>
  /** Messages by the name of their file, in order. */
  readonly entries: ReadonlyMap<string, readonly WrittenEntry[]>
}

export interface WrittenEntry {
  readonly key: string
  /** Octets of the file up to the end of this message. */
  readonly end: number
  /** Where its line begins in the manifest, in octets. */
  readonly line: number
}

/** An export into files. */
export interface FileExportOptions {
  /** Of the file; or of the folder, where there are several files. */
  readonly path: string
  readonly isFolder: boolean
  readonly manifest: ManifestFormat
  /** Files that are there already are replaced; otherwise they are an error. */
  readonly replace: boolean
  /** Goes on with what an interrupted export of the same has left. */
  readonly resume: boolean
  /** Adds to what an earlier export of the same has made; for a folder. */
  readonly since: boolean
}

/** An export into a folder that takes a file for each message. */
export type TreeExportOptions = Omit<FileExportOptions, 'isFolder' | 'replace'>

/** Makes the places that exports go to. */
export interface ExportPlaces {
  /** A file, or a folder of files, each of which gets its name when it is whole. */
  file(options: FileExportOptions): Promise<ExportTarget>
  /** A folder that takes a file for each message. */
  tree(options: TreeExportOptions): Promise<ExportTree>
}
