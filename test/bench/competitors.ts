import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PASSWORD, USER } from './accounts.ts'
import type { Competitor } from './options.ts'
import type { Command } from './run-command.ts'

const builtProgram = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const mailmirrorProgram = fileURLToPath(new URL('../../bin/mailmirror.js', import.meta.url))

/** A program that mirrors the account into a directory of its own. */
export interface Mirrorer {
  readonly command: Command
  /** Writes its configuration; the directory may hold a mirror already. */
  configure(): void
  /** Messages that its mirror holds, or that it has received if it keeps none; undefined: it cannot tell now. */
  countMessages(step: 'cold' | 'later'): number | undefined
}

export interface MirrorerOptions {
  readonly directory: string
  readonly port: number
  readonly drainProgram: string
  readonly outputFile: string
}

export function mirrorer(name: Competitor, options: MirrorerOptions): Mirrorer {
  switch (name) {
    case 'mailmirror':
      return mailmirror(options)
    case 'mbsync':
      return mbsync(options, 'no')
    case 'mbsync-fsync':
      return mbsync(options, 'yes')
    case 'drain':
      return drain(options)
  }
}

/** mailmirror itself, under this Node and without a launcher in between. */
export function mailmirrorCommand(directory: string, ...args: readonly string[]): Command {
  const environment = { BENCH_PASSWORD: PASSWORD, NODE_OPTIONS: '' }
  return {
    argv: [process.execPath, mailmirrorProgram, '--config', join(directory, 'config.toml'), ...args],
    environment,
  }
}

/** The built program itself. */
export function builtCommand(directory: string, ...args: readonly string[]): Command {
  const argv = [process.execPath, builtProgram, '--config', join(directory, 'config.toml'), ...args]
  return { ...mailmirrorCommand(directory), argv }
}

export interface MirroredAccount {
  readonly directory: string
  readonly port: number
  readonly user: string
  /** Capabilities that are left unused. */
  readonly disable?: readonly string[]
}

/** Writes mailmirror's config into the directory, for the account of that user. */
export function configureMailmirror({ directory, port, user, disable = [] }: MirroredAccount): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const text = `store = ${JSON.stringify(join(directory, 'mail.db'))}

[accounts.bench]
email = "${user}@example.com"
disable = ${JSON.stringify(disable)}

[accounts.bench.imap]
host = "127.0.0.1"
port = ${port}
security = "none"
user = "${user}"
password = { env = "BENCH_PASSWORD" }
`
  writeFileSync(join(directory, 'config.toml'), text, { mode: 0o600 })
}

function mailmirror({ directory, port }: MirrorerOptions): Mirrorer {
  return {
    command: mailmirrorCommand(directory, 'sync', '--quiet'),
    configure: () => configureMailmirror({ directory, port, user: USER }),
    countMessages: () => countMirrored(directory),
  }
}

/** Messages that mailmirror's mirror in that directory holds. */
export function countMirrored(directory: string): number {
  const { argv, environment } = mailmirrorCommand(directory, 'status', '--json')
  const [program = '', ...args] = argv
  const { stdout } = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, ...environment } })
  return messagesInStatus(stdout)
}

/** Present messages according to `status --json`; mailboxes that are not complete count as nothing. */
function messagesInStatus(text: string): number {
  interface Status {
    readonly accounts: readonly {
      readonly mailboxes: readonly { readonly messages: number; readonly complete: boolean }[]
    }[]
  }
  let status: Status
  try {
    status = JSON.parse(text)
  } catch {
    return 0
  }
  let messages = 0
  for (const mailbox of status.accounts.flatMap((account) => account.mailboxes)) {
    if (mailbox.complete) messages += mailbox.messages
  }
  return messages
}

/** isync's mbsync, one way and read-only towards the server. Its own default is FSync yes: every message reaches the disk. */
function mbsync({ directory, port }: MirrorerOptions, fsync: 'yes' | 'no'): Mirrorer {
  const mail = join(directory, 'mail')
  return {
    command: { argv: ['mbsync', '--quiet', '--config', join(directory, 'mbsyncrc'), '--all'] },
    configure() {
      for (const path of [mail, join(directory, 'state')]) mkdirSync(path, { recursive: true })
      const text = `FSync ${fsync}

IMAPStore remote
Host 127.0.0.1
Port ${port}
User ${USER}
Pass ${PASSWORD}
SSLType None
AuthMechs LOGIN

MaildirStore local
Path ${mail}/
Inbox ${mail}/INBOX
SubFolders Verbatim

Channel all
Far :remote:
Near :local:
Patterns *
Create Near
Remove None
Expunge None
Sync Pull
CopyArrivalDate yes
SyncState ${directory}/state/
`
      writeFileSync(join(directory, 'mbsyncrc'), text, { mode: 0o600 })
    },
    countMessages() {
      const files = readdirSync(mail, { recursive: true, encoding: 'utf8' })
      return files.filter((path) => /\/(?:cur|new)\/[^/]+$/.test(path)).length
    },
  }
}

/** Receives what a mirror must and stores nothing: the physical limit of server and loopback on one connection. */
function drain({ directory, port, drainProgram, outputFile }: MirrorerOptions): Mirrorer {
  return {
    command: { argv: [drainProgram, '-c', '1', '-p', String(port), '-s', join(directory, 'state'), USER] },
    configure: () => mkdirSync(directory, { recursive: true }),
    countMessages(step) {
      if (step === 'later') return undefined
      const told = [...readFileSync(outputFile, 'utf8').matchAll(/(\d+) messages, \d+ octets/g)].at(-1)
      return Number(told?.[1] ?? 0)
    },
  }
}
