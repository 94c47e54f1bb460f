import { bad } from './command-refused.ts'
import { isWord, itemsOf, numberOf, textOf, wordsOf } from './command-arguments.ts'
import { formatBodyStructure, formatEnvelope, nstring } from './envelope.ts'
import { parseBodySection, sectionItem } from './body-section.ts'
import { parseMessage } from './message-structure.ts'
import { formatSequenceSet, parseSequenceSet, positionsBySeqNum, positionsByUid } from './sequence-set.ts'
import type { Argument, ParsedCommand } from './command-arguments.ts'
import type { BodySection } from './body-section.ts'
import type { CommandTable } from './command-handler.ts'
import type { FetchItem, FetchRow } from './fetch-row.ts'
import type { MimePart } from './message-structure.ts'
import type { SequenceSet } from './sequence-set.ts'
import type { Session } from './session.ts'
import type { StoredMessage } from './stored-mailbox.ts'

/** FETCH (RFC 9051 §6.4.5, RFC 7162 §3.1.4 and §3.2.6). */
export const fetchCommands: CommandTable = {
  FETCH: { when: 'selected', keepsSeqNums: true, run: (session, command) => fetch(session, command, false) },
  'UID FETCH': { when: 'selected', run: (session, command) => fetch(session, command, true) },
}

interface FetchRequest {
  /** Names in capitals, and sections. */
  readonly attributes: readonly (string | BodySection)[]
  readonly changedSince: bigint | undefined
  readonly vanished: boolean
}

async function fetch(session: Session, { args }: ParsedCommand, byUid: boolean): Promise<string> {
  const { messages } = session.view
  const set = parseSequenceSet(textOf(args[0]))
  const request = parseFetch(session, args, byUid)
  const positions = byUid ? positionsByUid(set, messages) : positionsBySeqNum(set, messages.length)
  if (request.vanished && request.changedSince !== undefined) sendVanished(session, request.changedSince, set)
  const isShort = positions.some((position) => messages[position]?.expunged === true)
  await session.sendRows(fetchRows(session, positions, request))
  return isShort ? 'OK [EXPUNGEISSUED] some messages are gone' : 'OK fetched'
}

/** Rows of UID, FLAGS and MODSEQ that QRESYNC tells when a mailbox is selected. */
export function changedRows(session: Session, since: bigint, known: SequenceSet | undefined): Iterable<FetchRow> {
  const positions = positionsByUid(known ?? [[1, Infinity]], session.view.messages)
  return fetchRows(session, positions, { attributes: ['UID', 'FLAGS', 'MODSEQ'], changedSince: since, vanished: true })
}

/** `VANISHED (EARLIER)` (RFC 7162 §3.2.10.1): what has left of the known UIDs since then. */
export function sendVanished(session: Session, since: bigint, known: SequenceSet | undefined): void {
  const vanished = session.view.mailbox
    .vanishedSince(since)
    .toSorted((left, right) => left - right)
    .map((uid) => ({ uid }))
  const uids = positionsByUid(known ?? [[1, Infinity]], vanished).map((position) => vanished[position]?.uid ?? 0)
  if (uids.length > 0) session.send(`* VANISHED (EARLIER) ${formatSequenceSet(uids)}`)
}

const macros: Readonly<Record<string, readonly string[]>> = {
  FAST: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'],
  ALL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE'],
  FULL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY'],
}

function parseFetch(session: Session, args: readonly Argument[], byUid: boolean): FetchRequest {
  const words = args[1]?.kind === 'list' ? wordsOf(args[1]) : expandMacro(textOf(args[1]))
  const attributes = words.map((word) => parseBodySection(word) ?? knownName(session, word.toUpperCase()))
  const { changedSince, vanished } = parseModifiers(args[2])
  if (vanished && !(byUid && changedSince !== undefined && session.enabled.has('QRESYNC'))) {
    throw bad('VANISHED belongs to UID FETCH with CHANGEDSINCE under QRESYNC')
  }
  if (changedSince !== undefined || attributes.includes('MODSEQ')) session.noteCondstore()
  const implied = [...(byUid ? ['UID'] : []), ...(changedSince === undefined ? [] : ['MODSEQ'])]
  const missing = implied.filter((name) => !attributes.includes(name))
  return { attributes: [...missing, ...attributes], changedSince, vanished }
}

