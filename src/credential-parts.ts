// The part of the composition root that knows where passwords and access tokens come from.
import { join } from 'node:path'
import { stateDirectory } from './config/paths.ts'
import type { Environment } from './config/environment.ts'
import type { TokenClock } from './credentials/access-tokens.ts'
import { createCredentialKeeper } from './credentials/credential-keeper.ts'
import type { Grants } from './credentials/grants.ts'
import { createKeychain } from './credentials/keychain.ts'
import { createSecrets } from './credentials/secrets.ts'
import { smallEnvironment } from './credentials/small-environment.ts'
import type { Account } from './model/account.ts'
import { AppError, messageOf } from './model/errors.ts'
import { lazily } from './model/lazily.ts'
import { loginSource } from './model/secrets.ts'
import type { AskPassword, CredentialKeeper, Secrets } from './model/secrets.ts'
import { promptStreams } from './ui/terminal.ts'
import type { PromptStreams } from './ui/terminal.ts'

export interface CredentialParts {
  readonly environment: Environment
  readonly clock: TokenClock & { delay(ms: number, signal: AbortSignal): Promise<void> }
  /** Ends the command: the person has given up at a question. */
  readonly onGivenUp: (error: Error) => void
}

export interface Credentials {
  readonly secrets: Secrets
  /** For accounts whose config names no password, and for those whose keychain does not help, if somebody is there to be asked. Throws
   *  INTERRUPTED. */
  readonly askPasswords: (accounts: readonly Account[], signal: AbortSignal) => Promise<void>
  readonly keeper: CredentialKeeper
  /** Why the keychain does not answer; undefined: it does. */
  readonly keychainTrouble: () => Promise<string | undefined>
}

/** Loads neither the keychain's library nor OAuth's before an account needs it. */
export function openCredentials({ environment, clock, onGivenUp }: CredentialParts): Credentials {
  const { variables } = environment
  const keychain = createKeychain({
    program: new URL('credentials/keychain-process.js', import.meta.url),
    environment: smallEnvironment(variables),
  })
  const grants = lazily(async (): Promise<Grants> => {
    const [{ Grants }, { tryFileLock }] = await Promise.all([
      import('./credentials/grants.ts'),
      import('./store/file-lock.ts'),
    ])
    return new Grants({
      folder: join(stateDirectory(environment), 'access'),
      keychain,
      tryLock: tryFileLock,
      delay: (ms, signal) => clock.delay(ms, signal),
    })
  })
  const streams = promptStreams()
  const ask = streams && askingPerson(streams, onGivenUp)
  const secrets = createSecrets({ variables, keychain, ask, grants, clock })
  return {
    secrets,
    askPasswords: async (accounts, signal) => {
      if (ask === undefined) return
      for (const account of accounts) {
        const source = loginSource(account, account.imap)
        if (source.kind !== 'prompt' && source.kind !== 'keychain') continue
        // An account without a password fails when its turn has come.
        await secrets.login(source, signal).catch(unlessUnavailable)
      }
    },
    keeper: createCredentialKeeper(keychain, grants),
    keychainTrouble: () =>
      keychain.read('mailmirror').then(
        () => undefined,
        (error: unknown) => messageOf(error),
      ),
  }
}

function unlessUnavailable(error: unknown): void {
  if (!(error instanceof AppError) || error.code !== 'SECRET_UNAVAILABLE') throw error
}

function askingPerson(streams: PromptStreams, onGivenUp: (error: Error) => void): AskPassword {
  return async (question, signal) => {
    const { passwordPrompt } = await import('./ui/prompt.ts')
    return passwordPrompt(streams)(question, signal).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'INTERRUPTED') onGivenUp(error)
      throw error
    })
  }
}
