import { AppError } from '../model/errors.ts'
import { blockOf } from '../ui/error-report.ts'
import type { CommandContext } from './context.ts'

/** Does the same to every store; one that cannot be had is left out and told. Where it is the only one, or none could be had, its error
 *  is thrown; an interruption always is. */
export async function eachStore<T>(
  paths: readonly string[],
  work: (path: string) => T | Promise<T>,
): Promise<{ readonly done: readonly T[]; readonly errors: readonly AppError[] }> {
  const done: T[] = []
  const errors: AppError[] = []
  for (const path of paths) {
    try {
      done.push(await work(path))
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'INTERRUPTED') throw error
      errors.push(error)
    }
  }
  const [first] = errors
  if (done.length === 0 && first !== undefined) throw first
  return { done, errors }
}

/** Names on stderr what could not be had. */
export async function warnOf(context: CommandContext, errors: readonly AppError[]): Promise<void> {
  const lines = errors.flatMap(({ message, hint }) => blockOf(message, hint))
  if (lines.length > 0) await context.terminal.err.write(lines.map((line) => `${line}\n`).join(''))
}
