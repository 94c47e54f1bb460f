import { bad, no } from './command-refused.ts'
import { isWord, itemsOf, numberOf, textOf, wordsOf } from './command-arguments.ts'
import { formatSequenceSet, parseSequenceSet, positionsBySeqNum, positionsByUid } from './sequence-set.ts'
import type { Argument, ParsedCommand } from './command-arguments.ts'
import type { CommandTable } from './command-handler.ts'
import type { FetchRow } from './fetch-row.ts'
import type { Session } from './session.ts'
import type { StoredMailbox, StoredMessage } from './stored-mailbox.ts'

/** What changes messages: RFC 9051 §6.4, UIDPLUS (RFC 4315), MOVE (RFC 6851), UNCHANGEDSINCE (RFC 7162 §3.1.3). */
export const messageCommands: CommandTable = {
  STORE: { when: 'selected', keepsSeqNums: true, run: (session, command) => store(session, command, false) },
  'UID STORE': { when: 'selected', run: (session, command) => store(session, command, true) },
  COPY: { when: 'selected', run: (session, command) => copy(session, command, { byUid: false, moves: false }) },
  'UID COPY': { when: 'selected', run: (session, command) => copy(session, command, { byUid: true, moves: false }) },
  MOVE: {
    when: 'selected',
    extension: 'MOVE',
    run: (session, command) => copy(session, command, { byUid: false, moves: true }),
  },
  'UID MOVE': {
    when: 'selected',
    extension: 'MOVE',
    run: (session, command) => copy(session, command, { byUid: true, moves: true }),
  },
  EXPUNGE: { when: 'selected', run: (session) => expunge(session, undefined) },
  'UID EXPUNGE': {
    when: 'selected',
    extension: 'UIDPLUS',
    run: (session, { args }) => expunge(session, textOf(args[0])),
  },
  APPEND: { when: 'authenticated', run: append },
}

interface NumberedMessage {
  readonly seqNum: number
  readonly message: StoredMessage
}

/** The messages that a set names, without those that are gone already. */
function namedMessages(session: Session, text: string, byUid: boolean): readonly NumberedMessage[] {
  const { messages } = session.view
  const set = parseSequenceSet(text)
  const positions = byUid ? positionsByUid(set, messages) : positionsBySeqNum(set, messages.length)
  return positions.flatMap((position) => {
    const message = messages[position]
    return message === undefined || message.expunged ? [] : [{ seqNum: position + 1, message }]
  })
}

function writableMailbox(session: Session): StoredMailbox {
  if (session.view.isReadOnly) throw no('[READ-ONLY] the mailbox is examined only')
  return session.view.mailbox
}

interface StoreRequest {
  readonly unchangedSince: bigint | undefined
  readonly sign: '+' | '-' | ''
  readonly isSilent: boolean
  readonly flags: readonly string[]
}

async function store(session: Session, { args }: ParsedCommand, byUid: boolean): Promise<string> {
  const mailbox = writableMailbox(session)
  const request = parseStore(session, args.slice(1))
  const named = namedMessages(session, textOf(args[0]), byUid)
  const { unchangedSince } = request
  const isStale = ({ message }: NumberedMessage): boolean =>
    unchangedSince !== undefined && message.modseq > unchangedSince
  const stale = named.filter(isStale)
  const stored = named.filter((each) => !isStale(each))
  mailbox.setFlags(
    stored.map(({ message }) => message.uid),
    ({ flags }) => storedFlags(flags, request),
  )
  for (const { message } of stored) session.view.forgetChange(message)
  await session.sendRows(storedRows(session, stored, { byUid, isSilent: request.isSilent }))
  const numbers = stale.map(({ seqNum, message }) => (byUid ? message.uid : seqNum))
  return numbers.length > 0 ? `OK [MODIFIED ${formatSequenceSet(numbers)}] not all stored` : 'OK stored'
}

function parseStore(session: Session, args: readonly Argument[]): StoreRequest {
  const unchangedSince = parseUnchangedSince(session, args[0])
  const [name, ...flags] = unchangedSince === undefined ? args : args.slice(1)
  const match = /^([+-]?)FLAGS(\.SILENT)?$/i.exec(textOf(name))
  if (match === null || flags.length === 0) throw bad('STORE needs FLAGS and what they are')
  return {
    unchangedSince,
    sign: match[1] === '+' || match[1] === '-' ? match[1] : '',
    isSilent: match[2] !== undefined,
    flags: checkedFlags(flags[0]?.kind === 'list' ? wordsOf(flags[0]) : flags.map((flag) => textOf(flag))),
  }
}

function parseUnchangedSince(session: Session, argument: Argument | undefined): bigint | undefined {
  if (argument?.kind !== 'list') return undefined
  if (!isWord(argument.items[0], 'UNCHANGEDSINCE')) throw bad('there is no such modifier of STORE')
  session.noteCondstore()
  return numberOf(argument.items[1])
}

