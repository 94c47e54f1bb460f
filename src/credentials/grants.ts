import { AppError } from '../model/errors.ts'
import type { GrantDialog, KeptIn, OauthLogin } from '../model/secrets.ts'
import type { IssuedToken } from './access-tokens.ts'
import { KeptGrants } from './kept-grants.ts'
import type { KeptGrantsOptions } from './kept-grants.ts'
import { providers as realProviders } from './oauth-providers.ts'
import type { ProviderTable } from './oauth-providers.ts'
import { OauthServer } from './oauth-server.ts'
import { interrupted } from './password-text.ts'
import { requestGrant } from './request-grant.ts'

export interface GrantsOptions extends KeptGrantsOptions {
  /** How long a person may take in the browser; default ten minutes. */
  readonly limitMs?: number
  /** For tests only: where mail providers are looked for. */
  readonly providers?: ProviderTable
}

/** Access that people have granted: asked for once, kept, and renewed. */
export class Grants {
  readonly #options: GrantsOptions
  readonly #kept: KeptGrants

  constructor(options: GrantsOptions) {
    this.#options = options
    this.#kept = new KeptGrants(options)
  }

  /** A new one. If the provider gives a new refresh token with it, that is kept before anything is done with either (F23); so a request
   *  that has gone out is not given up. */
  async accessToken(login: OauthLogin, signal: AbortSignal): Promise<IssuedToken> {
    using _lock = await this.#kept.lock(login, signal)
    const kept = await this.#kept.read(login)
    if (kept === undefined) throw notGranted(login)
    if (signal.aborted) throw interrupted()
    const {
      accessToken,
      lifeMs,
      refreshToken = kept.refreshToken,
    } = await this.#serverOf(login).refresh(kept.refreshToken)
    if (refreshToken !== kept.refreshToken) await this.#kept.replace(login, { ...kept, refreshToken })
    return { token: accessToken, lifeMs }
  }

  async grant(
    login: OauthLogin,
    dialog: GrantDialog,
    { keychain, signal }: { readonly keychain: boolean; readonly signal: AbortSignal },
  ): Promise<KeptIn> {
    const { limitMs = 10 * 60_000, delay } = this.#options
    const server = this.#serverOf(login)
    const { refreshToken } = await requestGrant(server, dialog, { limitMs, delay, signal })
    if (refreshToken === undefined) {
      throw new AppError({
        code: 'LOGIN_REJECTED',
        message: `could not keep the access to the mail of ${login.user}: ${server.endpoints.name} gave none that lasts (no refresh token)`,
        hint: 'check what the client is registered for, and begin again',
      })
    }
    using _lock = await this.#kept.lock(login, signal)
    return await this.#kept.keep(login, refreshToken, keychain)
  }

  async forget(login: OauthLogin, signal: AbortSignal): Promise<boolean> {
    using _lock = await this.#kept.lock(login, signal)
    return await this.#kept.forget(login)
  }

  #serverOf(login: OauthLogin): OauthServer {
    return new OauthServer(login, this.#options.providers ?? realProviders)
  }
}

function notGranted({ account, user }: OauthLogin): AppError {
  return new AppError({
    code: 'SECRET_UNAVAILABLE',
    message: `no access to the mail of ${user} has been granted yet`,
    hint: `log in once: mailmirror account login ${account}`,
  })
}
