import { AppError } from '../model/errors.ts'
import { checkAddress } from './address.ts'
import { oneLine } from './one-line.ts'
import type { Draft, DraftAttachment, MailAddress } from './ports.ts'

/** The message that is answered or sent on, as a reader shows it. */
export interface OriginalMessage {
  readonly octets: Uint8Array
  /** Without angle brackets. */
  readonly messageId: string | undefined
  readonly references: readonly string[]
  readonly inReplyTo: readonly string[]
  readonly subject: string | undefined
  readonly from: readonly MailAddress[]
  readonly replyTo: readonly MailAddress[]
  /** As its Date field has it. */
  readonly date: string | undefined
  readonly text: string
}

export interface DraftRequest {
  readonly from: MailAddress
  /** Address lists, as they were typed. */
  readonly to: readonly string[]
  readonly cc: readonly string[]
  readonly bcc: readonly string[]
  readonly subject: string | undefined
  readonly text: string | undefined
  readonly html: string | undefined
  readonly attachments: readonly DraftAttachment[]
  /** `Name: value`. */
  readonly headers: readonly string[]
  readonly replyTo: OriginalMessage | undefined
  readonly forwarded: OriginalMessage | undefined
  readonly messageId: string
  readonly dateMs: number
}

type ReadAddresses = (field: string) => readonly MailAddress[] | undefined

/** What is to be composed. Throws USAGE for what cannot be sent as it was asked for. */
export function draftOf(request: DraftRequest, readAddresses: ReadAddresses): Draft {
  const { replyTo, forwarded, attachments, messageId, dateMs, html } = request
  const list = (texts: readonly string[], option: string): readonly MailAddress[] =>
    texts.flatMap((text) => addressList(text, option, readAddresses))
  const to = list(request.to, '--to')
  const cc = list(request.cc, '--cc')
  const bcc = list(request.bcc, '--bcc')
  const answered = to.length + cc.length + bcc.length > 0 || replyTo === undefined ? to : answerTo(replyTo)
  if (answered.length + cc.length + bcc.length === 0)
    throw unusable('the message has no recipient', 'name one: --to ADDRESS')
  return {
    from: request.from,
    to: answered,
    cc,
    bcc,
    subject: oneLine(request.subject ?? subjectAfter(request), '--subject'),
    text: textOf(request),
    html,
    attachments: attachments.map((one) => ({ ...one, name: oneLine(one.name, 'the name of an attachment') })),
    forwarded: forwarded?.octets,
    inReplyTo: replyTo?.messageId === undefined ? undefined : `<${replyTo.messageId}>`,
    references: referencesOf(replyTo ?? forwarded),
    headers: request.headers.map(headerOf),
    messageId,
    dateMs,
  }
}

function unusable(message: string, hint: string): AppError {
  return new AppError({ code: 'USAGE', message, hint, scope: 'message' })
}

function addressList(text: string, option: string, read: ReadAddresses): readonly MailAddress[] {
  const found = read(oneLine(text, option))
  if (found === undefined || found.length === 0)
    throw unusable(
      `could not read the addresses ${JSON.stringify(text)} of ${option}`,
      'write them like zoe@example.org or "Zoe <zoe@example.org>", separated by commas',
    )
  return found.map(({ name, address }) => ({ name: oneLine(name, option), address: checkAddress(address, option) }))
}

const ownFields: ReadonlySet<string> = new Set([
  'from',
  'to',
  'cc',
  'bcc',
  'subject',
  'date',
  'message-id',
  'in-reply-to',
  'references',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
  'content-disposition',
  'content-id',
  'resent-bcc',
  'resent-to',
  'resent-cc',
])

function headerOf(text: string): readonly [string, string] {
  const [, name, value] = /^([!-9;-~]{1,76}):[ \t]*(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw unusable(
      `could not read the header field ${JSON.stringify(text)}`,
      'write it like --header "X-Project: blue"',
    )
  if (ownFields.has(name.toLowerCase()))
    throw unusable(`--header cannot set ${name}`, 'it is made of the other options')
  return [name, oneLine(value, `the header field ${name}`)]
}

function answerTo({ replyTo, from }: OriginalMessage): readonly MailAddress[] {
  const found = replyTo.length > 0 ? replyTo : from
  // Names and addresses of a stranger: what is unusable in them must not stop an answer that names its recipients.
  return found.map(({ name, address }) => ({
    name: name.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, ' ').trim(),
    address: checkAddress(address, 'the sender of the message that is answered'),
  }))
}

function subjectAfter({ replyTo, forwarded }: DraftRequest): string {
  if (replyTo !== undefined) return `Re: ${bare(replyTo.subject, /^(?:re\s*:\s*)+/i)}`.trim()
  if (forwarded !== undefined) return `Fwd: ${bare(forwarded.subject, /^(?:fwd?\s*:\s*)+/i)}`.trim()
  return ''
}

function bare(text: string | undefined, prefix: RegExp): string {
  return (text ?? '')
    .replaceAll(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .replace(prefix, '')
}

const mostReferences = 50

/** RFC 5322 §3.6.4: those of the parent, then the parent itself; of very many the first and the newest. */
function referencesOf(original: OriginalMessage | undefined): readonly string[] {
  if (original === undefined) return []
  const { references, inReplyTo, messageId } = original
  const before = references.length > 0 || inReplyTo.length !== 1 ? references : inReplyTo
  const all = [...new Set([...before, ...(messageId === undefined ? [] : [messageId])])].filter(isMessageId)
  const kept = all.length > mostReferences ? [...all.slice(0, 1), ...all.slice(1 - mostReferences)] : all
  return kept.map((id) => `<${id}>`)
}

/** One that can stand in a header field again. */
function isMessageId(id: string): boolean {
  return /^[\u0021-\u003b=?-\u007e]{1,250}$/.test(id)
}

function textOf({ text, html, replyTo }: DraftRequest): string | undefined {
  if (replyTo === undefined) return text ?? (html === undefined ? '' : undefined)
  if (text === undefined && html !== undefined) return undefined
  const own = (text ?? '').trimEnd()
  return [...(own === '' ? [] : [own, '']), ...quotedLines(replyTo)].join('\n')
}

/** Attribution and text, each line behind `>`. */
function quotedLines({ text, from, date }: OriginalMessage): readonly string[] {
  const [sender] = from
  const who = sender === undefined || sender.name === '' ? (sender?.address ?? 'somebody') : sender.name
  const when = date === undefined ? '' : `On ${clean(date)}, `
  const lines = text.trimEnd().split(/\r\n|\n|\r/)
  const quoted = lines.map((line) => (line.startsWith('>') ? `>${line}` : `> ${line}`.trimEnd()))
  return [`${when}${clean(who)} wrote:`, ...quoted]
}

function clean(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}
