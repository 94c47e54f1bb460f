import { MailStore } from '../../src/demo/mail-store.ts'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { DemoServer, DemoServerOptions } from '../../src/demo/demo-server.ts'

/** NUL, a bare LF and an octet that is no UTF-8. */
export const odd = Buffer.from('Subject: odd\n\na\0b\xff\nbare\r\n', 'latin1')
export const plain = Buffer.from('From: Ada <ada@example.org>\r\nSubject: Tea\r\n\r\nAt four?\r\n')

/** INBOX with three messages, UIDs 1 to 3, the last of 0 octets, and a few mailboxes. */
export function teaStore(): MailStore {
  const store = new MailStore({ firstUidValidity: 100, now: () => new Date('2025-03-01T12:00:00Z') })
  store.append('INBOX', plain, { internalDate: '17-Jul-2024 02:44:25 -0700', flags: [String.raw`\Seen`] })
  store.append('INBOX', odd, { internalDate: '18-Jul-2024 02:44:25 -0700' })
  store.append('INBOX', Buffer.alloc(0), { internalDate: '19-Jul-2024 02:44:25 -0700', flags: ['$Junk'] })
  store.createMailbox('Archive/2024')
  store.createMailbox('Travel/日本 2025')
  store.createMailbox('Sent', { specialUse: String.raw`\Sent` })
  return store
}

/** A server for `ada`, whose password is `secret`. */
export async function serve(store: MailStore, options: Partial<DemoServerOptions> = {}): Promise<DemoServer> {
  return startDemoServer({ store, users: { ada: 'secret' }, ...options })
}
