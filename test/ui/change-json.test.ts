import { expect, test } from 'vitest'
import type { Change } from '../../src/model/change.ts'
import { changeJson, keepAliveJson } from '../../src/ui/change-json.ts'

const change: Change = {
  seq: 7,
  at: '2026-10-05T08:00:00.000Z',
  account: 'personal',
  mailbox: 'INBOX',
  uidValidity: 1,
  uid: undefined,
  kind: 'epoch-started',
  before: undefined,
  after: { modseq: 9_223_372_036_854_775_807n },
}

test('a change is one line with the keys of the contract, in their order', () => {
  expect(changeJson(change, undefined)).toBe(
    '{"v":1,"seq":7,"at":"2026-10-05T08:00:00.000Z","account":"personal","mailbox":"INBOX","uidValidity":1,"uid":null,' +
      '"kind":"epoch-started","before":null,"after":{"modseq":"9223372036854775807"}}\n',
  )
})

test('where there are several stores each line names its own', () => {
  expect(changeJson(change, 'main')).toMatch(/^\{"v":1,"store":"main","seq":7,/)
  expect(keepAliveJson({ at: change.at, seq: 9, store: 'main' })).toBe(
    `{"v":1,"type":"keep-alive","store":"main","at":"${change.at}","seq":9}\n`,
  )
  expect(keepAliveJson({ at: change.at, seq: 9, store: undefined })).toBe(
    `{"v":1,"type":"keep-alive","at":"${change.at}","seq":9}\n`,
  )
})
