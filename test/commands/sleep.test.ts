import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { sampleMail } from '../../src/demo/sample-mail.ts'
import { mailStoreState, mirrorState } from '../support/mirror-state.ts'
import { runCommand, startCommand, writeHome } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

test('F04 a machine that sleeps while the server hangs up wakes to a new connection, or says what is missing', async () => {
  const mail = sampleMail({ messages: 800 })
  await using server = await startDemoServer({ store: mail, users: { ada: password } })
  const { config, store } = writeHome(join(temporaryDirectory(), 'home'), server.port, 'connections = 1')
  // The server has gone by the time of the fourth batch.
  server.faults.add({ when: { command: /BODY\.PEEK/, nth: 4 }, action: { kind: 'close', how: 'rst', when: 'before' } })
  const sleeper = startCommand(['-c', config, 'sync', '--json'])
  let naps = 0
  sleeper.onLine = (line) => {
    if (!line.includes('"batch-started"') || naps++ > 2) return
    sleeper.child.kill('SIGSTOP')
    setImmediate(() => sleeper.child.kill('SIGCONT'))
  }
  const { status, stdout } = await sleeper.ended
  expect(naps).toBeGreaterThan(2)
  const isComplete = stdout.includes('"type":"sync-finished","complete":true')
  expect(status).toBe(isComplete ? 0 : 1)
  expect(isComplete ? mirrorState(store) : mailStoreState(mail)).toEqual(mailStoreState(mail))
  expect((await runCommand(['-c', config, 'sync', '-q'])).status).toBe(0)
  expect(mirrorState(store)).toEqual(mailStoreState(mail))
})
