import { parse, TomlError } from 'smol-toml'
import type { FoundConfig } from '../doctor/ports.ts'
import type { Config } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import { check, Checking } from './checking.ts'
import { fileSchema, type RawFile, type Table } from './config-schema.ts'
import type { Environment } from './environment.ts'
import { minimalExample } from './minimal-example.ts'
import { defaultStorePath } from './paths.ts'
import { pathToText, problemsToError } from './problem.ts'
import type { Problem } from './problem.ts'
import { readAccount, type AccountDefaults } from './read-account.ts'
import { readableSecret, readConfigFile, type ConfigFile } from './read-config-file.ts'
import { readHooks } from './read-hooks.ts'
import { findUnknownKeys } from './unknown-keys.ts'

/** Reads and checks the config at an absolute path. Whatever is wrong is CONFIG_MISSING, CONFIG_INVALID (all problems of
 *  the file together: line, key, what was expected, what was found) or CONFIG_UNSAFE (S09). No message holds a value
 *  that may be a secret (S08). */
export function loadConfig(path: string, environment: Environment): Config {
  const { config, error } = readAll(path, environment)
  if (error !== undefined) throw error
  return config
}

/** What can be used of the config although something is wrong with it: the accounts that no problem is about. Nothing of a file that
 *  others can change. */
export function findConfig(path: string, environment: Environment): FoundConfig {
  try {
    return { path, ...readAll(path, environment) }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { path, config: undefined, error }
  }
}

type ReadConfig =
  | { readonly config: Config; readonly error: undefined }
  | { readonly config: Config | undefined; readonly error: AppError }

function readAll(path: string, environment: Environment): ReadConfig {
  const found = readChecked(readConfigFile(path), environment)
  if (found.error === undefined && found.config.accounts.length === 0)
    return { config: found.config, error: noAccounts(path) }
  return found
}

/** As `loadConfig`, of a file that has been read; it may have no accounts. */
export function checkConfig(file: ConfigFile, environment: Environment): Config {
  const { config, error } = readChecked(file, environment)
  if (error !== undefined) throw error
  return config
}

function readChecked(file: ConfigFile, environment: Environment): ReadConfig {
  const table = parseToml(file)
  const checking = new Checking(file.path, environment)
  checking.problems.push(...findUnknownKeys(table))
  const raw = check(fileSchema, { value: table, path: [] }, checking)
  const config = raw && readFile(file.path, raw, checking)
  if (config === undefined || checking.problems.length > 0) {
    return {
      config: config && withoutAccounts(config, checking.problems),
      error: problemsToError(checking.problems, file),
    }
  }
  refuseReadableSecrets(config, file)
  return { config, error: undefined }
}

/** Those that something is wrong with. */
function withoutAccounts(config: Config, problems: readonly Problem[]): Config {
  const wrong = new Set(problems.filter(({ path }) => path[0] === 'accounts').map(({ path }) => path[1]))
  return { ...config, accounts: config.accounts.filter(({ name }) => !wrong.has(name)) }
}

function parseToml(file: ConfigFile): Table {
  try {
    return parse(file.text, { maxDepth: 32 })
  } catch (error) {
    // Neither the parser's excerpt nor the error as a cause: the line may hold a secret.
    const place = error instanceof TomlError ? `, line ${error.line}, column ${error.column}` : ''
    const reason = error instanceof TomlError ? (/: (.*)/.exec(error.message)?.[1] ?? '') : 'it cannot be read'
    throw new AppError({
      code: 'CONFIG_INVALID',
      message: `the config ${file.path} is not valid TOML${place}: ${reason}`,
      hint: 'correct the file, then run `mailmirror config check`',
    })
  }
}

function readFile(path: string, raw: RawFile, checking: Checking): Config {
  const connections = raw.connections ?? 8
  const defaults: AccountDefaults = {
    store:
      raw.store === undefined ? defaultStorePath(checking.environment) : checking.resolvePath(raw.store, ['store']),
    budget: raw.budget,
    maxMessage: raw['max-message'],
  }
  const accounts = Object.entries(raw.accounts ?? {}).flatMap(([name, value]) => {
    const account = readAccount(value, { name, defaults, checking })
    return account === undefined ? [] : [account]
  })
  return {
    path,
    connections,
    connectionsPerHost: raw['connections-per-host'] ?? connections,
    compress: raw.compress ?? 'auto',
    storeOnNetwork: raw['store-on-network'] ?? false,
    ...(raw.hooks && { hooks: readHooks(raw.hooks, checking) }),
    accounts,
  }
}

function noAccounts(path: string): AppError {
  return new AppError({
    code: 'CONFIG_INVALID',
    message: `the config ${path} has no accounts`,
    hint: `add one with \`mailmirror account add\`, or write it:\n\n${minimalExample}`,
  })
}

function refuseReadableSecrets(config: Config, file: ConfigFile): void {
  if (!file.readableByOthers) return
  const keys = [
    ...config.accounts
      .filter((account) => account.oauthClient?.secret !== undefined)
      .map((account) => ['accounts', account.name, 'oauth-client', 'secret']),
    ...(config.hooks ?? [])
      .filter(({ target }) => target.kind === 'url' && target.secret !== undefined)
      .map((hook) => ['hooks', hook.name, 'secret']),
  ]
  const [first] = keys
  if (first !== undefined) throw readableSecret(file.path, pathToText(first))
}
