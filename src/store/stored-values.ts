import { AppError } from '../model/errors.ts'
import { formatInternalDate } from '../model/message.ts'
import type { InternalDate } from '../model/message.ts'

/** A column of JSON; null is undefined. Throws DAMAGED. */
export function parseJson(json: string | null): unknown {
  if (json === null) return undefined
  try {
    return JSON.parse(json)
  } catch (error) {
    throw damagedRow('read a row of the store: a list in it is damaged', error)
  }
}

/** A column that holds a list of texts; null is none. Throws DAMAGED. */
export function parseTexts(json: string | null): readonly string[] {
  const list = parseJson(json) ?? []
  if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list
  throw damagedRow('read a row of the store: a list in it is damaged')
}

/** A row that holds what was never written so. `attempt`: what was tried, and what is wrong. */
export function damagedRow(attempt: string, cause?: unknown): AppError {
  return new AppError({
    code: 'DAMAGED',
    message: `could not ${attempt}`,
    hint: 'keep a copy of the file, then run `mailmirror verify`',
    cause,
  })
}

export interface InternalDateColumns {
  readonly internal_date: number | null
  readonly internal_date_offset: number | null
  readonly internal_date_text: string | null
}

/** The columns keep the server's words only where the numbers do not say it all. */
export function toInternalDate(row: InternalDateColumns): InternalDate | undefined {
  const { internal_date: seconds, internal_date_offset: offset, internal_date_text: text } = row
  if (seconds === null && text === null) return undefined
  const offsetMinutes = offset ?? undefined
  if (seconds === null) return { seconds: undefined, offsetMinutes, text: text ?? '' }
  return { seconds, offsetMinutes, text: text ?? formatInternalDate(seconds, offset ?? 0) }
}
