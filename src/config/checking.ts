import { dirname, resolve } from 'node:path'
import * as v from 'valibot'
import type { Environment } from './environment.ts'
import { expandHome } from './paths.ts'
import type { KeyPath } from './toml-entries.ts'
import { expected, type Problem } from './problem.ts'

/** What the parts of one config file are checked with: they share where paths begin, and where problems go. */
export class Checking {
  readonly problems: Problem[] = []
  readonly environment: Environment
  readonly #directory: string

  constructor(configPath: string, environment: Environment) {
    this.environment = environment
    this.#directory = dirname(configPath)
  }

  /** Absolute, from a path that may begin with `~` and is otherwise relative to the config's directory. */
  resolvePath(text: string, path: KeyPath): string {
    if (/^~[^/]/.test(text)) {
      this.problems.push({ path, text: 'only ~/ can stand for a home directory, write out that of another user' })
    }
    return resolve(this.#directory, expandHome(text, this.environment))
  }

  /** The program of a command is looked up in PATH when its name has no slash; otherwise it is a path like others. */
  resolveProgram(argv: readonly string[], path: KeyPath): readonly string[] {
    const [program = '', ...rest] = argv
    return program.includes('/') ? [this.resolvePath(program, [...path, 0]), ...rest] : argv
  }
}

interface Checked {
  readonly value: unknown
  readonly path: KeyPath
}

/** The value as the schema makes it; undefined once its problems have been told. */
export function check<T>(
  schema: v.GenericSchema<unknown, T>,
  { value, path }: Checked,
  checking: Checking,
): T | undefined {
  const result = v.safeParse(schema, value, { abortPipeEarly: true })
  if (result.success) return result.output
  for (const issue of result.issues) checking.problems.push(issueToProblem(issue, path))
  return undefined
}

function issueToProblem(issue: v.BaseIssue<unknown>, above: KeyPath): Problem {
  const path = [...above, ...(issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)))]
  return issue.path?.at(-1)?.origin === 'key' ? { path, text: 'missing' } : expected(issue.message, issue.input, path)
}
