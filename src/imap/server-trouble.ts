import type { ThrottleKind } from '../model/errors.ts'

/** What a refusal says besides that it is one; the same words mean the same in an answer, a BYE and a refused login. */
export type ServerTrouble =
  /** The server wants less. `retryAfterMs`: the wait that it names. */
  | { readonly kind: 'throttled'; readonly throttle: ThrottleKind; readonly retryAfterMs: number | undefined }
  /** The login is done and leads nowhere: passing trouble, a shared mailbox or a missing permission (F27). */
  | { readonly kind: 'not-connected'; readonly retryAfterMs: number }

/** Microsoft says it for some seconds after many logins, and for ever of a mailbox that this user may not open. */
const notConnectedText = /authenticated but not connected/i
const notConnectedWaitMs = 30_000

/** A daily allowance, or too many wrong logins: nothing that is asked in this run would be answered (F29). */
const laterText =
  /bandwidth limits?\b|over ?quota.*download|too many (?:(?:failed|bad|invalid|recent) )*(?:logins?|attempts|auth)|too many (?:failed|bad|invalid) commands/i
const connectionsText =
  /connections? limits?\b|maximum number of (?:simultaneous |concurrent )?connections|too many (?:(?:simultaneous|concurrent|open|active|recent) )*(?:connections|sessions)/i
/** Not "try again later": servers say that of a single message which they will never render, and one message must not stop
 *  an account (F75, F104). */
const pauseText =
  /throttl|rate.?limit|backoff time|(?:commands?|requests?) limits?\b|too many (?:(?:simultaneous|concurrent|open|active|recent) )*(?:requests|commands)/i

/** What the words of a refusal mean, by response code (in capitals) and text; undefined: nothing more than that it is one.
 *  This table is the only place that knows the words of servers that want less. */
export function troubleIn(responseCode: string | undefined, text: string): ServerTrouble | undefined {
  if (notConnectedText.test(text)) return { kind: 'not-connected', retryAfterMs: notConnectedWaitMs }
  const throttle = throttleIn(responseCode, text)
  return throttle === undefined ? undefined : { kind: 'throttled', throttle, retryAfterMs: statedDelayMs(text) }
}

function throttleIn(responseCode: string | undefined, text: string): ThrottleKind | undefined {
  if (responseCode === 'OVERQUOTA' || laterText.test(text)) return 'later'
  if (connectionsText.test(text)) return 'fewer-connections'
  return responseCode === 'THROTTLED' || pauseText.test(text) ? 'pause' : undefined
}

const maxStatedMs = 24 * 60 * 60 * 1000
const statedPattern =
  /(?:back-?off(?: time)?|retry|try again|again|wait)\b[^\d\n]{0,25}(\d{1,9})\s*(milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|h)?\b/i

/** The wait that a server names, in milliseconds, a day at most: `Suggested Backoff Time: 92415 milliseconds`. A number
 *  without a unit is one of milliseconds after "backoff", and of seconds elsewhere. */
function statedDelayMs(text: string): number | undefined {
  const [whole, digits, unit] = statedPattern.exec(text) ?? []
  if (whole === undefined || digits === undefined) return undefined
  return Math.min(maxStatedMs, Number(digits) * msOf(unit ?? (/^back/i.test(whole) ? 'ms' : 's')))
}

function msOf(unit: string): number {
  if (/^(?:ms|milli)/i.test(unit)) return 1
  if (/^s/i.test(unit)) return 1000
  return /^m/i.test(unit) ? 60_000 : 3_600_000
}
