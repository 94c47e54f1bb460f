import { describe, expect, test } from 'vitest'
import { CommandRejected, lostConnection, parseCompletion, toWords } from '../../src/imap/command-error.ts'

describe('how a command ends (RFC 9051 §7.1)', () => {
  test.each([
    ['OK done', { status: 'OK', responseCode: undefined, text: 'done' }],
    ['ok', { status: 'OK', responseCode: undefined, text: '' }],
    ['OK [READ-ONLY] examined', { status: 'OK', responseCode: 'READ-ONLY', text: 'examined' }],
    ['OK [read-only]', { status: 'OK', responseCode: 'READ-ONLY', text: '' }],
    ['NO [NONEXISTENT] no such mailbox', { status: 'NO', responseCode: 'NONEXISTENT', text: 'no such mailbox' }],
    [
      'OK [APPENDUID 38505 3955] done',
      { status: 'OK', responseCode: 'APPENDUID', codeArguments: '38505 3955', text: 'done' },
    ],
    ['BAD [x', { status: 'BAD', responseCode: undefined, text: '[x' }],
    ['BAD []', { status: 'BAD', responseCode: undefined, text: '[]' }],
    ['NO \xc3\xa9teint', { status: 'NO', responseCode: undefined, text: 'éteint' }],
    ['NO \xe9teint', { status: 'NO', responseCode: undefined, text: '\u{fffd}teint' }],
  ])('%j', (line, completion) => {
    expect(parseCompletion(line)).toEqual({ codeArguments: '', ...completion })
  })

  test.each(['BYE now', 'OKAY', 'NONE', '', 'PREAUTH', ' OK', '* OK'])('%j is no end', (line) => {
    expect(parseCompletion(line)).toBeUndefined()
  })

  test('words are cut at 500 characters', () => {
    expect(toWords('x'.repeat(500))).toBe('x'.repeat(500))
    expect(toWords('x'.repeat(10_000))).toBe(`${'x'.repeat(500)}…`)
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

const refused = (status: 'NO' | 'BAD', text: string): CommandRejected =>
  new CommandRejected('list the mailboxes', { status, responseCode: undefined, text })

describe('words that are about more than the command', () => {
  test('F28 a throttled command ends the connection, and says for how long', () => {
    expect(refused('BAD', 'Request is throttled. Suggested Backoff Time: 92415 milliseconds')).toMatchObject({
      code: 'THROTTLED',
      scope: 'account',
      throttle: 'pause',
      retryAfterMs: 92_415,
      hint: 'the server wants fewer requests: run the command again later',
    })
  })

  test('F27 Exchange that is not connected is never an empty account: it is a login that leads nowhere', () => {
    const error = refused('BAD', 'User is authenticated but not connected.')
    expect(error).toMatchObject({ code: 'LOGIN_REJECTED', scope: 'account', retryAfterMs: 30_000 })
    expect(error.hint).toMatch(/^the password was right.*shared mailbox/)
  })

  test('F15 a BYE because of too many connections is a wish, not an accident', () => {
    expect(lostConnection('examine it', 'the server said BYE: Too many simultaneous connections')).toMatchObject({
      code: 'THROTTLED',
      throttle: 'fewer-connections',
    })
  })
})
