import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { sampleMail } from '../../src/demo/sample-mail.ts'
import { mailStoreState, mirrorState } from '../support/mirror-state.ts'
import { accountAt, password, runSync } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

test('a first sync holds every message of the server octet by octet, and a second one downloads nothing', async () => {
  const store = sampleMail()
  await using server = await startDemoServer({ store, users: { ada: password } })
  const storePath = join(temporaryDirectory(), 'mail.db')
  const accounts = [accountAt(server.port)]

  const first = await runSync({ accounts, storePath })
  expect(first.result.complete).toBe(true)
  expect(mirrorState(storePath)).toEqual(mailStoreState(store))

  const second = await runSync({ accounts, storePath })
  expect(second.result.complete).toBe(true)
  expect(second.events.filter(({ type }) => type === 'batch-started')).toEqual([])
  expect(mirrorState(storePath)).toEqual(mailStoreState(store))
})
