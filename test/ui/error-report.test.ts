import { expect, test } from 'vitest'
import { AppError } from '../../src/model/errors.ts'
import { errorText, reportOf } from '../../src/ui/error-report.ts'
import { expectSafe } from './hostile-text.ts'

const rejected = new AppError({
  code: 'LOGIN_REJECTED',
  message: 'could not log in to imap.example.org as ada: NO [AUTHENTICATIONFAILED] \u001b[2Jbad',
  hint: 'look at the password',
})

test('an error says what and what to do, made safe (S14)', () => {
  const text = errorText(reportOf(rejected), { json: false, debug: false })
  expect(text).toBe(
    'mailmirror: could not log in to imap.example.org as ada: NO [AUTHENTICATIONFAILED] \\x1b[2Jbad\n' +
      '  look at the password\n',
  )
  expectSafe(text)
})

test('with --json stderr ends with one line of JSON', () => {
  const lines = errorText(reportOf(rejected), { json: true, debug: false }).trimEnd().split('\n')
  expect(JSON.parse(lines.at(-1) ?? '')).toEqual({
    v: 1,
    error: {
      code: 'LOGIN_REJECTED',
      message: rejected.message,
      hint: 'look at the password',
    },
    exit: 77,
  })
})

test('lines of a message and of a hint stay lines, indented, without empty ones at the end', () => {
  const error = new AppError({
    code: 'CONFIG_INVALID',
    message: '2 errors:\nline 3\nline 7',
    hint: 'write:\n\n[a]\n\n',
  })
  expect(errorText(reportOf(error), { json: false, debug: false })).toBe(
    'mailmirror: 2 errors:\n  line 3\n  line 7\n  write:\n\n  [a]\n',
  )
})

test('every other error is a bug: status 70 and a request to report it', () => {
  const report = reportOf(new TypeError('x is undefined'))
  expect(report).toMatchObject({ code: 'INTERNAL', exit: 70 })
  expect(errorText(report, { json: false, debug: false })).toContain('this is a bug in mailmirror: x is undefined\n')
  expect(errorText(report, { json: false, debug: false })).not.toContain('error-report.test')
})

test('--debug shows the stack with its causes', () => {
  const text = errorText(reportOf(new Error('outer', { cause: new Error('inner') })), { json: false, debug: true })
  expect(text).toContain('error-report.test')
  expect(text).toContain('caused by Error: inner')
})

test('what is thrown without being an error is reported as well', () => {
  expect(reportOf('boom').message).toBe('this is a bug in mailmirror: boom')
})
