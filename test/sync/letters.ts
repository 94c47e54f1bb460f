import { MailStore } from '../../src/demo/mail-store.ts'

export const seen = String.raw`\Seen`
export const flagged = String.raw`\Flagged`

/** A short message; the same text gives the same octets. */
export function letter(subject: string, body = 'See you at four.'): Buffer {
  const header = `From: Ada <ada@example.org>\r\nTo: Charles <charles@example.org>\r\nSubject: ${subject}\r\n`
  return Buffer.from(`${header}Message-ID: <${subject.replaceAll(' ', '.')}@example.org>\r\n\r\n${body}\r\n`)
}

/** A message of exactly so many octets, no two of them alike. */
export function letterOf(octets: number, subject: string): Buffer {
  const start = letter(subject, '')
  return Buffer.concat([start, Buffer.alloc(Math.max(0, octets - start.length), `${subject}\r\n`)], octets)
}

export function emptyServer(): MailStore {
  return new MailStore({ firstUidValidity: 100, now: () => new Date('2025-06-01T12:00:00Z') })
}

/** Appends so many letters, named by the mailbox and a number that goes on, and returns their UIDs. */
export function fill(store: MailStore, path: string, count: number): readonly number[] {
  const first = store.mailbox(path).uidNext
  return Array.from({ length: count }, (_, index) =>
    store.append(path, letter(`${path} ${first + index}`), { flags: (first + index) % 3 === 0 ? [seen] : [] }),
  )
}

/** INBOX with five letters, `Archive/2024` with three, `Sent` with two, and `Drafts`, which is empty. */
export function smallServer(): MailStore {
  const store = emptyServer()
  fill(store, 'INBOX', 5)
  store.createMailbox('Archive/2024')
  fill(store, 'Archive/2024', 3)
  store.createMailbox('Sent', { specialUse: String.raw`\Sent` })
  fill(store, 'Sent', 2)
  store.createMailbox('Drafts', { specialUse: String.raw`\Drafts` })
  return store
}

/** INBOX with so many letters, of some 300 octets each. */
export function inboxOf(messages: number): MailStore {
  const store = emptyServer()
  fill(store, 'INBOX', messages)
  return store
}

/** The numbers from `first` to `last`. */
export function numbers(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
