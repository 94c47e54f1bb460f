import { onTestFinished } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { DemoServer } from '../../src/demo/demo-server.ts'
import type { ExtensionSwitches } from '../../src/demo/extensions.ts'
import { MailStore } from '../../src/demo/mail-store.ts'
import type { MessageRow } from '../../src/model/message.ts'
import type { MailConnection } from '../../src/sync/ports.ts'
import { password } from '../support/run-sync.ts'
import { connectTo } from './connections.ts'

export const letter = (uid: number): string => `Subject: letter ${uid}\r\n\r\n${'tea '.repeat(uid)}\r\n`
/** INTERNALDATE of all. */
export const date = '17-Jul-1996 02:44:25 -0700'

/** INBOX with UIDs 2, 3, 5 and 9; an empty Archive/2019; a mailbox with a raw name. */
function sampleStore(): MailStore {
  const store = new MailStore()
  for (const uid of [2, 3, 5, 9]) {
    store.append('INBOX', Buffer.from(letter(uid)), {
      uid,
      internalDate: date,
      flags: uid === 3 ? [String.raw`\Seen`, '$Tea'] : [],
      labels: [String.raw`\Inbox`, 'Grün'],
      emailId: `100${uid}`,
    })
  }
  store.createMailbox('Archive/2019', { specialUse: String.raw`\Archive`, subscribed: false })
  store.createMailbox('Entwürfe', { wirePath: 'Entw\xfcrfe' })
  return store
}

export interface Connected {
  readonly store: MailStore
  readonly server: DemoServer
  readonly connection: MailConnection
}

/** The embedded server with that mail, and a connection to it. */
export async function connected(extensions: ExtensionSwitches = {}): Promise<Connected> {
  const store = sampleStore()
  const server = await startDemoServer({ store, users: { ada: password }, extensions })
  onTestFinished(() => server.close())
  return { store, server, connection: await connectTo(server) }
}

/** What `fetchRows` tells. */
export async function rowsOf(
  connection: MailConnection,
  request: Parameters<MailConnection['fetchRows']>[0] = {},
): Promise<readonly MessageRow[]> {
  const rows: MessageRow[] = []
  await connection.fetchRows(request, (row) => {
    rows.push(row)
    return undefined
  })
  return rows
}

/** Without its tag. */
export const lastCommand = (server: DemoServer): string => (server.commands.at(-1)?.line ?? '').replace(/^\S+ /, '')
