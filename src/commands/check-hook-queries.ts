import type { Config } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import { parseQuery } from '../search/parse-query.ts'
import { QueryError } from '../search/query-error.ts'

/** Throws CONFIG_INVALID, which names each hook whose query cannot be read. */
export function checkHookQueries({ path, hooks = [] }: Config, nowMs: number): void {
  const problems = hooks.flatMap(({ name, query }) => {
    const problem = query === undefined ? undefined : problemOf(query, nowMs)
    return problem === undefined ? [] : [`hooks.${JSON.stringify(name)}.query: ${problem}`]
  })
  if (problems.length === 0) return
  throw new AppError({
    code: 'CONFIG_INVALID',
    message:
      problems.length === 1
        ? `the config ${path} is invalid: ${problems.join('')}`
        : `the config ${path} has ${problems.length} problems:\n  ${problems.join('\n  ')}`,
    hint: 'correct the file; `mailmirror search --help` has the language of queries',
  })
}

function problemOf(query: string, nowMs: number): string | undefined {
  try {
    parseQuery(query, { nowMs })
    return undefined
  } catch (error) {
    if (error instanceof QueryError) return error.message
    throw error
  }
}
