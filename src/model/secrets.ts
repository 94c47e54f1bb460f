import type { SecretSource } from './account.ts'

/** Answers with passwords when a connection logs in. */
export interface Secrets {
  /** The password itself: not empty, without NUL, CR and LF. Answers are remembered, and callers that ask at the same
   *  time share one answer; a failure is not remembered, so the next call tries again.
   *
   *  Throws SECRET_UNAVAILABLE when there is no password to be had, CONFIG_UNSAFE when others can read or change the file
   *  that it lies in, INTERRUPTED when the signal fires (all account). Never answers with something in place of a password,
   *  and no error holds any part of one. */
  password(source: SecretSource, signal: AbortSignal): Promise<string>
}
