export interface DemoServerOptions {
  readonly messages: number
  readonly latencyMs: number
  readonly user: string
  readonly password: string
}

/** The embedded IMAP server on a loopback port. */
export interface DemoServer {
  readonly port: number
  close(): Promise<void>
}
