import { parseInternalDate } from '../model/message.ts'
import type { FetchedMessage, MessageRow } from '../model/message.ts'
import { toUid } from '../model/uid-set.ts'
import type { Uid } from '../model/uid-set.ts'
import type { Response } from './response-reader.ts'
import { firstOf, isList, Scanner, toModseq, toNumber } from './tokens.ts'
import type { Value } from './tokens.ts'
import { decodeWireName } from './wire-name.ts'

/** What one FETCH response tells (RFC 9051 §7.5.2). */
export interface FetchResponse {
  /** undefined: the row says of no UID, and means nothing to us (I12). */
  readonly uid: Uid | undefined
  readonly row: Omit<MessageRow, 'uid'>
  /** What followed `BODY[]`; `absent` when the row has none. */
  readonly body: FetchedMessage['octets'] | 'absent'
}

interface Draft {
  uid: Uid | undefined
  flags: readonly string[] | undefined
  modseq: bigint | undefined
  internalDate: MessageRow['internalDate']
  size: number | undefined
  providerId: string | undefined
  labels: readonly string[] | undefined
  body: FetchResponse['body']
}

const untaggedFetch = /^\* \d+ FETCH \(/i

/** Whether the response, or its beginning, is a FETCH row. */
export function isFetch(text: string): boolean {
  return untaggedFetch.test(text)
}

/** Throws PROTOCOL_VIOLATION for a row that does not end. Items we did not ask for are passed over. */
export function parseFetch(response: Response): FetchResponse {
  const draft: Draft = {
    uid: undefined,
    flags: undefined,
    modseq: undefined,
    internalDate: undefined,
    size: undefined,
    providerId: undefined,
    labels: undefined,
    body: 'absent',
  }
  const scanner = new Scanner(response, untaggedFetch.exec(response.text)?.[0].length ?? 0)
  for (;;) {
    scanner.skipSpaces()
    if (scanner.take(')') || scanner.atEnd) break
    const name = scanner.word()
    const value = scanner.value()
    note(draft, name.toUpperCase(), value)
  }
  const { uid, body, ...row } = draft
  return { uid, row, body }
}

function note(draft: Draft, name: string, value: Value): void {
  switch (name) {
    case 'UID':
      draft.uid = toUid(toNumber(value, 0xffffffff) ?? 0)
      break
    case 'FLAGS':
      if (isList(value)) draft.flags = value.filter((flag): flag is string => typeof flag === 'string')
      break
    case 'MODSEQ':
      draft.modseq = toModseq(value)
      break
    case 'INTERNALDATE':
      if (typeof value === 'string') draft.internalDate = parseInternalDate(value)
      break
    case 'RFC822.SIZE':
      draft.size = toNumber(value, Number.MAX_SAFE_INTEGER)
      break
    case 'BODY[]':
      draft.body = toOctets(value)
      break
    default:
      noteProvider(draft, name, value)
  }
}

/** OBJECTID (RFC 8474 §5.1) and Gmail's X-GM-EXT-1. */
function noteProvider(draft: Draft, name: string, value: Value): void {
  const text = firstOf(value)
  if ((name === 'EMAILID' || name === 'X-GM-MSGID') && typeof text === 'string') draft.providerId = text
  if (name === 'X-GM-LABELS' && isList(value)) {
    draft.labels = value.map((label) => decodeWireName(toText(label))).filter((label) => label !== '')
  }
}

function toText(value: Value): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
  return typeof value === 'string' ? value : ''
}

/** NIL, a list and a dropped literal are "no octets" (I09). A short body may come as a string. */
function toOctets(value: Value): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value
  return typeof value === 'string' ? Buffer.from(value, 'latin1') : undefined
}
