import { encodedWords } from '../model/encoded-words.ts'
import { AppError } from '../model/errors.ts'
import { checkAddress, uniqueAddresses } from './address.ts'
import { fieldValues, readHeader, withoutFields } from './header.ts'
import type { MessageHeader } from './header.ts'
import { oneLine } from './one-line.ts'
import type { SmtpEnvelope } from './outbox.ts'
import type { MailAddress } from './ports.ts'

/** What stands in for fields that the message lacks. */
export interface SubmittedBy {
  /** Of the account that sends it: also who is meant by a name without domain, such as cron's `root`. */
  readonly email: string
  /** Of the sender where From is made; empty: none. */
  readonly fullName: string
  /** With angle brackets. */
  readonly messageId: string
  /** Milliseconds since 1970. */
  readonly nowMs: number
  readonly addresses: (field: string) => readonly MailAddress[] | undefined
}

export interface SubmittedRecipients {
  /** Addresses or lists of them, from the command line. */
  readonly given: readonly string[]
  /** Those of To, Cc and Bcc too (`-t`). */
  readonly fromHeader: boolean
  /** `-f`; undefined: the account's own address. Empty: nobody hears of trouble. */
  readonly envelopeFrom: string | undefined
}

export interface OutgoingMessage {
  readonly messageId: string
  /** As in the field, still encoded. */
  readonly subject: string
  readonly envelope: SmtpEnvelope
  readonly octets: Buffer
}

/** A message as another program hands it to sendmail, made ready to be sent: lines end with CRLF, and From, Date and Message-ID are added
 *  where they are missing. All else stays as it is. Throws USAGE. */
export function submittedMessage(input: Uint8Array, recipients: SubmittedRecipients, by: SubmittedBy): OutgoingMessage {
  const octets = checked(withWireLines(input))
  const to = recipientsOf(readHeader(octets), recipients, by)
  const whole = completed(octets, by)
  const header = readHeader(whole)
  const from = recipients.envelopeFrom === undefined ? by.email : envelopeSender(recipients.envelopeFrom, by.email)
  return {
    messageId: fieldValues(header, 'message-id')[0] ?? by.messageId,
    subject: fieldValues(header, 'subject')[0] ?? '',
    envelope: { from, to },
    octets: whole,
  }
}

function envelopeSender(given: string, email: string): string {
  const address = given.replace(/^<(.*)>$/, '$1')
  if (address === '') return ''
  return checkAddress(address.includes('@') ? address : email, '-f')
}

/** LF, CRLF and CR alone all end a line: a server might take a CR alone for one or not, and that is how mail is smuggled (S26). A line
 *  `From ` before the header is the mbox's and not the message's. */
function withWireLines(input: Uint8Array): Buffer {
  const octets = Buffer.from(input.buffer, input.byteOffset, input.byteLength)
  const begin = octets.subarray(0, 5).toString('latin1') === 'From ' ? endOfLine(octets) : 0
  if (isWireForm(octets)) return octets.subarray(begin)
  const text = octets.toString('latin1', begin).replaceAll(/\r\n|\n|\r/g, '\r\n')
  return Buffer.from(text.endsWith('\r\n') ? text : `${text}\r\n`, 'latin1')
}

const endOfLine = (octets: Buffer): number => octets.indexOf(10) + 1

function isWireForm(octets: Buffer): boolean {
  if (octets.at(-1) !== 10) return false
  for (let index = octets.indexOf(10); index >= 0; index = octets.indexOf(10, index + 1))
    if (octets[index - 1] !== 13) return false
  for (let index = octets.indexOf(13); index >= 0; index = octets.indexOf(13, index + 1))
    if (octets[index + 1] !== 10) return false
  return true
}

function checked(octets: Buffer): Buffer {
  if (octets.length <= 2) throw unusable('there is no message on stdin', 'pipe a message into it, header first')
  if (octets.includes(0))
    throw unusable(
      'the message holds NUL, which SMTP cannot carry',
      'encode what is binary, for instance as an attachment',
    )
  return octets
}

function unusable(message: string, hint: string): AppError {
  return new AppError({ code: 'USAGE', message, hint, scope: 'message' })
}

