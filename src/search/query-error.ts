import { AppError } from '../model/errors.ts'

/** A query that cannot be read: USAGE. */
export class QueryError extends AppError {
  /** Where, in UTF-16 units from the start; at most the query's length. */
  readonly offset: number

  constructor(offset: number, message: string, hint?: string) {
    super({ code: 'USAGE', message: `the query cannot be read at offset ${offset}: ${message}`, hint })
    this.offset = offset
  }
}
