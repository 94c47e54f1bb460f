import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { sampleMail } from '../../src/demo/sample-mail.ts'
import { createImapSource } from '../../src/imap/imap-source.ts'
import { mailStoreState, mirrorState } from '../support/mirror-state.ts'
import { accountAt, password, runSync } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { fixedPassword } from '../support/fixed-password.ts'

test('F15: a server that never answers the second login does not hold up the end of the run', async () => {
  const store = sampleMail()
  await using server = await startDemoServer({
    store,
    users: { ada: password },
    faults: [{ when: { command: /LOGIN|AUTHENTICATE/, connection: 2 }, action: { kind: 'stall' } }],
  })
  const storePath = join(temporaryDirectory(), 'mail.db')
  // So patient that without a word of ours the run would outlast this test.
  const source = createImapSource({
    secrets: fixedPassword(password),
    version: '0.0.0',
    connectTimeoutMs: 600_000,
  })
  const { result, events } = await runSync({ accounts: [accountAt(server.port)], storePath, source })
  expect(result.complete).toBe(true)
  expect(server.faults.fired).toEqual([1])
  expect(events.filter(({ type }) => type === 'connection-opened')).toHaveLength(1)
  expect(mirrorState(storePath)).toEqual(mailStoreState(store))
})
