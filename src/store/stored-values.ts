import { AppError } from '../model/errors.ts'
import type { InternalDate } from '../model/message.ts'

/** The largest distance from 1970 that a Date can have, in milliseconds. */
const maxInstantMs = 8.64e15

/** ISO 8601 in UTC. A damaged or foreign file may hold any number. */
export function toIso(instantMs: number): string {
  return new Date(Math.max(-maxInstantMs, Math.min(maxInstantMs, instantMs))).toISOString()
}

/** A column of JSON; null is undefined. Throws DAMAGED. */
export function parseJson(json: string | null): unknown {
  if (json === null) return undefined
  try {
    return JSON.parse(json)
  } catch (error) {
    throw damagedColumn(error)
  }
}

/** A column that holds a list of texts; null is none. Throws DAMAGED. */
export function parseTexts(json: string | null): readonly string[] {
  const list = parseJson(json) ?? []
  if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list
  throw damagedColumn(undefined)
}

function damagedColumn(cause: unknown): AppError {
  return new AppError({
    code: 'DAMAGED',
    message: 'could not read a row of the store: a list in it is damaged',
    hint: 'keep a copy of the file, then run `mailmirror verify`',
    cause,
  })
}

export interface InternalDateColumns {
  readonly internal_date: number | null
  readonly internal_date_offset: number | null
  readonly internal_date_text: string | null
}

const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const twoDigits = (value: number): string => String(value).padStart(2, '0')

/** The columns keep the server's words only where the numbers do not say it all. */
export function toInternalDate(row: InternalDateColumns): InternalDate | undefined {
  const { internal_date: seconds, internal_date_offset: offset, internal_date_text: text } = row
  if (seconds === null && text === null) return undefined
  const offsetMinutes = offset ?? undefined
  if (seconds === null) return { seconds: undefined, offsetMinutes, text: text ?? '' }
  return { seconds, offsetMinutes, text: text ?? formatInternalDate(seconds, offset ?? 0) }
}

/** `17-Jul-1996 02:44:25 -0700` (RFC 9051 §9 date-time). */
function formatInternalDate(seconds: number, offsetMinutes: number): string {
  const local = toIso((seconds + offsetMinutes * 60) * 1000)
  const [year = '', month = '', day = '', time = ''] = local.split(/[-T.]/)
  const distance = Math.abs(offsetMinutes)
  const zone = `${offsetMinutes < 0 ? '-' : '+'}${twoDigits(Math.floor(distance / 60))}${twoDigits(distance % 60)}`
  return `${day}-${monthNames[Number(month) - 1] ?? month}-${year} ${time} ${zone}`
}
