import { expect, test } from 'vitest'
import { openRestoreJournal } from '../../src/store/restore-journal.ts'
import { temporaryStorePath } from './sample-store.ts'

const threadUrl = new URL('../../dist/writer-thread.js', import.meta.url)

test('a restore may be noted in a store that is yet to be made', async () => {
  const options = { path: temporaryStorePath(), allowNetwork: false, version: '0.1.0', threadUrl }
  using journal = await openRestoreJournal({ ...options, account: 'work', clock: () => 0 })
  await journal.note('INBOX', 7n, [[3, 'ab'.repeat(32)]])
  expect(await journal.read('INBOX', 7n)).toEqual(new Map([[3, 'ab'.repeat(32)]]))
})
