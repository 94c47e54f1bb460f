import { AppError } from '../model/errors.ts'
import type { ErrorCode } from '../model/errors.ts'

const codes: ReadonlySet<ErrorCode> = new Set(['STORE_FULL', 'STORE_IO', 'STORE_LOCKED', 'STORE_FOREIGN', 'DAMAGED'])

/** A store that fails ends the whole run: nothing more could be kept. */
export function isStoreTrouble(error: unknown): boolean {
  return error instanceof AppError && codes.has(error.code)
}
