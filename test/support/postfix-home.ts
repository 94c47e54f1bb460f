import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Dovecot } from '../servers/dovecot.ts'
import { startPostfix } from '../servers/postfix.ts'
import type { Postfix, PostfixOptions } from '../servers/postfix.ts'
import { makeCertificate } from './certificate.ts'
import { startProgram } from './run-command.ts'
import type { CommandResult, RunningCommand } from './run-command.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** A home whose account `ada` sends by a Postfix and reads from the Dovecot that knows the password. */
export interface PostfixHome {
  readonly home: string
  readonly config: string
  readonly store: string
  readonly postfix: Postfix
  readonly env: Readonly<Record<string, string>>
  readonly start: (args: readonly string[], input?: string | Uint8Array) => RunningCommand
  readonly run: (args: readonly string[], input?: string | Uint8Array) => Promise<CommandResult>
  /** Copies in \Sent, in the order of their UIDs. */
  readonly copies: () => Promise<readonly string[]>
}

export interface PostfixHomeOptions extends PostfixOptions {
  /** How the account sends; default: without TLS, and then without a login. */
  readonly security?: 'none' | 'starttls' | 'tls'
  /** What the account has; default: the right one. */
  readonly wrongPassword?: string
}

const secret = 'secret-1'

export async function postfixHome({
  security = 'none',
  wrongPassword,
  ...options
}: PostfixHomeOptions = {}): Promise<PostfixHome> {
  const home = join(temporaryDirectory(), 'home')
  mkdirSync(home, { mode: 0o700 })
  const { cert: certificate, key } = makeCertificate()
  writeFileSync(join(home, 'ca.pem'), certificate)
  const postfix = await startPostfix({
    password: secret,
    ...(security !== 'none' && { tls: { certificate, key } }),
    ...options,
  })
  onTestFinished(() => postfix.stop())
  const { dovecot } = postfix
  if (dovecot === undefined) throw new Error('there is no server for the copies')
  const store = join(home, 'mail.db')
  const config = join(home, 'config.toml')
  const port = security === 'tls' ? postfix.tlsPort : postfix.port
  writeFileSync(config, configText({ store, imapPort: dovecot.port, port, security }), { mode: 0o600 })
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    ADA_IMAP: secret,
    ADA_SMTP: wrongPassword ?? secret,
    TZ: 'UTC',
  }
  const start = (args: readonly string[], input?: string | Uint8Array): RunningCommand =>
    startProgram(['-c', config, ...args], { env, cwd: home, ...(input !== undefined && { input }) })
  return {
    home,
    config,
    store,
    postfix,
    env,
    start,
    run: (args, input) => start(args, input).ended,
    copies: () => copiesIn(dovecot),
  }
}

interface Servers {
  readonly store: string
  readonly imapPort: number
  readonly port: number
  readonly security: string
}

function configText({ store, imapPort, port, security }: Servers): string {
  return `store = ${JSON.stringify(store)}
[accounts.ada]
email = "ada@example.org"
[accounts.ada.imap]
host = "127.0.0.1"
port = ${imapPort}
security = "none"
user = "ada"
password = { env = "ADA_IMAP" }
[accounts.ada.smtp]
host = "127.0.0.1"
port = ${port}
security = "${security}"
password = { env = "ADA_SMTP" }
${security === 'none' ? '' : 'ca-file = "ca.pem"\n'}`
}

async function copiesIn(dovecot: Dovecot): Promise<readonly string[]> {
  const told = await dovecot.doveadm('-f', 'json', 'fetch', '-u', 'ada', 'text', 'mailbox', 'Sent')
  const read: unknown = JSON.parse(told === '' ? '[]' : told)
  const list: readonly unknown[] = Array.isArray(read) ? read : []
  return list.map((one) => (isText(one) ? one.text : ''))
}

function isText(value: unknown): value is { readonly text: string } {
  return typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string'
}
