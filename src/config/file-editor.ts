import { realpathSync, statSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { parse } from 'smol-toml'
import type { Config } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { ConfigEditor, EditedConfig } from '../setup/config-editor.ts'
import { isTable } from './config-schema.ts'
import type { Table } from './config-schema.ts'
import { withAccount, withoutAccount, withRenamedAccount } from './edit-accounts.ts'
import type { Environment } from './environment.ts'
import { checkConfig } from './load-config.ts'
import { readConfigFile } from './read-config-file.ts'
import type { ConfigFile } from './read-config-file.ts'

export interface EditingParts {
  readonly environment: Environment
  /** Writes a whole file or changes nothing, and makes its folder. */
  readonly write: (path: string, text: string, mode: number) => Promise<void>
}

/** Opens the config at an absolute path for changes; it need not exist. Throws as `loadConfig` does, but for a file without
 *  accounts. */
export function openConfigEditor(path: string, parts: EditingParts): ConfigEditor {
  const file = readIfThere(path)
  return new FileEditor(file ?? { path, text: '', readableByOthers: false, identity: '' }, file !== undefined, parts)
}

function readIfThere(path: string): ConfigFile | undefined {
  try {
    return readConfigFile(path)
  } catch (error) {
    if (error instanceof AppError && error.code === 'CONFIG_MISSING') return undefined
    throw error
  }
}

class FileEditor implements ConfigEditor {
  readonly path: string
  readonly accounts: Config['accounts']
  readonly #file: ConfigFile
  readonly #isThere: boolean
  readonly #parts: EditingParts

  constructor(file: ConfigFile, isThere: boolean, parts: EditingParts) {
    this.#file = file
    this.#isThere = isThere
    this.#parts = parts
    this.path = file.path
    this.accounts = checkConfig(file, parts.environment).accounts
  }

  withAccount(account: Parameters<ConfigEditor['withAccount']>[0]): EditedConfig {
    return this.#edited(withAccount(this.#file.text, account), (accounts, after) => ({
      ...accounts,
      [account.name]: after[account.name],
    }))
  }

  withoutAccount(name: string): EditedConfig {
    return this.#edited(withoutAccount(this.#file.text, name), (accounts) => without(accounts, name))
  }

  withRenamedAccount(from: string, to: string): EditedConfig {
    return this.#edited(withRenamedAccount(this.#file.text, from, to), (accounts) => ({
      ...without(accounts, from),
      [to]: accounts[from],
    }))
  }

  async save({ text }: EditedConfig): Promise<void> {
    const now = readIfThere(this.path)
    if ((now?.text ?? '') !== this.#file.text || (now !== undefined) !== this.#isThere) {
      throw new AppError({
        code: 'CONFIG_INVALID',
        message: `the config ${this.path} was changed by somebody else meanwhile; nothing was written`,
        hint: 'run the command again',
      })
    }
    if (!this.#isThere) return this.#parts.write(this.path, text, 0o600)
    // Where the file is a link, what it leads to is changed.
    const path = realpathSync(this.path)
    return this.#parts.write(path, text, statSync(path).mode & 0o777)
  }

  /** `accountsOf`: what the accounts have to be afterwards, from what they were and what they are. */
  #edited(text: string, accountsOf: (before: Table, after: Table) => Table): EditedConfig {
    const config = checkConfig({ ...this.#file, text }, this.#parts.environment)
    const [before, after] = [readParts(this.#file.text), readParts(text)]
    const expected = accountsOf(before.accounts, after.accounts)
    if (isDeepStrictEqual(before.rest, after.rest) && isDeepStrictEqual(expected, after.accounts))
      return { text, config }
    throw new AppError({
      code: 'CONFIG_INVALID',
      message: `could not change the config ${this.path} without touching more than that account; nothing was written`,
      hint: 'write it with an editor, then run `mailmirror config check`',
    })
  }
}

interface Parts {
  readonly accounts: Table
  readonly rest: Table
}

function readParts(text: string): Parts {
  const { accounts, ...rest } = parse(text)
  // Tables of the parser have no prototype, which would tell them from ours.
  return { accounts: { ...(isTable(accounts) ? accounts : {}) }, rest: { ...rest } }
}

function without(accounts: Table, name: string): Table {
  return Object.fromEntries(Object.entries(accounts).filter(([key]) => key !== name))
}
