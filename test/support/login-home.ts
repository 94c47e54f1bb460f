import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startProgram, writeHome } from './run-command.ts'
import type { CommandResult } from './run-command.ts'
import { temporaryDirectory } from './temporary-directory.ts'

export interface LoginHomeOptions {
  readonly port: number
  /** As it stands in the config, such as `{ keychain = true }`; undefined: there is no password in it. */
  readonly password: string | undefined
  /** Beside those of a bare environment. */
  readonly variables?: Readonly<Record<string, string>>
  /** Further lines of the account. */
  readonly extra?: string
}

/** A home with one account, and the program in it. */
export interface LoginHome {
  readonly directory: string
  readonly config: string
  /** Where access is kept that was granted. */
  readonly access: string
  readonly run: (args: readonly string[], input?: string) => Promise<CommandResult>
  readonly start: (args: readonly string[]) => ReturnType<typeof startProgram>
}

export function loginHome({ port, password, variables = {}, extra = '' }: LoginHomeOptions): LoginHome {
  const directory = temporaryDirectory()
  const { config } = writeHome(join(directory, 'home'), port, extra)
  const line = password === undefined ? '' : `password = ${password}`
  writeFileSync(config, readFileSync(config, 'utf8').replace('password = { env = "ADA_PASSWORD" }', line))
  const state = join(directory, 'state')
  const env = { PATH: '/usr/bin:/bin', HOME: directory, XDG_STATE_HOME: state, ...variables }
  return {
    directory,
    config,
    access: join(state, 'mailmirror', 'access'),
    run: (args, input = '') => startProgram(['-c', config, ...args], { env, input }).ended,
    start: (args) => startProgram(['-c', config, ...args], { env }),
  }
}
