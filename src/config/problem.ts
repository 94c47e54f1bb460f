import { AppError } from '../model/errors.ts'
import { locateKeys } from './key-lines.ts'
import type { KeyPath } from './toml-entries.ts'

/** Something that is wrong with the value of a key. `text` stands after the key: `expected …, found …`. */
export interface Problem {
  readonly path: KeyPath
  readonly text: string
}

/** A file has at most so many of its problems told. */
export const maxTold = 20

/** CONFIG_INVALID that tells all problems, in the order of the file. */
export function problemsToError(
  problems: readonly Problem[],
  file: { readonly path: string; readonly text: string },
): AppError {
  const lineOf = locateKeys(file.text)
  const told = problems
    .slice(0, maxTold)
    .map((problem) => ({ problem, line: lineOf(problem.path) ?? 0 }))
    .toSorted((a, b) => a.line - b.line)
    .map(({ problem, line }) => `${line > 0 ? `line ${line}: ` : ''}${pathToText(problem.path)}: ${problem.text}`)
  const more = problems.length > maxTold ? [`and ${problems.length - maxTold} more`] : []
  const message =
    problems.length === 1
      ? `the config ${file.path} is invalid: ${told.join('')}`
      : `the config ${file.path} has ${problems.length} problems:\n  ${[...told, ...more].join('\n  ')}`
  return new AppError({ code: 'CONFIG_INVALID', message, hint: 'correct the file, then run `mailmirror config check`' })
}

/** As it would be written in TOML: `accounts."my mail".disable[1]`. */
export function pathToText(path: KeyPath): string {
  let text = ''
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`
    else text += `${text === '' ? '' : '.'}${/^[\w-]{1,80}$/.test(key) ? key : quote(key)}`
  }
  return text
}

/** `expected …, found …`, where a value that may be a secret, or stands in place of a table, is told only by
 *  its kind (S08). */
export function expected(what: string, value: unknown, path: KeyPath): Problem {
  const mayBeSecret = path.some((key) => typeof key === 'string' && /passw|secret|token|oauth|url/i.test(key))
  return {
    path,
    text: `expected ${what}, found ${mayBeSecret || what.startsWith('a table') ? kindOf(value) : describeFound(value)}`,
  }
}

function describeFound(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'an empty string' : quote(value)
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : kindOf(value)
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array'
  if (value instanceof Date) return 'a date or time'
  if (typeof value === 'object') return 'a table'
  return value === '' ? 'an empty string' : `a ${typeof value}`
}

/** On one line whatever it holds, and short. */
function quote(text: string): string {
  const cut = text.length > 60 ? `${text.slice(0, 60)}…` : text
  const escaped = cut.replaceAll(/["\\\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (char) =>
    char === '"' || char === '\\' ? `\\${char}` : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  )
  return `"${escaped}"`
}
