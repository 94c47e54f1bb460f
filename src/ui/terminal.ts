/** One of the process's two output streams. */
export interface OutputStream {
  readonly isTty: boolean
  /** Columns of the terminal now; 80 off a terminal. */
  readonly columns: number
  /** ANSI colours may be used. */
  readonly hasColors: boolean
  /** Resolves when there is room for more. A reader that has gone away ends the process quietly (F13). */
  write(data: string | Uint8Array): Promise<void>
}

/** The process's streams, handed out by main.ts: nobody else writes to them. */
export interface Terminal {
  /** Data. */
  readonly out: OutputStream
  /** Progress, warnings, summaries, errors. */
  readonly err: OutputStream
}
