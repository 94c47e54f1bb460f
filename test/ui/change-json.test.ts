import { expect, test } from 'vitest'
import { changeJson } from '../../src/ui/change-json.ts'

test('a change is one line with the keys of the contract, in their order', () => {
  expect(
    changeJson({
      seq: 7,
      at: '2026-10-05T08:00:00.000Z',
      account: 'personal',
      mailbox: 'INBOX',
      uidValidity: 1,
      uid: undefined,
      kind: 'epoch-started',
      before: undefined,
      after: { modseq: 9_223_372_036_854_775_807n },
    }),
  ).toBe(
    '{"v":1,"seq":7,"at":"2026-10-05T08:00:00.000Z","account":"personal","mailbox":"INBOX","uidValidity":1,"uid":null,' +
      '"kind":"epoch-started","before":null,"after":{"modseq":"9223372036854775807"}}\n',
  )
})
