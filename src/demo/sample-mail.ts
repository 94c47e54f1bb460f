import { MailStore } from './mail-store.ts'
import { sampleConversations } from './sample-conversations.ts'
import { sampleForeignLetters } from './sample-charsets.ts'
import { sampleLetters } from './sample-letters.ts'
import { sampleListTraffic } from './sample-list-traffic.ts'
import { sampleOddities } from './sample-oddities.ts'
import type { SampleMessage } from './sample-message.ts'

export interface SampleMailOptions {
  /** In all mailboxes together; default 120. The letters that are written by hand are always there: about 100. Above
   *  them comes traffic of a mailing list. */
  readonly messages?: number
}

/** Mailboxes in the order in which they are made; `Archive`, `Lists` and `Travel` become parents that hold nothing. */
const mailboxes: readonly (readonly [path: string, specialUse?: string])[] = [
  ['Sent', String.raw`\Sent`],
  ['Drafts', String.raw`\Drafts`],
  ['Archive/2024'],
  ['Archive/2025'],
  ['Travel/日本 2025'],
  ['Работа'],
  ['Lists/boring-software'],
  ['Junk', String.raw`\Junk`],
  ['Trash', String.raw`\Trash`],
  ['To read'],
]

/** A mailbox owner's mail of our own making: the same octets, UIDs, flags and dates each time, on every machine. */
export function sampleMail({ messages = 120 }: SampleMailOptions = {}): MailStore {
  const store = new MailStore({ now: () => new Date('2025-06-01T12:00:00Z') })
  for (const [path, specialUse] of mailboxes) store.createMailbox(path, specialUse === undefined ? {} : { specialUse })
  const written = [...sampleConversations(), ...sampleLetters(), ...sampleForeignLetters(), ...sampleOddities()]
  written.sort((left, right) => left.date.getTime() - right.date.getTime())
  for (const message of written) place(store, message)
  const placed = store.mailboxes.reduce((sum, mailbox) => sum + mailbox.messages.length, 0)
  for (const message of sampleListTraffic(Math.max(0, messages - placed))) place(store, message)
  return store
}

function place(store: MailStore, { mailboxes: paths, octets, flags, date }: SampleMessage): void {
  const [first, ...others] = paths
  if (first === undefined) return
  const uid = store.append(first, octets, { flags, internalDate: date })
  const message = store.mailbox(first).message(uid)
  if (message !== undefined) for (const path of others) store.copy(message, store.mailbox(path))
}
