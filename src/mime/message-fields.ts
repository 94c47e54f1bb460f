import type { Address, MessageDate, MessageFields } from '../search/extracted-message.ts'
import { parseAddresses } from './addresses.ts'
import { parseDate } from './dates.ts'
import { readableValue } from './header.ts'
import type { Header } from './header.ts'

/** Of References: the first ones name the root, the last ones the nearest. */
const mostReferences = 100
/** Mass mail names ten thousand recipients. */
const longestList = 2 ** 20
const longestValue = 2 ** 18
const angleId = /<([^<>]{1,998})>/g

/** The fields that are indexed. `charset`: see `decodeRawText`. */
export function readFields(header: Header, charset: string | undefined): MessageFields {
  const readable = (name: string): string | undefined => {
    const raw = header.first(name)
    return raw === undefined ? undefined : readableValue(raw.slice(0, longestValue), charset)
  }
  const addresses = (name: string): readonly Address[] =>
    header.all(name).flatMap((raw) => parseAddresses(raw.slice(0, longestList), charset))
  return {
    messageId: idsOf(header.first('message-id'))[0],
    date: dateOf(header),
    subject: readable('subject'),
    from: addresses('from'),
    sender: addresses('sender'),
    replyTo: addresses('reply-to'),
    to: addresses('to'),
    cc: addresses('cc'),
    bcc: addresses('bcc'),
    inReplyTo: bounded(idsOf(header.first('in-reply-to'))),
    references: bounded(idsOf(header.first('references'))),
    listId: readable('list-id'),
  }
}

function dateOf(header: Header): MessageDate | undefined {
  const own = header.first('date')
  const seconds = own === undefined ? undefined : parseDate(own)
  if (own !== undefined && seconds !== undefined) return { seconds, text: own.slice(0, 200), source: 'date' }
  // Newest first: each server puts its own on top.
  for (const received of header.all('received').slice(0, 20)) {
    const text = received.slice(received.lastIndexOf(';') + 1).trim()
    const found = parseDate(text)
    if (found !== undefined) return { seconds: found, text: text.slice(0, 200), source: 'received' }
  }
  return undefined
}

/** Message-IDs (RFC 5322 §3.6.4): in angle brackets, or where a sender forgot those, words with an `@`. */
function idsOf(raw: string | undefined): readonly string[] {
  if (raw === undefined) return []
  const text = raw.slice(0, longestValue)
  const framed = [...text.matchAll(angleId)].map(([, id = '']) => id.replaceAll(/\s+/g, ''))
  const found = framed.length > 0 ? framed : text.split(/[\s,]+/).filter((word) => word.includes('@'))
  return [...new Set(found)]
}

function bounded(ids: readonly string[]): readonly string[] {
  return ids.length <= mostReferences ? ids : [...ids.slice(0, 1), ...ids.slice(1 - mostReferences)]
}
