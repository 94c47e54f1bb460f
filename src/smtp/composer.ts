import MailComposer from 'nodemailer/lib/mail-composer'
import { detectMimeType } from 'nodemailer/lib/mime-funcs'
import { unstructured } from '../model/encoded-words.ts'
import { flow } from '../model/flowed-text.ts'
import { addressList } from './address-list.ts'
import type { Composer, Draft, MailAddress } from '../send/ports.ts'

/** Composes with nodemailer, which is given octets and texts only: it reads no file and asks no address (S18). */
export function createComposer(): Composer {
  return { compose, addresses: addressList }
}

function compose(draft: Draft): Promise<Uint8Array> {
  const { from, to, cc, bcc, subject, messageId, inReplyTo, references, dateMs } = draft
  const composer = new MailComposer({
    from: toAddress(from),
    to: to.map(toAddress),
    cc: cc.map(toAddress),
    bcc: bcc.map(toAddress),
    subject: unstructured(subject),
    messageId,
    date: new Date(dateMs),
    ...(inReplyTo !== undefined && { inReplyTo }),
    ...(references.length > 0 && { references: [...references] }),
    headers: draft.headers.map(([key, value]) => ({ key, value: unstructured(value) })),
    alternatives: textsOf(draft),
    attachments: [...filesOf(draft), ...forwardedOf(draft)],
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: 'windows',
  })
  const message = composer.compile()
  message.keepBcc = true
  return message.build()
}

const toAddress = ({ name, address }: MailAddress) => ({ name, address })

interface TextPart {
  readonly contentType: string
  readonly content: string
}

function textsOf({ text, html }: Draft): TextPart[] {
  const parts: TextPart[] = []
  if (text !== undefined) {
    const lines = text.replaceAll(/\r\n|\r/g, '\n')
    const flowed = flow(lines)
    const format = flowed === undefined ? '' : '; format=flowed'
    parts.push({ contentType: `text/plain; charset=utf-8${format}`, content: flowed ?? lines })
  }
  if (html !== undefined) parts.push({ contentType: 'text/html; charset=utf-8', content: html })
  return parts
}

function filesOf({ attachments }: Draft) {
  return attachments.map(({ name, type, octets }) => fileOf({ name, type: type ?? detectMimeType(name), octets }))
}

function fileOf({ name, type, octets }: { readonly name: string; readonly type: string; readonly octets: Uint8Array }) {
  return {
    filename: name,
    content: bufferOf(octets),
    contentDisposition: 'attachment' as const,
    // What is said to be a message or a multipart may not be encoded (RFC 2045 §6.4), so that its octets could change on their way.
    contentType: /^(?:message|multipart)\//.test(type) ? 'application/octet-stream' : type,
  }
}

/** A message in a message keeps its octets: nothing but 7bit and 8bit may be said of it (RFC 2046 §5.2.1). One that could not pass so goes as a
 *  file. */
function forwardedOf({ forwarded }: Draft) {
  if (forwarded === undefined) return []
  const content = bufferOf(forwarded)
  if (!isWireForm(content)) return [fileOf({ name: 'message.eml', type: 'message/rfc822', octets: forwarded })]
  return [{ contentType: 'message/rfc822', content, contentDisposition: 'attachment' as const }]
}

const longestLine = 998

/** Whether SMTP may carry these octets as they are (RFC 5321 §2.3.8, §4.5.3.1.6): CR and LF in pairs only, no NUL, no line that is too long. */
function isWireForm(octets: Buffer): boolean {
  let start = 0
  for (let end = octets.indexOf(10); ; end = octets.indexOf(10, start)) {
    const line = octets.subarray(start, end < 0 ? octets.length : end - 1)
    if (line.length > longestLine || line.includes(13) || line.includes(0)) return false
    if (end < 0) return true
    if (octets[end - 1] !== 13) return false
    start = end + 1
  }
}

function bufferOf(octets: Uint8Array): Buffer {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
}
