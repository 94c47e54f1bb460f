import type { SecretSource } from '../model/account.ts'
import { check, type Checking } from './checking.ts'
import { command, filePath, isTable, variableName } from './config-schema.ts'
import type { KeyPath } from './toml-entries.ts'
import { expected } from './problem.ts'

/** The last two are words that a later version understands. */
export const secretKinds = ['command', 'env', 'file', 'keychain', 'oauth'] as const

const advice =
  'a password never stands in the config: write { command = ["pass", "show", "mail/me"] }, { env = "NAME" } or { file = "path" }'

/** Where a password comes from. undefined: the key is absent, or a problem has been told. */
export function readSecretSource(value: unknown, path: KeyPath, checking: Checking): SecretSource | undefined {
  if (value === undefined) return undefined
  if (!isTable(value)) {
    const { text } = expected('a table that says where the password is', value, path)
    checking.problems.push({ path, text: `${text}; ${advice}` })
    return undefined
  }
  const given = secretKinds.filter((kind) => Object.hasOwn(value, kind))
  const [kind] = given
  if (kind === undefined || given.length > 1) {
    const found = kind === undefined ? 'none of them' : given.join(' and ')
    checking.problems.push({ path, text: `expected exactly one of command, env and file, found ${found}` })
    return undefined
  }
  return readKind(kind, value[kind], { path: [...path, kind], checking })
}

interface Place {
  readonly path: KeyPath
  readonly checking: Checking
}

function readKind(
  kind: (typeof secretKinds)[number],
  value: unknown,
  { path, checking }: Place,
): SecretSource | undefined {
  switch (kind) {
    case 'command': {
      const argv = check(command, { value, path }, checking)
      return argv && { kind, argv: checking.resolveProgram(argv, path) }
    }
    case 'env': {
      const name = check(variableName, { value, path }, checking)
      return name === undefined ? undefined : { kind, name }
    }
    case 'file': {
      const text = check(filePath, { value, path }, checking)
      return text === undefined ? undefined : { kind, path: checking.resolvePath(text, path) }
    }
    case 'keychain':
    case 'oauth':
      checking.problems.push({ path, text: 'not available in this version, use command, env or file' })
      return undefined
  }
}
