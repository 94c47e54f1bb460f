import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { DemoServer } from '../../src/demo/demo-server.ts'
import { MailStore } from '../../src/demo/mail-store.ts'
import { letterOf, mailOf, mirrorOf } from '../support/mirrored-home.ts'
import type { Home } from '../support/mirrored-home.ts'
import { runCommand, writeHome } from '../support/run-command.ts'
import type { CommandResult } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'

const serve = (store: MailStore): Promise<DemoServer> =>
  startDemoServer({ store, users: { ada: password }, faults: [] })

const restore = ({ run }: Home, ...more: readonly string[]): Promise<CommandResult> =>
  run('restore', '--to', 'ada', ...more)

test('damaged messages are left out and named: 65', async () => {
  const from = await mirrorOf(mailOf({ INBOX: [letterOf('one'), letterOf('two')] }))
  const { default: Sqlite } = await import('better-sqlite3')
  const facts = new Sqlite(from.store)
  facts.prepare('UPDATE content SET data = zeroblob(length(data)) WHERE id = 1').run()
  facts.close()
  const target = new MailStore()
  await using server = await serve(target)
  writeHome(from.home, server.port)
  const { status, stderr } = await restore(from)
  expect([status, stderr]).toEqual([65, expect.stringMatching(/not restored: message 1 to INBOX: .*damaged/)])
  expect(target.mailboxes.flatMap(({ messages }) => messages)).toHaveLength(1)
})

test('bad arguments, a wrong password and a server that is not there are told apart', async () => {
  const from = await mirrorOf(mailOf({ INBOX: [letterOf('one')] }))
  for (const words of [[], ['--to', 'ada//x'], ['--rehearse', '--dry-run']])
    expect((await from.run('restore', ...words)).status).toBe(64)
  expect((await from.run('restore', '--to', 'eve')).status).toBe(66)
  writeHome(from.home, 1)
  expect((await restore(from)).status).toBe(69)
  await using server = await serve(new MailStore())
  writeHome(from.home, server.port)
  expect((await runCommand(from.args('restore', '--to', 'ada'), { ADA_PASSWORD: 'wrong' })).status).toBe(77)
})
