import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { MailStore } from '../../src/demo/mail-store.ts'
import { nastyMessages } from '../export/nasty-messages.ts'
import { runCommand, writeHome } from './run-command.ts'
import type { CommandResult } from './run-command.ts'
import { password } from './run-sync.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** A home with a config, and commands that use it. */
export interface Home {
  readonly home: string
  readonly config: string
  readonly store: string
  readonly run: (...args: readonly string[]) => Promise<CommandResult>
  readonly args: (...args: readonly string[]) => readonly string[]
}

/** A home whose account `ada` has a server at this port; 1: none. */
export function homeAt(port = 1): Home {
  const home = join(temporaryDirectory(), 'home')
  const { config, store } = writeHome(home, port)
  const args = (...own: readonly string[]): readonly string[] => ['-c', config, ...own]
  return { home, config, store, args, run: (...own) => runCommand(args(...own)) }
}

/** One whose store has been synced from this server. Throws where that fails. */
export async function mirrorOf(mail: MailStore, ...options: readonly string[]): Promise<Home> {
  await using server = await startDemoServer({ store: mail, users: { ada: password } })
  const home = homeAt(server.port)
  const { status, stderr } = await home.run('sync', '-q', ...options)
  if (status !== 0) throw new Error(stderr)
  return home
}

export function mailOf(mailboxes: Readonly<Record<string, readonly (string | Uint8Array)[]>>): MailStore {
  const mail = new MailStore()
  for (const [path, messages] of Object.entries(mailboxes)) {
    if (path !== 'INBOX') mail.createMailbox(path)
    for (const octets of messages) mail.append(path, Buffer.from(octets))
  }
  return mail
}

export const letterOf = (subject: string): string => `Subject: ${subject}\r\n\r\nText of ${subject}\r\n`

async function syncOrThrow({ run }: Home): Promise<void> {
  const { status, stderr } = await run('sync', '-q')
  if (status !== 0) throw new Error(stderr)
}

const dates = (hour: number): Date => new Date(Date.UTC(2024, 2, 1, hour))

/** Nasty mail with flags, keywords and dates, a copy, a message twice in a mailbox, and one that has been removed. */
export async function fullMirror(): Promise<Home> {
  const mail = mailOf({ 'Work/Plans': [], 'Entwürfe & more': [], INBOX: [] })
  nastyMessages.forEach((octets, index) => mail.append('INBOX', octets, { internalDate: dates(index) }))
  const flags = [String.raw`\Seen`, String.raw`\Flagged`, 'later', '$Forwarded']
  mail.append('INBOX', Buffer.from(letterOf('flagged')), { flags, internalDate: '05-Mar-2024 10:00:00 +0530' })
  mail.append('Work/Plans', Buffer.from(letterOf('flagged')), {
    flags: [String.raw`\Answered`],
    internalDate: dates(30),
  })
  for (const hour of [40, 41]) mail.append('Work/Plans', Buffer.from(letterOf('twice')), { internalDate: dates(hour) })
  mail.append('Entwürfe & more', Buffer.from(letterOf('draft')), {
    flags: [String.raw`\Draft`],
    internalDate: dates(50),
  })
  const gone = mail.append('INBOX', Buffer.from(letterOf('gone')), { internalDate: dates(60) })
  await using server = await startDemoServer({ store: mail, users: { ada: password } })
  const home = homeAt(server.port)
  await syncOrThrow(home)
  mail.expunge('INBOX', [gone])
  await syncOrThrow(home)
  return home
}

export interface HeldPlace {
  readonly kind: string
  readonly path: string
  readonly sha256: string
  readonly flags: string
  readonly keywords: string
  readonly labels: string | null
  readonly date: number | null
  readonly removed: number
}

/** What lies where, in an order that does not depend on how it came there. */
export function placesOf(store: string): readonly HeldPlace[] {
  const facts = new Sqlite(store, { readonly: true })
  try {
    return facts
      .prepare<[], HeldPlace>(
        `SELECT kind, path, lower(hex(sha256)) AS sha256, flags, keywords, labels, internal_date AS date,
           removed_at IS NOT NULL AS removed
         FROM placement JOIN content ON content.id = placement.content JOIN epoch ON epoch.id = placement.epoch
           JOIN mailbox ON mailbox.id = epoch.mailbox
         ORDER BY kind, path, sha256, flags, keywords, date, removed`,
      )
      .all()
  } finally {
    facts.close()
  }
}

export function contentsOf(store: string): number {
  const facts = new Sqlite(store, { readonly: true })
  try {
    return facts.prepare<[], number>('SELECT count(*) FROM content').pluck().get() ?? 0
  } finally {
    facts.close()
  }
}

/** INTERNALDATE of flaggedMail. */
export const at = new Date('2024-03-01T12:00:00Z')

/** 18 messages with flags and a keyword. */
export function flaggedMail(): MailStore {
  const mail = mailOf({ 'Work/Plans': [] })
  for (const octets of nastyMessages) mail.append('INBOX', octets, { internalDate: at })
  mail.append('INBOX', Buffer.from(letterOf('flagged')), {
    flags: [String.raw`\Seen`, String.raw`\Flagged`, 'later'],
    internalDate: at,
  })
  mail.append('Work/Plans', Buffer.from(letterOf('plans')), { flags: [String.raw`\Answered`], internalDate: at })
  return mail
}

/** A JSON object. */
export function parsed(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text)
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
