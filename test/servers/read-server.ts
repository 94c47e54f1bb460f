import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Names are as on the wire (modified UTF-7). */
export interface ServerMailbox {
  readonly mailbox: string
  readonly uidValidity: number
  readonly exists: number
}

export interface ServerMessage {
  readonly mailbox: string
  readonly uidValidity: number
  readonly uid: number
  readonly sha256: string
  readonly octets: number
  /** Sorted, without \Recent. */
  readonly flags: readonly string[]
  /** The server's own text, and what it means in seconds since 1970. */
  readonly internalDate: string
  readonly internalDateSeconds: number | null
}

export interface ServerTruth {
  /** Ascending by the octets of their names. */
  readonly mailboxes: readonly ServerMailbox[]
  /** By mailbox, ascending by uid. */
  readonly messages: readonly ServerMessage[]
}

const run = promisify(execFile)
const script = fileURLToPath(new URL('read-server.py', import.meta.url))

/** What a server on 127.0.0.1 holds of a user, as Python's own sockets see it; nothing of mailmirror takes part. With
 *  `authority`, a PEM file, over TLS. Rejects when the server does not hand over exactly what it announces. */
export async function readServer(
  port: number,
  user: string,
  access: string | { readonly password: string; readonly authority: string },
): Promise<ServerTruth> {
  const { password, authority } = typeof access === 'string' ? { password: access, authority: undefined } : access
  const args = [script, String(port), user, ...(authority === undefined ? [] : ['--ca', authority])]
  const environment = { ...process.env, IMAP_PASSWORD: password, PYTHONUTF8: '1' }
  const { stdout } = await run('python3', args, { env: environment, maxBuffer: 1 << 30 })
  const mailboxes: ServerMailbox[] = []
  const messages: ServerMessage[] = []
  for (const line of stdout.split('\n').filter((text) => text !== '')) {
    const row: unknown = JSON.parse(line)
    if (isMessage(row)) messages.push(row)
    else if (isMailbox(row)) mailboxes.push(row)
    else throw new Error(`read-server.py printed: ${line}`)
  }
  return { mailboxes, messages }
}

function isMailbox(row: unknown): row is ServerMailbox {
  return typeof row === 'object' && row !== null && 'mailbox' in row && 'exists' in row
}

function isMessage(row: unknown): row is ServerMessage {
  return typeof row === 'object' && row !== null && 'mailbox' in row && 'uid' in row && 'sha256' in row
}
