import { bad } from './command-refused.ts'
import { itemsOf, textOf, wordsOf } from './command-arguments.ts'
import { listMatcher } from './list-pattern.ts'
import type { Argument, ParsedCommand } from './command-arguments.ts'
import type { CommandTable } from './command-handler.ts'
import type { Session } from './session.ts'
import type { StoredMailbox } from './stored-mailbox.ts'

/** LIST (RFC 9051 §6.3.9, RFC 5258, RFC 5819, RFC 6154), LSUB, STATUS. */
export const listCommands: CommandTable = {
  LIST: { when: 'authenticated', run: list },
  LSUB: { when: 'authenticated', run: lsub },
  STATUS: {
    when: 'authenticated',
    run: (session, { args }) => {
      const mailbox = session.selectableMailbox(textOf(args[0]))
      session.send(statusLine(session, mailbox, wordsOf(args[1])))
      return 'OK that is its status'
    },
  },
}

interface ListRequest {
  readonly patterns: readonly string[]
  readonly onlySubscribed: boolean
  readonly onlySpecialUse: boolean
  /** In capitals. */
  readonly returns: ReadonlySet<string>
  /** What STATUS each mailbox is to tell. */
  readonly status: readonly string[] | undefined
}

function list(session: Session, { args }: ParsedCommand): string {
  const request = parseList(session, args)
  if (request.patterns.every((pattern) => pattern === '')) {
    session.send(String.raw`* LIST (\Noselect) "${session.store.delimiter}" ""`)
    return 'OK that is the delimiter'
  }
  const matchers = request.patterns.map((pattern) => listMatcher(pattern, session.store.delimiter))
  for (const mailbox of session.store.mailboxes) {
    if (!matchers.some((matches) => matches(mailbox.wirePath)) || !isWanted(mailbox, request)) continue
    const attributes = listAttributes(session, mailbox, request).join(' ')
    session.send(`* LIST (${attributes}) "${session.store.delimiter}" ${quoteName(mailbox.wirePath)}`)
    if (request.status === undefined || !mailbox.attributes.selectable) continue
    session.send(statusLine(session, mailbox, request.status))
  }
  return 'OK that is the list'
}

function lsub(session: Session, { args }: ParsedCommand): string {
  const { delimiter, mailboxes } = session.store
  const matches = listMatcher(textOf(args[0]) + textOf(args[1]), delimiter)
  for (const { wirePath, attributes } of mailboxes) {
    if (!attributes.subscribed || !matches(wirePath)) continue
    const flags = attributes.selectable ? '' : String.raw`\Noselect`
    session.send(`* LSUB (${flags}) "${delimiter}" ${quoteName(wirePath)}`)
  }
  return 'OK that is the list'
}

function parseList(session: Session, args: readonly Argument[]): ListRequest {
  const isExtended = args[0]?.kind === 'list'
  if ((isExtended || args.length > 2) && !session.has('LIST-STATUS')) throw bad('LIST-EXTENDED is not offered')
  const selection = new Set(isExtended ? wordsOf(args[0]).map((word) => word.toUpperCase()) : [])
  const [reference, pattern, keyword, options] = isExtended ? args.slice(1) : args
  const patterns = pattern?.kind === 'list' ? wordsOf(pattern) : [textOf(pattern)]
  const returned = keyword === undefined ? [] : itemsOf(options)
  const statusAt = returned.findIndex((item) => item.kind === 'atom' && item.text.toUpperCase() === 'STATUS')
  const names = returned.filter((_item, index) => statusAt < 0 || index !== statusAt + 1)
  return {
    patterns: patterns.map((each) => (each === '' ? '' : textOf(reference) + each)),
    onlySubscribed: selection.has('SUBSCRIBED'),
    onlySpecialUse: selection.has('SPECIAL-USE'),
    returns: new Set([...selection, ...names.map((name) => textOf(name).toUpperCase())]),
    status: statusAt < 0 ? undefined : wordsOf(returned[statusAt + 1]),
  }
}

function isWanted({ attributes }: StoredMailbox, { onlySubscribed, onlySpecialUse }: ListRequest): boolean {
  return (!onlySubscribed || attributes.subscribed) && (!onlySpecialUse || attributes.specialUse !== undefined)
}

function listAttributes(session: Session, mailbox: StoredMailbox, { returns }: ListRequest): readonly string[] {
  const { selectable, specialUse, subscribed } = mailbox.attributes
  const words: string[] = []
  if (!selectable) words.push(String.raw`\Noselect`)
  if (session.has('LIST-STATUS')) {
    words.push(session.store.hasChildren(mailbox) ? String.raw`\HasChildren` : String.raw`\HasNoChildren`)
  }
  if (subscribed && returns.has('SUBSCRIBED')) words.push(String.raw`\Subscribed`)
  if (specialUse !== undefined && session.has('SPECIAL-USE')) words.push(specialUse)
  return words
}

function statusLine(session: Session, mailbox: StoredMailbox, fields: readonly string[]): string {
  const pairs = fields.map((field) => `${field.toUpperCase()} ${statusValue(session, mailbox, field.toUpperCase())}`)
  return `* STATUS ${quoteName(mailbox.wirePath)} (${pairs.join(' ')})`
}

function statusValue(session: Session, mailbox: StoredMailbox, field: string): string {
  switch (field) {
    case 'MESSAGES':
      return String(mailbox.messages.length)
    case 'RECENT':
      return '0'
    case 'UIDNEXT':
      return String(mailbox.uidNext)
    case 'UIDVALIDITY':
      return String(mailbox.uidValidity)
    case 'UNSEEN':
      return String(mailbox.messages.filter((message) => !message.flags.includes(String.raw`\Seen`)).length)
    case 'HIGHESTMODSEQ':
      session.noteCondstore()
      return String(mailbox.highestModseq)
    case 'MAILBOXID':
      if (session.has('OBJECTID')) return `(${mailbox.attributes.mailboxId})`
  }
  throw bad(`STATUS cannot tell ${field.slice(0, 40)}`)
}

/** A mailbox name as a quoted string, or as a literal where its octets need one. */
function quoteName(wirePath: string): string {
  if (/[\r\n\0]/.test(wirePath)) return `{${wirePath.length}}\r\n${wirePath}`
  return `"${wirePath.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}
