import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError, messageOf } from '../model/errors.ts'
import type { KeptIn, OauthLogin } from '../model/secrets.ts'
import { syncFolder, writeDurably } from './durable-file.ts'
import type { Keychain } from './keychain.ts'
import { readPasswordFile } from './password-file.ts'

/** Takes a lock that every process of ours sees and that ends with its holder; undefined: another one has it. The folder is there. */
export type TryLock = (path: string) => Disposable | undefined

export interface KeptGrantsOptions {
  /** Absolute; made when it is needed. */
  readonly folder: string
  readonly keychain: Keychain
  readonly tryLock: TryLock
  /** Throws INTERRUPTED. */
  readonly delay: (ms: number, signal: AbortSignal) => Promise<void>
}

/** A refresh token, and where it lies. */
export interface KeptGrant {
  readonly refreshToken: string
  readonly keptIn: KeptIn
}

const betweenTriesMs = 50
const mostTries = 1200

/** Refresh tokens from one run to the next. Each lies in one place: where there is a file, that is it, so that a login for machines
 *  without a keychain is found there. */
export class KeptGrants {
  readonly #options: KeptGrantsOptions

  constructor(options: KeptGrantsOptions) {
    this.#options = options
  }

  /** Whoever reads a token to use it, or writes one, holds this: two that renew at once would each lose the other's (F23). */
  async lock(login: OauthLogin, signal: AbortSignal): Promise<Disposable> {
    const { tryLock, delay } = this.#options
    const path = `${this.#pathOf(login)}.lock`
    await this.#explained(path, () => mkdir(dirname(path), { recursive: true, mode: 0o700 }))
    for (let attempt = 0; attempt < mostTries; attempt++) {
      const lock = tryLock(path)
      if (lock !== undefined) return lock
      await delay(betweenTriesMs, signal)
    }
    throw new AppError({
      code: 'STORE_LOCKED',
      message: `could not renew the access to the mail of ${login.user}: another mailmirror has been at it for a minute`,
      hint: 'look whether one hangs, and run the command again',
    })
  }

  async read(login: OauthLogin): Promise<KeptGrant | undefined> {
    const path = this.#pathOf(login)
    if (existsSync(path)) return { refreshToken: tokenIn(await readPasswordFile(path), path), keptIn: { file: path } }
    const refreshToken = await this.#readKeychain(login)
    return refreshToken === undefined ? undefined : { refreshToken, keptIn: 'keychain' }
  }

  async #readKeychain(login: OauthLogin): Promise<string | undefined> {
    try {
      return await this.#options.keychain.read(entryOf(login))
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'SECRET_UNAVAILABLE') throw error
      throw new AppError({
        code: 'SECRET_UNAVAILABLE',
        message: `could not get at the access to the mail of ${login.user}: it is in no file, and ${error.message}`,
        hint: `on machines without a keychain: mailmirror account login ${login.account} --no-keychain`,
        cause: error,
      })
    }
  }

  /** Durable when it resolves. */
  async replace(login: OauthLogin, { refreshToken, keptIn }: KeptGrant): Promise<void> {
    if (keptIn === 'keychain') {
      await this.#options.keychain.store(entryOf(login), refreshToken)
      return
    }
    const text = `${JSON.stringify({ v: 1, provider: login.provider, user: login.user, refreshToken })}\n`
    await this.#explained(keptIn.file, () => writeDurably(keptIn.file, text))
  }

  /** A new one, in the keychain if that is wanted and there is one. */
  async keep(login: OauthLogin, refreshToken: string, wantsKeychain: boolean): Promise<KeptIn> {
    let reason: string | undefined
    if (wantsKeychain) {
      try {
        await this.replace(login, { refreshToken, keptIn: 'keychain' })
        await this.#removeFile(login)
        return 'keychain'
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'SECRET_UNAVAILABLE') throw error
        reason = error.message
      }
    }
    const keptIn = { file: this.#pathOf(login), reason }
    await this.replace(login, { refreshToken, keptIn })
    return keptIn
  }

  /** Everywhere. False: there was none. */
  async forget(login: OauthLogin): Promise<boolean> {
    if (await this.#removeFile(login)) {
      // An older one may lie in a keychain that is not there; what counted is gone.
      await this.#options.keychain.remove(entryOf(login)).catch(() => false)
      return true
    }
    return this.#options.keychain.remove(entryOf(login))
  }

  async #removeFile(login: OauthLogin): Promise<boolean> {
    const path = this.#pathOf(login)
    if (!existsSync(path)) return false
    await this.#explained(path, async () => {
      await rm(path)
      await syncFolder(dirname(path))
    })
    return true
  }

  #pathOf(login: OauthLogin): string {
    const name = hash('sha256', entryOf(login)).slice(0, 32)
    return join(this.#options.folder, `${login.provider}-${name}.json`)
  }

  async #explained<T>(path: string, act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (cause) {
      throw new AppError({
        code: 'STORE_IO',
        message: `could not keep the access in ${path}: ${messageOf(cause)}`,
        hint: 'look at the disk and at the modes of that folder',
        cause,
      })
    }
  }
}

/** A refresh token belongs to the client that it was given to. */
function entryOf({ provider, user, client }: OauthLogin): string {
  return `access of ${client.id} to ${user} at ${provider}${client.tenant === undefined ? '' : ` (${client.tenant})`}`
}

function tokenIn(text: string, path: string): string {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && 'refreshToken' in parsed) {
      if (typeof parsed.refreshToken === 'string' && parsed.refreshToken !== '') return parsed.refreshToken
    }
  } catch {
    // The parser's error repeats what it read.
  }
  throw new AppError({
    code: 'SECRET_UNAVAILABLE',
    message: `could not read the access that is kept in ${path}: it is damaged`,
    hint: 'log in again with `mailmirror account login`',
  })
}
