import { describe, expect, test } from 'vitest'
import { troubleIn } from '../../src/imap/server-trouble.ts'

const kindOf = (responseCode: string | undefined, text: string): string => {
  const trouble = troubleIn(responseCode, text)
  return trouble?.kind === 'throttled' ? trouble.throttle : (trouble?.kind ?? 'nothing')
}

describe('F25 F28 F29 what the words of a refusal mean', () => {
  test.each([
    // Microsoft 365 and Exchange
    [undefined, 'Request is throttled. Suggested Backoff Time: 92415 milliseconds', 'pause'],
    [undefined, 'Request is throttled. Suggested Backoff Time: 299961 milliseconds', 'pause'],
    [undefined, 'User is authenticated but not connected.', 'not-connected'],
    [undefined, 'Command Error. 12', 'nothing'],
    [undefined, 'Server Unavailable. 15', 'nothing'],
    // Gmail
    ['OVERQUOTA', 'Account exceeded command or bandwidth limits. (Failure)', 'later'],
    [undefined, 'Account exceeded command or bandwidth limits. (Failure)', 'later'],
    ['ALERT', 'Too many simultaneous connections. (Failure)', 'fewer-connections'],
    ['THROTTLED', 'slow down', 'pause'],
    [undefined, 'Temporary System Error (Failure)', 'nothing'],
    [undefined, 'System Error (Failure)', 'nothing'],
    // Yahoo and AOL
    ['LIMIT', 'FETCH Rate limit hit.', 'pause'],
    ['LIMIT', 'LOGIN Rate limit hit.', 'pause'],
    ['SERVERBUG', 'SEARCH Server error - Please try again later', 'nothing'],
    ['UNAVAILABLE', 'UID FETCH Server error while fetching messages', 'nothing'],
    ['INUSE', 'UID FETCH Mailbox in use', 'nothing'],
    // Dovecot, Cyrus, Courier and their like
    [
      'UNAVAILABLE',
      'Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)',
      'fewer-connections',
    ],
    ['UNAVAILABLE', 'Internal error occurred. Refer to server log for more information.', 'nothing'],
    ['INUSE', 'Mailbox is locked by another session', 'nothing'],
    ['OVERQUOTA', 'Download quota exceeded', 'later'],
    [undefined, 'too many open connections', 'fewer-connections'],
    [undefined, 'Too many sessions', 'fewer-connections'],
    [undefined, 'Too many open connections', 'fewer-connections'],
    [undefined, 'Too many connections from your address', 'fewer-connections'],
    [undefined, 'Maximum number of simultaneous connections reached', 'fewer-connections'],
    [undefined, 'Connection limit reached', 'fewer-connections'],
    [undefined, 'Too many concurrent requests', 'pause'],
    [undefined, 'Too many requests, slow down', 'pause'],
    [undefined, 'Too many bad commands', 'later'],
    [undefined, 'Too many failed login attempts', 'later'],
    [undefined, 'Too many login attempts, wait 15 minutes', 'later'],
    [undefined, 'Too many bad auth attempts', 'later'],
    // What is about one command, mailbox or message
    ['LIMIT', 'too many UIDs in one command', 'nothing'],
    [undefined, 'Too many messages requested', 'nothing'],
    ['NONEXISTENT', 'Mailbox does not exist', 'nothing'],
    ['NOPERM', 'Access denied', 'nothing'],
    ['CANNOT', 'Some messages could not be FETCHed (Failure)', 'nothing'],
    [undefined, 'Some of the requested messages no longer exist', 'nothing'],
  ])('[%s] "%s" wants: %s', (responseCode, text, kind) => {
    expect(kindOf(responseCode, text)).toBe(kind)
  })
})

describe('F28 the wait that a server names', () => {
  test.each([
    ['Request is throttled. Suggested Backoff Time: 92415 milliseconds', 92_415],
    ['Suggested Backoff Time: 300 s', 300_000],
    ['Backoff: 1500', 1500],
    ['Too many login attempts, wait 15 minutes', 900_000],
    ['try again in 5 minutes', 300_000],
    ['Please retry after 30 seconds', 30_000],
    ['rate limit hit, retry in 60', 60_000],
    ['Try again in 1 hour', 3_600_000],
    ['Suggested Backoff Time: 999999999 hours', 86_400_000],
    ['Suggested Backoff Time: soon', undefined],
    ['slow down', undefined],
    ['try again later', undefined],
    ['Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)', undefined],
  ])('"%s" is %s ms', (text, delayMs) => {
    expect(troubleIn('THROTTLED', text)?.retryAfterMs).toBe(delayMs)
  })
})
