import type { SecretSource } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { AskPassword, LoginSecret, PasswordQuestion, Secrets } from '../model/secrets.ts'
import { AccessTokens } from './access-tokens.ts'
import type { IssuedToken, TokenClock, TokenSource } from './access-tokens.ts'
import type { Keychain } from './keychain.ts'
import { runPasswordCommand, type CommandRules } from './password-command.ts'
import { readPasswordFile } from './password-file.ts'
import { checkPassword, unavailable } from './password-text.ts'
import type { Grants } from './grants.ts'
import { RememberedAnswers } from './remembered-answers.ts'
import { smallEnvironment } from './small-environment.ts'
import { readSystemCredential } from './system-credential.ts'

export interface SecretsOptions {
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly keychain: Keychain
  /** undefined: there is nobody at a terminal. */
  readonly ask: AskPassword | undefined
  /** Called when the first access token is needed. */
  readonly grants: () => Promise<Pick<Grants, 'accessToken'>>
  readonly clock: TokenClock
  /** After so long a password command is ended; default 30 s. */
  readonly commandLimitMs?: number
}

/** Passwords and access tokens from wherever the config says. */
export function createSecrets(options: SecretsOptions): Secrets {
  return new ChainedSecrets(options)
}

type PasswordSource = Exclude<SecretSource, TokenSource>
type KeychainSource = Extract<SecretSource, { readonly kind: 'keychain' }>

class ChainedSecrets implements Secrets {
  readonly #options: SecretsOptions
  readonly #rules: CommandRules
  readonly #passwords = new RememberedAnswers<string>()
  readonly #tokens: AccessTokens
  readonly #unanswered = new Map<string, AppError>()
  /** Entries of the keychain in whose place a person was asked. */
  readonly #typed = new Set<string>()
  #lastQuestion: Promise<unknown> = Promise.resolve()

  constructor(options: SecretsOptions) {
    const { variables, commandLimitMs = 30_000, clock } = options
    this.#options = options
    this.#rules = { environment: smallEnvironment(variables), limitMs: commandLimitMs }
    this.#tokens = new AccessTokens((source, signal) => this.#issue(source, signal), clock)
  }

  async login(source: SecretSource, signal: AbortSignal): Promise<LoginSecret> {
    if (isTokenSource(source)) return { kind: 'token', token: await this.#tokens.current(source, signal) }
    const read = (giveUp: AbortSignal): Promise<string> => this.#read(source, giveUp, this.#options.ask)
    return { kind: 'password', password: await this.#passwords.get(JSON.stringify(source), read, signal) }
  }

  async renewed(source: SecretSource, refused: LoginSecret, signal: AbortSignal): Promise<LoginSecret | undefined> {
    if (refused.kind === 'password') {
      const password = isTokenSource(source) ? undefined : await this.#readAgain(source, refused.password, signal)
      return password === undefined ? undefined : { kind: 'password', password }
    }
    const token = isTokenSource(source) ? await this.#tokens.renewed(source, refused.token, signal) : undefined
    return token === undefined ? undefined : { kind: 'token', token }
  }

  /** What a person has typed cannot have changed elsewhere. */
  async #readAgain(source: PasswordSource, refused: string, signal: AbortSignal): Promise<string | undefined> {
    if (source.kind === 'prompt' || (source.kind === 'keychain' && this.#typed.has(source.entry))) return undefined
    const key = JSON.stringify(source)
    await this.#passwords.forget(key, refused)
    try {
      const password = await this.#passwords.get(key, (giveUp) => this.#read(source, giveUp, undefined), signal)
      if (password !== refused) return password
      // Whoever logs in next looks anew instead of being refused first.
      await this.#passwords.forget(key, refused)
      return undefined
    } catch (error) {
      // That it was refused says more.
      if (isUnavailable(error)) return undefined
      throw error
    }
  }

  async #issue(source: TokenSource, signal: AbortSignal): Promise<IssuedToken> {
    if (source.kind === 'token-command') {
      return { token: await runPasswordCommand(source.argv, this.#rules, signal), lifeMs: undefined }
    }
    return (await this.#options.grants()).accessToken(source, signal)
  }

  async #read(source: PasswordSource, signal: AbortSignal, ask: AskPassword | undefined): Promise<string> {
    const { variables } = this.#options
    switch (source.kind) {
      case 'command':
        return runPasswordCommand(source.argv, this.#rules, signal)
      case 'env': {
        const where = `the environment variable ${source.name}`
        const value = Object.hasOwn(variables, source.name) ? variables[source.name] : undefined
        if (value === undefined) throw unavailable(where, 'it is not set')
        return checkPassword(value, where)
      }
      case 'file':
        return readPasswordFile(source.path)
      case 'credential':
        return readSystemCredential(source.name, variables['CREDENTIALS_DIRECTORY'])
      case 'keychain':
        return this.#fromKeychain(source, signal, ask)
      case 'prompt':
        if (ask === undefined) throw nobodyToAsk(source.account)
        return this.#askOnce(ask, source, signal)
    }
  }

  /** Where somebody is there to be asked, a keychain that does not help is no end. */
  async #fromKeychain(source: KeychainSource, signal: AbortSignal, ask: AskPassword | undefined): Promise<string> {
    const { keychain } = this.#options
    const { account, entry } = source
    try {
      return checkPassword((await keychain.read(entry)) ?? nothingKept(source), 'the keychain')
    } catch (error) {
      if (ask === undefined || !isUnavailable(error)) throw error
      const password = await this.#askOnce(ask, { account, user: entry, reason: error.message }, signal)
      this.#typed.add(entry)
      return password
    }
  }

  /** An answer that is none is not asked for again. */
  async #askOnce(ask: AskPassword, question: PasswordQuestion, signal: AbortSignal): Promise<string> {
    const key = JSON.stringify([question.account, question.user])
    const unanswered = this.#unanswered.get(key)
    if (unanswered !== undefined) throw unanswered
    try {
      return checkPassword(await this.#inTurn(() => ask(question, signal)), 'the terminal')
    } catch (error) {
      if (isUnavailable(error)) this.#unanswered.set(key, error)
      throw error
    }
  }

  /** Two questions at a time would share one line. */
  async #inTurn(ask: () => Promise<string>): Promise<string> {
    const answer = this.#lastQuestion.then(ask)
    this.#lastQuestion = answer.catch(() => undefined)
    return answer
  }
}

function isTokenSource(source: SecretSource): source is TokenSource {
  return source.kind === 'oauth' || source.kind === 'token-command'
}

function isUnavailable(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 'SECRET_UNAVAILABLE'
}

function nothingKept({ account, entry }: KeychainSource): never {
  throw new AppError({
    code: 'SECRET_UNAVAILABLE',
    message: `the keychain holds no password for ${entry}`,
    hint: `put it there: mailmirror account login ${account}`,
  })
}

function nobodyToAsk(account: string): AppError {
  return new AppError({
    code: 'SECRET_UNAVAILABLE',
    message: `account ${account} has no password`,
    hint: `set accounts.${account}.imap.password in the config, for instance { command = ["pass", "show", "mail"] }; on a terminal it is asked for`,
  })
}
