import { AppError } from '../model/errors.ts'
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
  /** undefined: it tells of no UID, and means nothing to us (I12). */
  readonly row: MessageRow | undefined
  /** What followed `BODY[]`; `absent` when the row has none. */
  readonly body: FetchedMessage['octets'] | 'absent'
  /** What followed `BODY[HEADER.FIELDS …]`. */
  readonly fields: Uint8Array | undefined
}

interface Draft {
  uid: Uid | undefined
  flags: readonly string[] | undefined
  modseq: bigint | undefined
  internalDate: MessageRow['internalDate']
  size: number | undefined
  providerId: string | undefined
  threadId: string | undefined
  labels: readonly string[] | undefined
  body: FetchResponse['body']
  fields: FetchResponse['fields']
}

const untaggedFetch = /^\* \d+ FETCH \(/i

/** Whether the response, or its beginning, is a FETCH row. */
export function isFetch(text: string): boolean {
  return untaggedFetch.test(text)
}

/** Items we did not ask for are passed over. Throws PROTOCOL_VIOLATION for a row that does not end as it must, or that
 *  tells of two messages: that is how a literal shows whose announced length was a lie, and such a body must not be taken
 *  for the message (F77, I10, I11). Where the lie ends just before a `)` and a line's end there is nothing to be seen. */
export function parseFetch(response: Response): FetchResponse {
  const draft: Draft = {
    uid: undefined,
    flags: undefined,
    modseq: undefined,
    internalDate: undefined,
    size: undefined,
    providerId: undefined,
    threadId: undefined,
    labels: undefined,
    body: 'absent',
    fields: undefined,
  }
  const scanner = new Scanner(response, untaggedFetch.exec(response.text)?.[0].length ?? 0)
  for (;;) {
    scanner.skipSpaces()
    if (scanner.take(')')) break
    const name = scanner.word().toUpperCase()
    const value = scanner.value()
    if (name === 'BODY[]') {
      if (draft.body !== 'absent' || !scanner.atBoundary) throw mixedUp()
      draft.body = toOctets(value)
    } else if (name.startsWith('BODY[HEADER.FIELDS ')) draft.fields = toOctets(value)
    else if (!note(draft, name, value) && draft.body !== 'absent') throw mixedUp()
  }
  scanner.skipSpaces()
  if (!scanner.atEnd) throw mixedUp()
  return { row: toRow(draft), body: draft.body, fields: draft.fields }
}

/** By name: a rest pattern copies ten times slower. */
function toRow(draft: Draft): MessageRow | undefined {
  const { uid, flags, modseq, internalDate, size, providerId, threadId, labels } = draft
  return uid === undefined ? undefined : { uid, flags, modseq, internalDate, size, providerId, threadId, labels }
}

/** False: an item that we never ask for. */
function note(draft: Draft, name: string, value: Value): boolean {
  switch (name) {
    case 'UID': {
      const uid = toUid(toNumber(value, 0xffffffff) ?? 0)
      if (draft.uid !== undefined && draft.uid !== uid) throw mixedUp()
      draft.uid = uid
      return true
    }
    case 'FLAGS':
      if (isList(value)) draft.flags = areStrings(value) ? value : value.map(toFlag)
      return true
    case 'MODSEQ':
      draft.modseq = toModseq(value)
      return true
    case 'INTERNALDATE':
      if (typeof value === 'string') draft.internalDate = parseInternalDate(value)
      return true
    case 'RFC822.SIZE':
      draft.size = toNumber(value, Number.MAX_SAFE_INTEGER)
      return true
    default:
      return noteProvider(draft, name, value)
  }
}

/** OBJECTID (RFC 8474 §5.1) and Gmail's X-GM-EXT-1. */
function noteProvider(draft: Draft, name: string, value: Value): boolean {
  switch (name) {
    case 'EMAILID':
    case 'X-GM-MSGID': {
      const text = firstOf(value)
      if (typeof text === 'string') draft.providerId = text
      return true
    }
    case 'THREADID':
    case 'X-GM-THRID': {
      const text = firstOf(value)
      if (typeof text === 'string') draft.threadId = text
      return true
    }
    case 'X-GM-LABELS':
      if (isList(value)) draft.labels = value.map((label) => decodeWireName(toText(label))).filter((one) => one !== '')
      return true
    default:
      return false
  }
}

function areStrings(values: readonly Value[]): values is readonly string[] {
  return values.every((value) => typeof value === 'string')
}

/** A keyword may be called NIL. */
function toFlag(value: Value): string {
  return value === null ? 'NIL' : toText(value)
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

/** A literal was not as long as announced. */
export function mixedUp(): AppError {
  return new AppError({
    code: 'PROTOCOL_VIOLATION',
    message: 'the server sent a message whose length is not the one that it announced',
    hint: 'run the command again; a message for which it happens each time is recorded as failed',
  })
}
