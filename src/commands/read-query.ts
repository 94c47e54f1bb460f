import { AppError } from '../model/errors.ts'
import type { Query } from '../model/query.ts'
import { parseQuery } from '../search/parse-query.ts'
import { QueryError } from '../search/query-error.ts'
import type { CommandContext } from './context.ts'

/** The error of a query shows where it is wrong. */
export async function readQuery(context: CommandContext, text: string): Promise<Query> {
  try {
    return parseQuery(text, { nowMs: context.nowMs() })
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    const { queryCaret } = await import('../ui/query-caret.ts')
    const message = [error.message, ...queryCaret(text, error.offset, context.terminal.err.columns - 4)].join('\n')
    throw new AppError({ code: 'USAGE', message, hint: error.hint, cause: error })
  }
}
