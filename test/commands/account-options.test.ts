import { describe, expect, test } from 'vitest'
import { givenPassword, givenTrust, parseServer, splitCommand } from '../../src/commands/account-options.ts'
import { AppError } from '../../src/model/errors.ts'

describe('the command of --password-command', () => {
  test.each([
    ['pass show mail/me', ['pass', 'show', 'mail/me']],
    [`  a 'b  c'  "d \\"e\\" $f" g\\ h`, ['a', 'b  c', 'd "e" $f', 'g h']],
    [`x'y'"z" '' "a\\b"`, ['xyz', '', 'a\\b']],
    ['aa a', ['aa', 'a']],
    ['$(rm x); `y` | z', ['$(rm', 'x);', '`y`', '|', 'z']],
  ])('%j is %j: words as in a shell, and nothing else of one', (text, argv) => {
    expect(splitCommand(text)).toEqual(argv)
  })

  test.each(['', '  ', 'a "b', "a 'b", 'a \\'])('%j is refused', (text) => {
    expect(() => splitCommand(text)).toThrow(AppError)
  })
})

describe('a server', () => {
  test.each([
    ['mail.example.org', 'imap', undefined, ['mail.example.org', 993, 'tls']],
    ['Mail.example.org:143', 'imap', undefined, ['mail.example.org', 143, 'starttls']],
    ['mail.example.org:143', 'imap', 'tls', ['mail.example.org', 143, 'tls']],
    ['mail.example.org', 'imap', 'starttls', ['mail.example.org', 143, 'starttls']],
    ['mail.example.org:1993', 'imap', undefined, ['mail.example.org', 1993, 'tls']],
    ['[::1]:143', 'imap', 'none', ['[::1]', 143, 'none']],
    ['smtp.example.org', 'smtp', undefined, ['smtp.example.org', 465, 'tls']],
    ['smtp.example.org:587', 'smtp', undefined, ['smtp.example.org', 587, 'starttls']],
  ] as const)('%j for %s under %s is %j', (...[text, protocol, security, [host, port, found]]) => {
    expect(parseServer(text, protocol, security)).toEqual({ host, port, security: found })
  })

  test.each(['', 'a b', 'a:0', 'a:70000', 'a:b', 'https://a', 'me@a', '::1'])('%j is none', (text) => {
    expect(parseServer(text, 'imap')).toBe(undefined)
  })
})

test('a password comes from one place, and paths begin where we are', () => {
  const test = true
  expect(givenPassword({ test })).toBe(undefined)
  expect(givenPassword({ test, passwordFile: 'a/b' })).toEqual({ kind: 'file', path: `${process.cwd()}/a/b` })
  expect(givenPassword({ test, passwordFile: '~/a' })).toEqual({ kind: 'file', path: '~/a' })
  expect(givenPassword({ test, credential: 'x' })).toEqual({ kind: 'credential', name: 'x' })
  expect(givenPassword({ test, oauth: 'google' })).toEqual({ kind: 'oauth', provider: 'google' })
  expect(() => givenPassword({ test, keychain: true, passwordEnv: 'X' })).toThrow('more than one place')
})

test('a fingerprint may be written with colons and in capitals', () => {
  expect(givenTrust({ test: true, fingerprint: 'sha256:AB:CD:EF' })).toEqual({
    caFile: undefined,
    fingerprint: 'sha256:abcdef',
  })
})