const named = ['to', 'cc', 'bcc']
const resentNamed = ['resent-to', 'resent-cc', 'resent-bcc']

function recipientsOf(
  header: MessageHeader,
  { given, fromHeader }: SubmittedRecipients,
  { addresses, email }: SubmittedBy,
): readonly string[] {
  const isResent = fieldValues(header, ...resentNamed).length > 0
  const fields = fromHeader ? fieldValues(header, ...(isResent ? resentNamed : named)) : []
  const typed = given.map((text) => oneLine(text, 'the recipients'))
  const found = [...fields, ...typed].flatMap(piecesOf).flatMap((text) => {
    if (text === '') return []
    // A name alone is no address to a reader of mail, but it is a user of this machine to cron.
    if (/^[\w.-]+$/.test(text)) return [email]
    const read = addresses(text)
    if (read === undefined)
      throw unusable(`could not read the recipients ${JSON.stringify(text)}`, 'separate addresses by commas')
    return read.map(({ address }) => checkAddress(address.includes('@') ? address : email, 'the recipients'))
  })
  if (found.length > 0) return uniqueAddresses(found)
  throw unusable(
    'the message names no recipient',
    fromHeader ? 'it needs To, Cc or Bcc' : 'name them as arguments, or take those of its header with -t',
  )
}

/** Of a list in which commas do nothing else than to part addresses, such as cron's `root,zoe@example.org`. */
function piecesOf(list: string): readonly string[] {
  return (/["<>():;\\]/.test(list) ? [list] : list.split(',')).map((piece) => piece.trim())
}

/** With the fields that every message has (RFC 5322 §3.6). A From without a domain, such as cron's, becomes the account's. */
function completed(octets: Buffer, by: SubmittedBy): Buffer {
  const header = readHeader(octets)
  const from = missingFrom(header, by)
  const missing = [
    ...(from === undefined ? [] : [from]),
    ...(has(header, 'date') ? [] : [`Date: ${mailDate(by.nowMs)}`]),
    ...(has(header, 'message-id') ? [] : [`Message-ID: ${by.messageId}`]),
  ]
  const rest = from === undefined ? octets : withoutFields(octets, new Set(['from']))
  const { fields, end } = readHeader(rest)
  const whole = separated(rest, end)
  if (missing.length === 0) return whole
  // Without a header of its own the text would become one.
  const gap = fields.length === 0 && !startsWithEmptyLine(rest) ? '\r\n' : ''
  return Buffer.concat([Buffer.from(`${missing.join('\r\n')}\r\n${gap}`, 'utf8'), whole])
}

const has = (header: MessageHeader, name: string): boolean => fieldValues(header, name).length > 0

/** undefined: it has one. */
function missingFrom(header: MessageHeader, by: SubmittedBy): string | undefined {
  const [from] = fieldValues(header, 'from')
  const sender = from === undefined ? undefined : by.addresses(from)?.[0]
  if (sender?.address.includes('@') === true) return undefined
  return fromField({ name: by.fullName === '' ? (sender?.name ?? '') : by.fullName, address: by.email })
}

const startsWithEmptyLine = (octets: Buffer): boolean => octets[0] === 13 && octets[1] === 10

/** What is no field ends the header: an empty line says so to everybody. */
function separated(octets: Buffer, headerEnd: number): Buffer {
  const isEnded =
    headerEnd === 0 || headerEnd >= octets.length || (octets[headerEnd] === 13 && octets[headerEnd + 1] === 10)
  if (isEnded) return headerEnd >= octets.length ? Buffer.concat([octets, Buffer.from('\r\n')]) : octets
  return Buffer.concat([octets.subarray(0, headerEnd), Buffer.from('\r\n'), octets.subarray(headerEnd)])
}

/** As a Date field has it (RFC 5322 §3.3), in UTC. */
function mailDate(ms: number): string {
  return new Date(ms).toUTCString().replace('GMT', '+0000')
}

function fromField({ name, address }: MailAddress): string {
  if (name === '') return `From: ${address}`
  if (/^[\u0020-\u007e]*$/.test(name)) return `From: "${name.replaceAll(/["\\]/g, String.raw`\$&`)}" <${address}>`
  return `From: ${encodedWords(name).join('\r\n ')} <${address}>`
}
