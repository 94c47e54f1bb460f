import * as fc from 'fast-check'
import type { MailStore } from '../../src/demo/mail-store.ts'
import type { StoredMailbox, StoredMessage } from '../../src/demo/stored-mailbox.ts'
import { flagged, letter, seen } from './letters.ts'

/** What other clients do to the mail of a server. `at` and `to` name a mailbox, `picks` messages in it: by numbers that
 *  are taken modulo what is there, so that any history can happen. */
export type Happening =
  | { readonly what: 'append'; readonly at: number; readonly count: number; readonly flags: readonly string[] }
  | {
      readonly what: 'flags'
      readonly at: number
      readonly picks: readonly number[]
      readonly flags: readonly string[]
    }
  | { readonly what: 'expunge' | 'come-and-go'; readonly at: number; readonly picks: readonly number[] }
  | { readonly what: 'copy' | 'move'; readonly at: number; readonly to: number; readonly picks: readonly number[] }
  | { readonly what: 'rename' | 'delete' | 'create' | 'remake'; readonly at: number }
  | { readonly what: 'uidvalidity'; readonly at: number; readonly by: number }

const at = fc.nat({ max: 7 })
const picks = fc.uniqueArray(fc.nat({ max: 30 }), { minLength: 1, maxLength: 4 })
const flags = fc.uniqueArray(fc.constantFrom(seen, flagged, '$Junk', 'Holiday'), { maxLength: 3 })

export const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constant('append'), at, count: fc.integer({ min: 1, max: 3 }), flags }),
  },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('flags'), at, picks, flags }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constantFrom('expunge', 'come-and-go'), at, picks }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constantFrom('copy', 'move'), at, to: at, picks }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constantFrom('rename', 'delete', 'create', 'remake'), at }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('uidvalidity'), at, by: fc.constantFrom(-90, -7, 1, 4000) }) },
)

/** Lets it happen. */
export function happen(mail: MailStore, it: Happening): void {
  const mailbox = mailboxAt(mail, it.at)
  if ('to' in it) return carry(mail, pick(mailbox, it.picks), { ...it, from: mailbox, to: mailboxAt(mail, it.to) })
  switch (it.what) {
    case 'append':
      return append(mail, mailbox, it)
    case 'flags':
      return mail.setFlags(mailbox.path, uidsOf(pick(mailbox, it.picks)), it.flags)
    case 'expunge':
      return mail.expunge(mailbox.path, uidsOf(pick(mailbox, it.picks)))
    case 'come-and-go':
      append(mail, mailbox, { count: it.picks.length, flags: [] })
      return mail.expunge(mailbox.path, uidsOf(mailbox.messages.slice(-it.picks.length)))
    case 'uidvalidity':
      return mail.setUidValidity(mailbox.path, Math.max(1, mailbox.uidValidity + it.by))
    case 'rename':
    case 'delete':
    case 'create':
    case 'remake':
      return rearrange(mail, mailbox, it.what)
  }
}

function carry(
  mail: MailStore,
  messages: readonly StoredMessage[],
  { what, from, to }: { readonly what: 'copy' | 'move'; readonly from: StoredMailbox; readonly to: StoredMailbox },
): void {
  for (const message of messages) mail.copy(message, to)
  if (what === 'move') mail.expunge(from.path, uidsOf(messages))
}

function rearrange(mail: MailStore, { path }: StoredMailbox, what: 'rename' | 'delete' | 'create' | 'remake'): void {
  const name = `Box ${mail.mailboxes.length}${mail.mailbox('INBOX').uidNext}`
  const isFree = !mail.mailboxes.some((mailbox) => mailbox.path === name)
  if (what === 'create' && isFree) mail.createMailbox(name)
  if (path === 'INBOX') return
  if (what === 'rename' && isFree) mail.rename(path, name)
  if (what === 'delete' || what === 'remake') mail.deleteMailbox(path)
  if (what === 'remake') mail.createMailbox(path)
}

function append(
  mail: MailStore,
  { path, uidNext }: StoredMailbox,
  { count, flags: raw }: { readonly count: number; readonly flags: readonly string[] },
): void {
  for (let number = 0; number < count; number++) {
    mail.append(path, letter(`${path} ${uidNext + number}`), { flags: raw })
  }
}

function mailboxAt({ mailboxes }: MailStore, index: number): StoredMailbox {
  const selectable = mailboxes.filter(({ attributes }) => attributes.selectable)
  const mailbox = selectable[index % selectable.length]
  if (mailbox === undefined) throw new Error('a server without mailboxes')
  return mailbox
}

function pick({ messages }: StoredMailbox, numbers: readonly number[]): readonly StoredMessage[] {
  const chosen = new Set(numbers.map((number) => messages[number % Math.max(1, messages.length)]))
  return [...chosen].filter((message) => message !== undefined)
}

const uidsOf = (messages: readonly StoredMessage[]): readonly number[] => messages.map(({ uid }) => uid)
