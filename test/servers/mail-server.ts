/** A real server on 127.0.0.1 with the mail of one user. */
export interface MailServer extends AsyncDisposable {
  readonly port: number
  /** As LOGIN wants it. */
  readonly user: string
  readonly password: string
  /** Ends its processes and removes its directory. More than once is the same as once. */
  stop(): Promise<void>
}

/** The mail user where a server is started by root: nobody on Debian. */
export const nobody = 65_534
