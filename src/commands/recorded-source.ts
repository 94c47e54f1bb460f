import type { MailSource } from '../sync/ports.ts'

/** Dispose it when the run has ended: then the transcript is whole. */
export interface RecordedSource extends MailSource, Disposable {
  /** Why the transcript is not whole; undefined: it is, or there is none. */
  readonly trouble: string | undefined
}
