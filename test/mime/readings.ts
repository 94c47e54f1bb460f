import { createHash } from 'node:crypto'
import { simpleParser } from 'mailparser'
import type { AddressObject } from 'mailparser'
import PostalMime from 'postal-mime'
import type { Address } from 'postal-mime'
import { createMessageParser } from '../../src/mime/message-parser.ts'

const parser = createMessageParser()

/** What a parser makes of a message, in a form that can be compared. */
export interface Reading {
  readonly subject: string
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly date: number | undefined
  readonly text: string
  /** Name, type and SHA-256 of the decoded octets. */
  readonly attachments: readonly string[]
}

export function ours(octets: Buffer): Reading {
  const { fields, text, attachments } = parser.read(octets)
  return {
    subject: fields.subject ?? '',
    from: fields.from.map(({ name, address }) => `${name} <${address}>`),
    to: fields.to.map(({ name, address }) => `${name} <${address}>`),
    date: fields.date?.source === 'date' ? fields.date.seconds : undefined,
    text: blanksAsOne(text),
    attachments: attachments
      .map(({ part, name, type }) => `${name} ${type} ${sha256(parser.partData(octets, part) ?? Buffer.from('none'))}`)
      .toSorted(),
  }
}

function mailparserAddresses(field: AddressObject | AddressObject[] | undefined): readonly string[] {
  return [field ?? []]
    .flat()
    .flatMap(({ value }) => value)
    .map(({ name, address }) => `${name} <${address ?? ''}>`)
}

export async function byMailparser(octets: Buffer): Promise<Reading> {
  const { subject, from, to, date, text, attachments } = await simpleParser(octets)
  return {
    subject: subject ?? '',
    from: mailparserAddresses(from),
    to: mailparserAddresses(to),
    date: date === undefined ? undefined : date.getTime() / 1000,
    text: blanksAsOne(text ?? ''),
    attachments: attachments
      .map(({ filename, contentType, content }) => `${filename} ${contentType} ${sha256(content)}`)
      .toSorted(),
  }
}

function postalMimeAddresses(list: readonly Address[]): readonly string[] {
  return list.map(({ name, address }) => `${name} <${address ?? ''}>`)
}

export async function byPostalMime(octets: Buffer): Promise<Reading> {
  const { subject, from, to, date, text, attachments } = await PostalMime.parse(octets)
  return {
    subject: subject ?? '',
    from: postalMimeAddresses(from === undefined ? [] : [from]),
    to: postalMimeAddresses(to ?? []),
    date: date === undefined ? undefined : Date.parse(date) / 1000,
    text: blanksAsOne(text ?? ''),
    attachments: attachments
      .map(({ filename, mimeType, content }) => `${filename ?? undefined} ${mimeType} ${sha256(toOctets(content))}`)
      .toSorted(),
  }
}

function toOctets(content: ArrayBuffer | string | Uint8Array): Uint8Array {
  return content instanceof ArrayBuffer ? new Uint8Array(content) : Buffer.from(content)
}

function sha256(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex')
}

/** Both leave quoted lines as they were broken, where we join them (RFC 3676 §4.5). */
export function blanksAsOne(text: string): string {
  return text.replaceAll(/[\s>]+/g, ' ').trim()
}
