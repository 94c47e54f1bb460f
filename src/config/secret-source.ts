import type { OauthClient, SecretSource } from '../model/account.ts'
import { check, type Checking } from './checking.ts'
import { command, credentialName, filePath, isTable, oauthProvider, variableName, yes } from './config-schema.ts'
import type { KeyPath } from './toml-entries.ts'
import { expected } from './problem.ts'

/** How a password may be written in the config. */
export const secretKinds = ['command', 'env', 'file', 'credential', 'keychain', 'oauth'] as const

const advice =
  'a password never stands in the config: write { command = ["pass", "show", "mail/me"] }, { env = "NAME" }, { file = "path" } or { keychain = true }'

/** Whose password it is. */
export interface SecretOwner {
  readonly account: string
  readonly user: string
  readonly host: string
  readonly client: OauthClient | undefined
}

interface Place {
  readonly path: KeyPath
  readonly checking: Checking
}

/** Where a password comes from. undefined: the key is absent, or a problem has been told. */
export function readSecretSource(
  value: unknown,
  owner: SecretOwner,
  { path, checking }: Place,
): SecretSource | undefined {
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
    checking.problems.push({ path, text: `expected exactly one of ${secretKinds.join(', ')}, found ${found}` })
    return undefined
  }
  const place = { path: [...path, kind], checking }
  return kind === 'keychain' || kind === 'oauth'
    ? readOwned(kind, value[kind], { ...place, owner })
    : readPlain(kind, value[kind], place)
}

function readPlain(
  kind: Exclude<(typeof secretKinds)[number], 'keychain' | 'oauth'>,
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
    case 'credential': {
      const name = check(credentialName, { value, path }, checking)
      return name === undefined ? undefined : { kind, name }
    }
  }
}

/** Kept under the name of its owner. */
function readOwned(
  kind: 'keychain' | 'oauth',
  value: unknown,
  { path, checking, owner }: Place & { readonly owner: SecretOwner },
): SecretSource | undefined {
  const { account, user, host, client } = owner
  if (kind === 'keychain') {
    if (check(yes, { value, path }, checking) === undefined) return undefined
    return { kind, account, entry: `${user} at ${host}` }
  }
  const provider = check(oauthProvider, { value, path }, checking)
  if (provider === undefined) return undefined
  if (client !== undefined) return { kind, account, provider, user, client }
  checking.problems.push({
    path,
    text: 'needs oauth-client = { id = "…" } in the account, a client that you have registered: see README.md, "Passwords and tokens"',
  })
  return undefined
}
