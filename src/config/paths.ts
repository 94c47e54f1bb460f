import { isAbsolute, join, resolve } from 'node:path'
import type { Environment } from './environment.ts'

/** Absolute path of the config file: the option, else $MAILMIRROR_CONFIG, else the XDG place. It need not exist. */
export function configPath(option: string | undefined, environment: Environment): string {
  const named = option ?? environment.variables['MAILMIRROR_CONFIG'] ?? ''
  if (named !== '') return resolve(expandHome(named, environment))
  return join(xdgDirectory('XDG_CONFIG_HOME', '.config', environment), 'mailmirror', 'config.toml')
}

/** The store that all accounts share unless the config says otherwise. */
export function defaultStorePath(environment: Environment): string {
  return join(xdgDirectory('XDG_DATA_HOME', '.local/share', environment), 'mailmirror', 'mail.db')
}

/** What is kept from one run to the next and belongs to no store, such as refresh tokens. */
export function stateDirectory(environment: Environment): string {
  return join(xdgDirectory('XDG_STATE_HOME', '.local/state', environment), 'mailmirror')
}

/** Relative values do not count (XDG Base Directory Specification, "Environment variables"). */
function xdgDirectory(variable: string, fallback: string, environment: Environment): string {
  const named = environment.variables[variable] ?? ''
  return isAbsolute(named) ? named : join(environment.homeDirectory, fallback)
}

/** `~` and `~/…` become the home directory; another user's `~name` stays as it is. */
export function expandHome(path: string, environment: Environment): string {
  if (path === '~') return environment.homeDirectory
  return path.startsWith('~/') ? join(environment.homeDirectory, path.slice(2)) : path
}