const maxFlags = 100
const systemFlags = ['Seen', 'Answered', 'Flagged', 'Deleted', 'Draft'].map((name) => `\\${name}`)

/** System flags in their usual spelling; keywords as the client wrote them. */
function checkedFlags(flags: readonly string[]): readonly string[] {
  if (flags.length > maxFlags) throw no('[LIMIT] too many flags')
  return flags.map((flag) => {
    const system = systemFlags.find((name) => name.toLowerCase() === flag.toLowerCase())
    if (system !== undefined) return system
    if (!/^[^\\ (){%*"\]]+$/.test(flag)) throw bad(`${flag.slice(0, 40)} is no flag`)
    return flag
  })
}

function storedFlags(current: readonly string[], { sign, flags }: StoreRequest): readonly string[] {
  if (sign === '+') return [...current, ...flags]
  return sign === '-' ? current.filter((flag) => !flags.includes(flag)) : flags
}

/** With CONDSTORE even a silent STORE tells the new modseq (RFC 7162 §3.1.3). */
function* storedRows(
  session: Session,
  stored: readonly NumberedMessage[],
  { byUid, isSilent }: { readonly byUid: boolean; readonly isSilent: boolean },
): Generator<FetchRow> {
  const tellsModseq = session.enabled.has('CONDSTORE')
  if (isSilent && !tellsModseq) return
  for (const { seqNum, message } of stored) {
    const items = []
    if (byUid || tellsModseq) items.push({ name: 'UID', text: String(message.uid) })
    if (!isSilent) items.push({ name: 'FLAGS', text: `(${message.flags.join(' ')})` })
    if (tellsModseq) items.push({ name: 'MODSEQ', text: `(${message.modseq})` })
    yield { seqNum, uid: message.uid, items }
  }
}

interface CopyMode {
  readonly byUid: boolean
  readonly moves: boolean
}

function copy(session: Session, { args }: ParsedCommand, { byUid, moves }: CopyMode): string {
  const source = moves ? writableMailbox(session) : session.view.mailbox
  const target = findTarget(session, textOf(args[1]))
  const messages = namedMessages(session, textOf(args[0]), byUid).map(({ message }) => message)
  if (messages.length === 0) return 'OK there was nothing to do'
  const from = formatSequenceSet(messages.map((message) => message.uid))
  const to = formatSequenceSet(messages.map((message) => session.store.copy(message, target)))
  const code = session.has('UIDPLUS') ? `[COPYUID ${target.uidValidity} ${from} ${to}] ` : ''
  if (!moves) return `OK ${code}copied`
  // The code comes before the EXPUNGE responses, so it cannot wait for the tagged one (RFC 6851 §4.3).
  if (code !== '') session.send(`* OK ${code}moved`)
  source.expunge(messages.map((message) => message.uid))
  return 'OK moved'
}

function findTarget(session: Session, wirePath: string): StoredMailbox {
  const target = session.store.findByWirePath(wirePath)
  if (target?.attributes.selectable !== true) throw no('[TRYCREATE] there is no such mailbox')
  return target
}

function expunge(session: Session, uids: string | undefined): string {
  const mailbox = writableMailbox(session)
  const deleted = namedMessages(session, uids ?? '1:*', true)
    .map(({ message }) => message)
    .filter((message) => message.flags.includes(String.raw`\Deleted`))
  mailbox.expunge(deleted.map((message) => message.uid))
  return session.enabled.has('QRESYNC') ? `OK [HIGHESTMODSEQ ${mailbox.highestModseq}] expunged` : 'OK expunged'
}

const internalDateForm = /^[ \d]?\d-[A-Za-z]{3}-\d{4} \d{2}:\d{2}:\d{2} [+-]\d{4}$/

function append(session: Session, { args }: ParsedCommand): string {
  const target = findTarget(session, textOf(args[0]))
  const octets = args.at(-1)
  const middle = args.slice(1, -1)
  const flags = middle[0]?.kind === 'list' ? checkedFlags(itemsOf(middle[0]).map((flag) => textOf(flag))) : []
  const date = middle.find((argument) => argument.kind !== 'list')
  const internalDate = date === undefined ? undefined : textOf(date)
  if (octets?.kind !== 'string' || args.length < 2) throw bad('APPEND needs a message')
  if (internalDate !== undefined && !internalDateForm.test(internalDate)) throw bad('no valid date')
  const options = internalDate === undefined ? { flags } : { flags, internalDate }
  const uid = session.store.append(target.path, octets.octets, options)
  return session.has('UIDPLUS') ? `OK [APPENDUID ${target.uidValidity} ${uid}] appended` : 'OK appended'
}
