import type { Address, ReadableMessage } from '../search/extracted-message.ts'
import { formatOctets } from '../model/format-octets.ts'
import type { StoredMessage, StoredPlacement } from '../model/stored-message.ts'
import { wrapWords } from './cell-width.ts'
import { countOf, formatCount } from './format-count.ts'
import { formatLocalTime } from './format-date.ts'
import { headerOctets, octetsToText } from './header-fields.ts'
import { safeLines, safeText } from './safe-text.ts'
import type { Style } from './style.ts'

const longestValue = 2000
const mostPlacements = 50

export interface PageLayout {
  readonly columns: number
  readonly style: Style
}

/** A message for reading: its main header fields, its sizes, where it is. */
export function messagePage(
  message: StoredMessage,
  readable: ReadableMessage,
  { columns, style }: PageLayout,
): readonly string[] {
  const header = shownFields(readable).flatMap(([name, value]) =>
    value === '' ? [] : wrapped(labelled(name, clip(value), style), columns),
  )
  const more = message.placements.length - mostPlacements
  return [
    ...header,
    ...(header.length === 0 ? [style.dim('(no header fields that could be read)')] : []),
    '',
    labelled('Message', `${message.id}`, style),
    labelled('SHA-256', message.sha256, style),
    labelled('Size', sizeText(message.octets), style),
    '',
    style.bold(message.placements.length === 0 ? 'In no mailbox' : 'Placements'),
    ...message.placements.slice(0, mostPlacements).map((placement) => `  ${placementText(placement)}`),
    ...(more > 0 ? [`  and ${countOf(more, 'more', 'more')}`] : []),
  ]
}

/** What is not there is empty. Who answers are to go to is told where it is somebody else (S15). */
function shownFields({ fields, headers }: ReadableMessage): readonly (readonly [name: string, value: string])[] {
  const { date, from, replyTo, to, cc, subject } = fields
  // One that cannot be read is shown as it is.
  const written = headers.find(({ name }) => name.toLowerCase() === 'date')?.value
  const senders = new Set(from.map(({ address }) => address.toLowerCase()))
  const others = replyTo.filter(({ address }) => !senders.has(address.toLowerCase()))
  return [
    [
      'Date',
      date?.source === 'date' ? `${formatLocalTime(date.seconds * 1000)} ${offsetOf(date.seconds)}` : (written ?? ''),
    ],
    ['From', addressesText(from)],
    ['Reply-To', addressesText(others)],
    ['To', addressesText(to)],
    ['Cc', addressesText(cc)],
    ['Subject', subject ?? ''],
  ]
}

/** `+0200`: of this place at that time. */
function offsetOf(seconds: number): string {
  const minutes = -new Date(seconds * 1000).getTimezoneOffset()
  const digits = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  return (minutes < 0 ? '-' : '+') + digits.map((value) => String(value).padStart(2, '0')).join('')
}

function addressesText(addresses: readonly Address[]): string {
  return addresses.map(({ name, address }) => (name === '' ? address : `${quoteName(name)} <${address}>`)).join(', ')
}

/** A name must not look like an address or a second recipient (S15). */
function quoteName(name: string): string {
  return /[<>@,;:"()]/.test(name) ? `"${name.replaceAll('"', "'")}"` : name
}

/** The header as it was sent, made safe. */
export function headerPage(octets: Uint8Array): readonly string[] {
  return safeLines(octetsToText(headerOctets(octets)).replace(/\r?\n$/, ''))
}

/** A whole message made safe, for a terminal. */
export function sourcePage(octets: Uint8Array): readonly string[] {
  return safeLines(octetsToText(octets).replace(/\r?\n$/, ''))
}

function labelled(name: string, value: string, style: Style): string {
  return `${style.bold(`${name}:`.padEnd(9))} ${safeText(value)}`
}

function wrapped(text: string, columns: number): readonly string[] {
  return wrapWords(text, columns, ' '.repeat(10))
}

function clip(value: string): string {
  return value.length <= longestValue ? value : `${value.slice(0, longestValue)}… (cut: it is longer)`
}

function sizeText(octets: number): string {
  return octets < 1000 ? countOf(octets, 'octet') : `${formatOctets(octets)} (${formatCount(octets)} octets)`
}

function placementText(placement: StoredPlacement): string {
  const marks = [...placement.flags, ...placement.keywords, ...placement.labels].join(' ')
  const facts = [`${placement.account}/${placement.mailbox}`, `UID ${placement.uid}`, receivedText(placement)]
  if (marks !== '') facts.push(marks)
  if (placement.removedAt !== undefined) facts.push(`removed ${formatLocalTime(placement.removedAt)}`)
  return safeText(facts.join('  '))
}

function receivedText({ internalDate }: StoredPlacement): string {
  if (internalDate === undefined) return 'date not told'
  return internalDate.seconds === undefined
    ? `received ${internalDate.text}`
    : `received ${formatLocalTime(internalDate.seconds * 1000)}`
}
