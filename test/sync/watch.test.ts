import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { DemoServer, DemoServerOptions } from '../../src/demo/demo-server.ts'
import type { MailStore } from '../../src/demo/mail-store.ts'
import { mailStoreState, mirrorState } from '../support/mirror-state.ts'
import { accountAt, password } from '../support/run-sync.ts'
import { RunningWatch } from '../support/run-watch.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { flagged, letter, smallServer } from './letters.ts'

async function serve(store: MailStore, options: Partial<DemoServerOptions> = {}): Promise<DemoServer> {
  const server = await startDemoServer({ store, users: { ada: password }, ...options })
  onTestFinished(() => server.close())
  return server
}

const newStore = (): string => join(temporaryDirectory(), 'mail.db')
const linesOf = ({ commands }: DemoServer): readonly string[] => commands.map(({ line }) => line.replace(/^\S+ /, ''))

test('what another client does to INBOX is in the store as soon as the server tells it', async () => {
  const store = smallServer()
  const server = await serve(store)
  const storePath = newStore()
  await using running = await RunningWatch.start({ accounts: [accountAt(server.port)], storePath })
  await running.mirrored()
  await running.listening()
  store.append('INBOX', letter('arrived meanwhile'))
  expect((await running.passOf('INBOX')).newMessages).toBe(1)
  store.setFlags('INBOX', 1, [flagged])
  expect((await running.passOf('INBOX')).flagChanges).toBe(1)
  store.expunge('INBOX', [2])
  expect((await running.passOf('INBOX')).removed).toBe(1)
  expect(mirrorState(storePath)).toEqual(mailStoreState(store))
  expect((await running.stop()).reason).toBe('signal')
  expect(linesOf(server).filter((line) => line === 'IDLE').length).toBeGreaterThan(1)
  expect(server.openConnections).toBe(0)
})
