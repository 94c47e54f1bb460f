import type { ServerSettings } from '../model/account.ts'
import type { ErrorCode, ThrottleKind } from '../model/errors.ts'
import { troubleIn } from './server-trouble.ts'

/** What becomes of a failed attempt to connect: the parts of an error for people. */
export interface Explanation {
  readonly code: ErrorCode
  /** What stands after "could not". */
  readonly attempt: string
  readonly why: string
  readonly hint: string
  readonly throttle?: ThrottleKind | undefined
  readonly retryAfterMs?: number | undefined
  readonly concernsHost?: boolean
}

/** F27. */
export const notConnectedHint =
  'the password was right, but the server cannot open the mailbox: try again in a minute; a shared mailbox, or one without IMAP access, stays closed'

/** RFC 5530: the server has trouble of its own. */
const notNowCodes = new Set(['UNAVAILABLE', 'INUSE', 'LIMIT', 'SERVERBUG'])
const notNowText =
  /temporar|unavailable|too many|try (?:again |it )?(?:later|in \d|after)|server (?:is )?busy|internal (?:server )?error|backend|timed? ?out|in use|locked by another|maintenance|shutting down/i
/** These say that it is the user or the password, whatever is said besides. */
const definiteText =
  /invalid|incorrect|wrong|bad (?:user|password|credential)|(?:password|credentials?) (?:is |are )?(?:not|expired)/i
const definiteCodes = new Set([
  'AUTHENTICATIONFAILED',
  'AUTHORIZATIONFAILED',
  'EXPIRED',
  'PRIVACYREQUIRED',
  'CONTACTADMIN',
])

/** Whether a refused login says nothing of the password (F25, I20). */
export function isNotNow(responseCode: string | undefined, words: string): boolean {
  if (responseCode !== undefined && notNowCodes.has(responseCode)) return true
  if (responseCode !== undefined && definiteCodes.has(responseCode)) return false
  return notNowText.test(words) && !definiteText.test(words)
}

/** In imapflow's words: the server takes neither XOAUTH2 nor OAUTHBEARER. */
export const noMechanism = 'Unsupported authentication mechanism'

/** A login that was definitely refused; `words` are the server's, or imapflow's. */
export function explainLogin(words: string, settings: ServerSettings, isByToken: boolean): Explanation {
  const attempt = `log in to ${settings.host}:${settings.port} as ${settings.user}`
  // In imapflow's words: the server says so before it is asked.
  const isDisabled = words === 'Login is disabled'
  if (words === noMechanism) {
    const reason = 'the server takes no access tokens (neither XOAUTH2 nor OAUTHBEARER)'
    return { code: 'LOGIN_REJECTED', attempt, why: reason, hint: 'use a password for this account' }
  }
  const why = isDisabled ? 'the server takes no password here (LOGINDISABLED)' : words
  const hint = isDisabled || words.includes('[PRIVACYREQUIRED]') ? disabledHint(settings) : loginHint(words, isByToken)
  const trouble = troubleIn(undefined, words)
  if (trouble?.kind !== 'not-connected') return { code: 'LOGIN_REJECTED', attempt, why, hint }
  return { code: 'LOGIN_REJECTED', attempt, why, hint: notConnectedHint, retryAfterMs: trouble.retryAfterMs }
}

function disabledHint({ security }: ServerSettings): string {
  return security === 'none'
    ? 'it wants TLS first: set `security` to "starttls" or "tls" in the config'
    : 'ask the provider how programs may log in; some have to be allowed in the settings of the account'
}

const isSwitchedOff =
  /imap\b.*\b(?:disabled|not enabled|not allowed|turned off)|\b(?:disabled|not enabled|enable)\b.*\bimap\b/i

const tokenHint =
  'check `user`; the access token was refused, a fresh one too: log in again with `mailmirror account login`, as the owner of that mailbox'

function loginHint(words: string, isByToken: boolean): string {
  if (isSwitchedOff.test(words)) return "switch IMAP on in the settings of the account at the provider's web site"
  if (isByToken) return tokenHint
  return 'check `user` and the password; many providers want an app password for programs; it was tried once only'
}
