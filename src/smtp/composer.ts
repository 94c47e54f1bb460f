import MailComposer from 'nodemailer/lib/mail-composer'
import parseAddressList from 'nodemailer/lib/addressparser'
import { flow } from '../model/flowed-text.ts'
import type { Composer, Draft, MailAddress } from '../send/ports.ts'

/** Composes with nodemailer, which is given octets and texts only: it reads no file and asks no address (S18). */
export function createComposer(): Composer {
  return { compose, addresses }
}

function compose(draft: Draft): Promise<Uint8Array> {
  const { from, to, cc, bcc, subject, messageId, inReplyTo, references, dateMs } = draft
  const composer = new MailComposer({
    from: toAddress(from),
    to: to.map(toAddress),
    cc: cc.map(toAddress),
    bcc: bcc.map(toAddress),
    subject,
    messageId,
    date: new Date(dateMs),
    ...(inReplyTo !== undefined && { inReplyTo }),
    ...(references.length > 0 && { references: [...references] }),
    headers: draft.headers.map(([key, value]) => ({ key, value })),
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
  return attachments.map(({ name, type, octets }) => ({
    filename: name,
    content: bufferOf(octets),
    contentDisposition: 'attachment' as const,
    ...(type !== undefined && { contentType: type }),
  }))
}

/** A message in a message keeps its octets: nothing but 7bit and 8bit may be said of it (RFC 2046 §5.2.1). */
function forwardedOf({ forwarded }: Draft) {
  if (forwarded === undefined) return []
  return [{ contentType: 'message/rfc822', content: bufferOf(forwarded), contentDisposition: 'attachment' as const }]
}

function bufferOf(octets: Uint8Array): Buffer {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
}

function addresses(field: string): readonly MailAddress[] | undefined {
  const found = parseAddressList(field, { flatten: true })
  return found.length > 0 && found.every(({ address }) => address !== '') ? found : undefined
}
