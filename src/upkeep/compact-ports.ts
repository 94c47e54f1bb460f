export interface CompactedFile {
  readonly path: string
  /** Octets. */
  readonly before: number
  readonly after: number
}

export interface Compaction {
  readonly files: readonly CompactedFile[]
  /** A reader kept the old state: the file shrinks when the next command that writes ends. */
  readonly isKept: boolean
}
