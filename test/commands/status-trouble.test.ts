import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { sampleMail } from '../../src/demo/sample-mail.ts'
import { runCommand, startCommand, writeHome } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

test('status says why the last pass of a mailbox was not complete, and how the last sync ended (F20, F54)', async () => {
  await using server = await startDemoServer({ store: sampleMail(), users: { ada: password } })
  const { config } = writeHome(join(temporaryDirectory(), 'home'), server.port)
  const run = (...args: readonly string[]) => runCommand(['-c', config, ...args])
  expect((await run('sync', '-q')).status).toBe(0)
  expect((await run('status')).stdout).toMatch(/^Sent .* complete$/m)
  server.faults.add({
    when: { command: / LIST / },
    // Something has changed, so that it is looked into.
    action: { kind: 'edit-lines', edit: (line) => line.replace(/(STATUS "?Sent"? .*UIDNEXT )\d+/, '$1999') },
  })
  server.faults.add({ when: { command: /EXAMINE "?Sent/ }, action: { kind: 'answer', status: 'NO', text: 'not now' } })
  expect((await run('sync', '-q')).status).toBe(1)
  const refused: unknown = JSON.parse((await run('status', '--json', 'ada/Sent')).stdout)
  const mailbox = { complete: false, reason: 'could not examine mailbox "Sent": NO not now' }
  expect(refused).toMatchObject({ accounts: [{ lastRun: { outcome: 'incomplete' }, mailboxes: [mailbox] }] })
  expect((await run('status', '-v')).stdout).toMatch(/^ada\/Sent: could not examine mailbox "Sent": NO not now$/m)
  server.faults.clear()
  expect((await run('sync', '-q')).status).toBe(0)
  expect((await run('status')).stdout).toMatch(/^Sent .* complete$/m)

  server.faults.add({ when: { command: / LIST / }, action: { kind: 'stall' } })
  const killed = startCommand(['-c', config, 'sync', '--json'])
  killed.onLine = (line) => {
    if (line.includes('"connection-opened"')) killed.child.kill('SIGKILL')
  }
  await killed.ended
  expect((await run('status')).stdout).toMatch(/^a sync began at \d{4}-.* and has not ended/m)
  await server.close()
  expect((await run('sync', '-q')).status).toBe(69)
  expect((await run('status')).stdout).toMatch(/^the last sync was a failure at .*: could not reach/m)
})
