import { loadConfig } from '../../src/config/load-config.ts'
import { readEnvironment, type Environment } from '../../src/config/environment.ts'
import type { Config } from '../../src/model/account.ts'
import { AppError } from '../../src/model/errors.ts'
import { TemporaryDirectory } from '../support/temporary-directory.ts'

export const environment: Environment = readEnvironment({}, '/home/alice')

/** The config in `text`; the directory of the file stands as DIR in its paths. */
export function configOf(text: string, mode = 0o600): Config {
  using directory = new TemporaryDirectory()
  const config = loadConfig(directory.write('config.toml', text, mode), environment)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same config, with other paths
  return JSON.parse(JSON.stringify(config).replaceAll(directory.path, 'DIR')) as Config
}

export function errorOf(act: () => unknown): AppError {
  try {
    act()
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

/** Code and message of what is wrong with the config in `text`; the file's path stands as FILE. */
export function faultOf(text: string | Uint8Array, mode = 0o600): string {
  using directory = new TemporaryDirectory()
  const path = directory.write('config.toml', text, mode)
  const { code, message } = errorOf(() => loadConfig(path, environment))
  return `${code} ${message.replaceAll(path, 'FILE')}`
}

/** An account that is complete, to which a test adds what it is about. */
export const personal = `[accounts.personal]
email = "me@example.org"
imap.host = "imap.example.org"
`

/** The whole error text of one problem, and of several. */
export const only = (text: string): string => `CONFIG_INVALID the config FILE is invalid: ${text}`
export const many = (count: number, lines: readonly string[]): string =>
  `CONFIG_INVALID the config FILE has ${count} problems:\n  ${lines.join('\n  ')}`

/** The account with more keys of its server. */
export const imap = (words: string): string => `${personal}${words.replaceAll(/^/gm, 'imap.')}\n`
