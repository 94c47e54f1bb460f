import { expect, test } from 'vitest'
import { pingText } from '../../src/ui/ping-text.ts'
import { accountResult, finished } from './sample-run.ts'

test('a success is its summary', () => {
  expect(pingText({ status: 0, code: undefined, result: finished([accountResult('personal')]) })).toBe(
    'mailmirror: 1 account, 1 mailbox complete, 0 new messages, in 2.5 s',
  )
})

test('a failure says how it ended in codes, and nothing that a server said or a name', () => {
  const error = { code: 'LOGIN_REJECTED', message: 'NO secret words', hint: 'for ada' } as const
  const result = finished([accountResult('personal', { outcome: 'failed', error, mailboxes: [] })])
  expect(pingText({ status: 77, code: undefined, result })).toBe(
    'mailmirror: 1 account, 0 mailboxes INCOMPLETE, 0 new messages, in 2.5 s, exit status 77 (LOGIN_REJECTED)',
  )
  expect(pingText({ status: 78, code: 'CONFIG_INVALID', result: undefined })).toBe(
    'mailmirror: no result, exit status 78 (CONFIG_INVALID)',
  )
  expect(pingText({ status: 130, code: undefined, result: undefined })).toBe('mailmirror: no result, exit status 130')
})
