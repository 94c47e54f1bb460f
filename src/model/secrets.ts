import type { Account, OauthClient, OauthProvider, SecretSource, ServerSettings } from './account.ts'
import { AppError } from './errors.ts'

/** What a connection logs in with: PLAIN or LOGIN takes the password, XOAUTH2 or OAUTHBEARER the access token. Neither is empty
 *  or holds NUL, CR or LF. */
export type LoginSecret =
  | { readonly kind: 'password'; readonly password: string }
  | { readonly kind: 'token'; readonly token: string }

/** Answers with passwords and access tokens when a connection logs in. */
export interface Secrets {
  /** Ask at every connect: an access token that ends within five minutes is replaced by a new one (F21). Passwords are
   *  remembered, callers that ask at the same time share one answer, and a person is asked once; a failure is not remembered,
   *  so the next call tries again, except after LOGIN_REJECTED.
   *
   *  Throws SECRET_UNAVAILABLE when there is nothing to be had, CONFIG_UNSAFE when others can read or change the file that it
   *  lies in, LOGIN_REJECTED when access was revoked or has expired (F22), SERVER_UNREACHABLE and THROTTLED when the server that
   *  gives out tokens does not answer, INTERRUPTED when the signal fires (all account). Never answers with something in place
   *  of a secret, and no error holds any part of one. */
  login(source: SecretSource, signal: AbortSignal): Promise<LoginSecret>
  /** Another one, after the server has refused `refused` (F21); undefined: there is none, the refusal stands. A token that was
   *  fetched because another one was refused is not replaced again within a minute; a password is looked up anew where it comes from, and
   *  nobody is asked. Throws what `login` throws. */
  renewed(source: SecretSource, refused: LoginSecret, signal: AbortSignal): Promise<LoginSecret | undefined>
}

/** What it takes to log in somewhere. */
export interface Login {
  readonly secrets: Secrets
  readonly source: SecretSource
  readonly signal: AbortSignal
}

/** Runs `attempt` with the secret; once more with a fresh access token, or a password that has changed meanwhile, if that ended with LOGIN_REJECTED. */
export async function logInWith<T>(
  { secrets, source, signal }: Login,
  attempt: (secret: LoginSecret) => Promise<T>,
): Promise<T> {
  const secret = await secrets.login(source, signal)
  try {
    return await attempt(secret)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'LOGIN_REJECTED') throw error
    const fresh = await secrets.renewed(source, secret, signal)
    if (fresh === undefined) throw error
    return attempt(fresh)
  }
}

/** Where the secret for one of an account's servers comes from; a person is asked where the config says nothing. */
export function loginSource({ name }: Account, { user, password }: ServerSettings): SecretSource {
  return password ?? { kind: 'prompt', account: name, user }
}

/** A password that has to be asked for. */
export interface PasswordQuestion {
  readonly account: string
  readonly user: string
  /** Why it is asked for, where it should have come from elsewhere. */
  readonly reason?: string | undefined
}

/** Asks the person at the terminal, one question at a time, without showing what is typed. Throws INTERRUPTED when the person
 *  gives up or the signal fires. */
export type AskPassword = (question: PasswordQuestion, signal: AbortSignal) => Promise<string>

/** An account at a provider that gives out access tokens. */
export interface OauthLogin {
  readonly account: string
  readonly provider: OauthProvider
  readonly user: string
  readonly client: OauthClient
}

/** How a person grants access. `loopback`: the browser of this machine comes back to us. `paste`: any browser, the person brings the
 *  address that it ends at. `device`: any browser, the person types a code there. */
export type GrantWay = 'loopback' | 'paste' | 'device'

/** The person whose access it is. */
export interface GrantDialog {
  readonly way: GrantWay
  /** Shows where to go, and the code to type there. Both come from the provider. */
  show(step: { readonly url: string; readonly code?: string | undefined }): Promise<void>
  /** Of `paste`: the address at which the browser has ended. */
  askAddress(signal: AbortSignal): Promise<string>
}

/** Where a secret was put. */
export type KeptIn =
  | 'keychain'
  | {
      readonly file: string
      /** Why it is not the keychain, where that was wanted. */
      readonly reason?: string | undefined
    }

/** The writing side: what `account login` and `account logout` do. Everything is durable when a promise resolves, and nothing of a
 *  secret is in any error. */
export interface CredentialKeeper {
  /** Throws SECRET_UNAVAILABLE with the keychain's real reason. */
  keepPassword(entry: string, password: string): Promise<void>
  /** False: there was none. Throws as `keepPassword` does. */
  forgetPassword(entry: string): Promise<boolean>
  /** Has access granted and keeps the refresh token: in the keychain, or in a file of its owner alone where there is no keychain or
   *  `keychain` is false. Throws LOGIN_REJECTED, USAGE where the provider does not offer that way, SERVER_UNREACHABLE, INTERRUPTED. */
  grant(
    login: OauthLogin,
    dialog: GrantDialog,
    options: { readonly keychain: boolean; readonly signal: AbortSignal },
  ): Promise<KeptIn>
  /** False: there was none. Throws SECRET_UNAVAILABLE where it may lie in a keychain that does not answer. */
  forgetGrant(login: OauthLogin, signal: AbortSignal): Promise<boolean>
}
