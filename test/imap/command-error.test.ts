import { describe, expect, test } from 'vitest'
import { CommandRejected, isThrottle, lostConnection, parseCompletion, toWords } from '../../src/imap/command-error.ts'

describe('how a command ends (RFC 9051 §7.1)', () => {
  test.each([
    ['OK done', { status: 'OK', responseCode: undefined, text: 'done' }],
    ['ok', { status: 'OK', responseCode: undefined, text: '' }],
    ['OK [READ-ONLY] examined', { status: 'OK', responseCode: 'READ-ONLY', text: 'examined' }],
    ['OK [read-only]', { status: 'OK', responseCode: 'READ-ONLY', text: '' }],
    ['NO [NONEXISTENT] no such mailbox', { status: 'NO', responseCode: 'NONEXISTENT', text: 'no such mailbox' }],
    ['NO [COPYUID 38505 304,319:320 3956:3958] done', { status: 'NO', responseCode: 'COPYUID', text: 'done' }],
    ['BAD [x', { status: 'BAD', responseCode: undefined, text: '[x' }],
    ['BAD []', { status: 'BAD', responseCode: undefined, text: '[]' }],
    ['NO \xc3\xa9teint', { status: 'NO', responseCode: undefined, text: 'éteint' }],
    ['NO \xe9teint', { status: 'NO', responseCode: undefined, text: '\u{fffd}teint' }],
  ])('%j', (line, completion) => {
    expect(parseCompletion(line)).toEqual(completion)
  })

  test.each(['BYE now', 'OKAY', 'NONE', '', 'PREAUTH', ' OK', '* OK'])('%j is no end', (line) => {
    expect(parseCompletion(line)).toBeUndefined()
  })

  test('words are cut at 500 characters', () => {
    expect(toWords('x'.repeat(500))).toBe('x'.repeat(500))
    expect(toWords('x'.repeat(10_000))).toBe(`${'x'.repeat(500)}…`)
  })
})

describe('F28 F29 a server that wants fewer requests', () => {
  test.each([
    ['[THROTTLED]', 'THROTTLED', 'slow down'],
    ['[OVERQUOTA]', 'OVERQUOTA', 'too much today'],
    ['Microsoft 365', undefined, 'Request is throttled. Suggested Backoff Time: 92415 milliseconds'],
    ['Gmail, for a day', undefined, 'Account exceeded command or bandwidth limits. (Failure)'],
    ['Gmail, connections', 'ALERT', 'Too many simultaneous connections. (Failure)'],
    ['Yahoo', 'LIMIT', 'FETCH Rate limit hit.'],
    ['Dovecot', undefined, 'Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)'],
    ['iCloud', undefined, 'Too many open connections'],
    ['another', undefined, 'Too many concurrent requests, connection limit reached'],
  ])('%s', (_name, responseCode, text) => {
    expect(isThrottle(responseCode, text)).toBe(true)
  })

  test.each([
    ['F104 Yahoo, of one mailbox', 'SERVERBUG', 'SEARCH Server error - Please try again later'],
    ['F75 Yahoo, of one message', 'UNAVAILABLE', 'UID FETCH Server error while fetching messages'],
    ['a limit of the implementation (RFC 5530)', 'LIMIT', 'too many UIDs in one command'],
    ['a set that is too long', undefined, 'Too many messages requested'],
    ['a mailbox that is not there', 'NONEXISTENT', 'Mailbox does not exist'],
    ['a mailbox that nobody may see', 'NOPERM', 'Access denied'],
    ['a mailbox in use', 'INUSE', 'Mailbox is locked by another session'],
  ])('is not %s: only that is given up', (_name, responseCode, text) => {
    expect(isThrottle(responseCode, text)).toBe(false)
  })
})

test('a refused command names what was attempted and what the server said', () => {
  const refused = new CommandRejected('examine mailbox "Archive/2019"', {
    status: 'NO',
    responseCode: 'NOPERM',
    text: 'permission denied',
  })
  expect(refused).toMatchObject({
    code: 'COMMAND_REJECTED',
    scope: 'mailbox',
    responseCode: 'NOPERM',
    message: 'could not examine mailbox "Archive/2019": NO [NOPERM] permission denied',
    hint: undefined,
    isBad: false,
  })
  expect(new CommandRejected('search', { status: 'BAD', responseCode: undefined, text: '' })).toMatchObject({
    message: 'could not search: BAD',
    isBad: true,
  })
})

test('a lost connection says what is kept', () => {
  expect(lostConnection('fetch messages', 'the server closed it')).toMatchObject({
    code: 'CONNECTION_LOST',
    scope: 'account',
    message: 'could not fetch messages: the connection was lost: the server closed it',
    hint: 'what was received is kept; the next run goes on from there',
  })
})
