import {
  AuthorizationResponseError,
  OperationProcessingError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi'
import { AppError, messageOf } from '../model/errors.ts'
import type { AppErrorOptions } from '../model/errors.ts'
import type { OauthLogin } from '../model/secrets.ts'

export interface OauthAttempt {
  readonly login: OauthLogin
  /** The provider's, for people. */
  readonly name: string
  /** What was sent and must not be repeated (S08). */
  readonly secrets: readonly string[]
}

/** Translates whatever ended a request to a provider. No part of what comes back holds a token, not even where the provider repeats it;
 *  so there is no cause either, which holds the whole answer. */
export function explainOauth(error: unknown, { login, name, secrets }: OauthAttempt): AppError {
  if (error instanceof AppError) return error
  const { code, why, ...details } = explain(error, login)
  const safe = secrets
    .filter(({ length }) => length > 2)
    .reduce((rest, secret) => rest.replaceAll(secret, '(secret)'), why)
    .slice(0, 300)
  return new AppError({
    code,
    message: `could not get access to the mail of ${login.user} at ${name}: ${safe}`,
    ...details,
  })
}

interface Explanation extends Omit<AppErrorOptions, 'message' | 'cause' | 'scope'> {
  readonly why: string
}

function explain(error: unknown, login: OauthLogin): Explanation {
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) {
    const { error: word, error_description: words } = error
    return explainWord(word, words === undefined ? word : `${word}: ${words}`, login)
  }
  if (error instanceof WWWAuthenticateChallengeError) return refusedClient('the provider does not know the client')
  if (error instanceof OperationProcessingError) return explainAnswer(error, error.cause)
  if (error instanceof Error && error.name === 'TimeoutError') return unreachable('it did not answer in time')
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : messageOf(error)
  return unreachable(reason)
}

function explainWord(word: string, words: string, { account }: OauthLogin): Explanation {
  switch (word) {
    case 'invalid_grant':
      return {
        code: 'LOGIN_REJECTED',
        why: 'access was revoked or has expired',
        hint: `log in again: mailmirror account login ${account}`,
      }
    case 'access_denied':
    case 'expired_token':
      return { code: 'LOGIN_REJECTED', why: words, hint: `begin again: mailmirror account login ${account}` }
    case 'temporarily_unavailable':
    case 'server_error':
      return unreachable(words)
    default:
      return refusedClient(words)
  }
}

function refusedClient(why: string): Explanation {
  return {
    code: 'LOGIN_REJECTED',
    why,
    hint: 'check id, secret and tenant in `oauth-client` of this account, and what the client is registered for',
  }
}

function unreachable(why: string): Explanation {
  return { code: 'SERVER_UNREACHABLE', why, hint: 'run the command again in a few minutes; check the network' }
}

/** An answer that is none of OAuth's. */
function explainAnswer(error: OperationProcessingError, cause: unknown): Explanation {
  const status = cause instanceof Response ? cause.status : 200
  if (status === 429)
    return { ...unreachable('it wants fewer requests (HTTP 429)'), code: 'THROTTLED', throttle: 'pause' }
  if (status >= 500) return unreachable(`it has trouble of its own (HTTP ${status})`)
  const why = status >= 400 ? `it refused the request (HTTP ${status})` : error.message
  return { ...refusedClient(why), code: 'PROTOCOL_VIOLATION' }
}
