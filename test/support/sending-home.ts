import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { DemoServer } from '../../src/demo/demo-server.ts'
import { MailStore } from '../../src/demo/mail-store.ts'
import { startScriptedSmtp } from '../servers/scripted-smtp.ts'
import type { ScriptedSmtp, SmtpScript } from '../servers/scripted-smtp.ts'
import { startProgram, writeHome } from './run-command.ts'
import type { CommandResult, RunningCommand } from './run-command.ts'
import { password } from './run-sync.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** A home whose account `ada` has an IMAP server and one to send by. */
export interface SendingHome {
  readonly home: string
  readonly config: string
  readonly store: string
  readonly smtp: ScriptedSmtp
  readonly imap: DemoServer
  readonly mail: MailStore
  readonly start: (args: readonly string[], input?: string | Uint8Array) => RunningCommand
  /** The program, with this on stdin. */
  readonly run: (args: readonly string[], input?: string | Uint8Array) => Promise<CommandResult>
  readonly args: (...args: readonly string[]) => readonly string[]
}

/** `smtpPort`: of another server than the scripted one; 1: of none. */
export async function sendingHome(script: SmtpScript = {}, smtpPort?: number): Promise<SendingHome> {
  const mail = new MailStore()
  mail.createMailbox('Sent', { specialUse: String.raw`\Sent` })
  const imap = await startDemoServer({ store: mail, users: { ada: password } })
  const smtp = await startScriptedSmtp({ extensions: ['AUTH PLAIN', '8BITMIME'], ...script })
  onTestFinished(async () => {
    await imap[Symbol.asyncDispose]()
    await smtp[Symbol.asyncDispose]()
  })
  const home = join(temporaryDirectory(), 'home')
  const { config, store } = writeHome(home, imap.port)
  appendFileSync(
    config,
    `[accounts.ada.smtp]\nhost = "127.0.0.1"\nport = ${smtpPort ?? smtp.port}\nsecurity = "none"\n`,
  )
  const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ADA_PASSWORD: password }
  const args = (...own: readonly string[]): readonly string[] => ['-c', config, ...own]
  const start = (own: readonly string[], input?: string | Uint8Array): RunningCommand =>
    startProgram(args(...own), { env, ...(input !== undefined && { input }) })
  return {
    home,
    config,
    store,
    smtp,
    imap,
    mail,
    args,
    start,
    run: (own, input) => start(own, input).ended,
  }
}

/** The outbox as `outbox list --all --json` tells it. */
export async function outboxOf({ run }: SendingHome): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { stdout } = await run(['outbox', 'list', '--all', '--json'])
  const read: unknown = JSON.parse(stdout)
  const list: unknown = typeof read === 'object' && read !== null && 'outbox' in read ? read.outbox : undefined
  if (!Array.isArray(list)) throw new Error(`no outbox in ${stdout}`)
  const entries: readonly unknown[] = list
  return entries.map((entry) => (typeof entry === 'object' && entry !== null ? { ...entry } : {}))
}