function parseModifiers(argument: Argument | undefined): Pick<FetchRequest, 'changedSince' | 'vanished'> {
  const modifiers = argument === undefined ? [] : itemsOf(argument)
  const sinceAt = modifiers.findIndex((modifier) => isWord(modifier, 'CHANGEDSINCE'))
  return {
    changedSince: sinceAt < 0 ? undefined : numberOf(modifiers[sinceAt + 1]),
    vanished: modifiers.some((modifier) => isWord(modifier, 'VANISHED')),
  }
}

function expandMacro(word: string): readonly string[] {
  return macros[word.toUpperCase()] ?? [word]
}

const gmailNames = new Set(['X-GM-MSGID', 'X-GM-THRID', 'X-GM-LABELS'])
const objectIdNames = new Set(['EMAILID', 'THREADID'])
const baseNames = new Set([
  'UID',
  'FLAGS',
  'INTERNALDATE',
  'RFC822.SIZE',
  'ENVELOPE',
  'BODY',
  'BODYSTRUCTURE',
  'MODSEQ',
])

function knownName(session: Session, name: string): string {
  const isOffered =
    baseNames.has(name) ||
    (gmailNames.has(name) && session.has('X-GM-EXT-1')) ||
    (objectIdNames.has(name) && session.has('OBJECTID'))
  if (!isOffered) throw bad(`FETCH cannot tell ${name.slice(0, 40)}`)
  return name
}

function* fetchRows(session: Session, positions: readonly number[], request: FetchRequest): Generator<FetchRow> {
  const { messages, isReadOnly, mailbox } = session.view
  const { attributes, changedSince } = request
  const setsSeen = !isReadOnly && attributes.some((attribute) => typeof attribute !== 'string' && attribute.setsSeen)
  for (const position of positions) {
    const message = messages[position]
    if (message === undefined || message.expunged) continue
    if (changedSince !== undefined && message.modseq <= changedSince) continue
    if (setsSeen) mailbox.setFlags([message.uid], ({ flags }) => [...flags, String.raw`\Seen`])
    yield { seqNum: position + 1, uid: message.uid, items: fetchItems(message, attributes) }
  }
}

function fetchItems(message: StoredMessage, attributes: readonly (string | BodySection)[]): readonly FetchItem[] {
  let parsed: MimePart | undefined
  const structure = (): MimePart => (parsed ??= parseMessage(message.octets))
  return attributes.map((attribute) =>
    typeof attribute === 'string'
      ? { name: attribute, text: attributeText(message, attribute, structure) }
      : sectionItem(message.octets, structure, attribute),
  )
}

function attributeText(message: StoredMessage, name: string, structure: () => MimePart): string {
  switch (name) {
    case 'UID':
      return String(message.uid)
    case 'FLAGS':
      return `(${message.flags.join(' ')})`
    case 'INTERNALDATE':
      return `"${message.internalDate}"`
    case 'RFC822.SIZE':
      return String(message.octets.length)
    case 'MODSEQ':
      return `(${message.modseq})`
    case 'ENVELOPE':
      return formatEnvelope(structure().fields)
    case 'EMAILID':
      return `(${message.identity.emailId})`
    case 'THREADID':
      return 'NIL'
    case 'X-GM-MSGID':
      return message.identity.gmailMessageId
    case 'X-GM-THRID':
      return message.identity.gmailThreadId
    case 'X-GM-LABELS':
      return `(${message.labels.map((label) => (/^\\?[A-Za-z]+$/.test(label) ? label : nstring(label))).join(' ')})`
    default:
      return formatBodyStructure(message.octets, structure(), name === 'BODYSTRUCTURE')
  }
}
