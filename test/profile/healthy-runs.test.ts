import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { sampleMail } from '../../src/demo/sample-mail.ts'
import { homeAt } from '../support/mirrored-home.ts'
import { writeHome } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'
import { diagnosed, mail } from './diagnosed-run.ts'

const isHealthy =
  /^The run took [\d.]+ m?s(?:: there is nothing to make faster|: .*; nothing stands out|: .*, at the pace of .*; nothing is wrong)\.$/
const indexed = sampleMail({ messages: 500 })

// Each is synced twice: at first, and when there is nothing new. Twenty runs.
test.each([
  { what: 'one message', store: mail(1, 1, 100), connections: 1 },
  { what: 'nothing at all', store: mail(1, 0, 0), connections: 4 },
  { what: 'one small mailbox', store: mail(1, 50, 500), connections: 4 },
  { what: 'many small mailboxes', store: mail(700, 2, 300), connections: 4 },
  { what: 'many mailboxes over one connection', store: mail(40, 3, 300), connections: 1 },
  { what: 'some large messages', store: mail(2, 6, 2_000_000), connections: 2 },
  { what: 'mail as people have it', store: indexed, connections: 4 },
  { what: 'some thousand messages', store: mail(3, 900, 2000), connections: 4 },
  { what: 'one large mailbox', store: mail(1, 60_000, 900), connections: 1 },
  { what: 'much mail', store: mail(8, 500, 60_000), connections: 4 },
])('$what: nothing is wrong with it', async ({ store, connections }) => {
  await using server = await startDemoServer({ store, users: { ada: password } })
  const home = homeAt(server.port)
  writeHome(home.home, server.port, `connections = ${connections}`)
  for (const _ of ['first', 'again']) {
    await home.run('sync', '-q', ...(store === indexed ? [] : ['--no-index']))
    const { cause, sentence } = await diagnosed(home)
    expect([cause, sentence]).toEqual(['none', expect.stringMatching(isHealthy)])
  }
})
