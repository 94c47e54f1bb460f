import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { sampleMail } from '../../src/demo/sample-mail.ts'
import { mailStoreState, mirrorState } from '../support/mirror-state.ts'
import { runCommand, startCommand, writeHome } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { bodiesAsked } from './bodies-asked.ts'

function expectSound(storePath: string): void {
  const database = new Sqlite(storePath, { readonly: true })
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
  const rows = database.prepare('SELECT count(*) FROM change').pluck().get()
  expect(database.prepare('SELECT max(seq) FROM change').pluck().get()).toBe(rows)
  database.close()
}

let killedInTheMiddle = 0

// After the n-th line of the first run's events: early, in the middle of the batches, near the end.
test.each([1, 2, 4, 6, 9, 12, 15, 20, 25, 30, 36, 42, 50, 60])(
  'F06: a sync that is killed at event %i and run again ends as if it had never been killed, and fetches no committed body twice',
  async (lines) => {
    const store = sampleMail({ messages: 1500 })
    await using server = await startDemoServer({ store, users: { ada: password } })
    const home = writeHome(join(temporaryDirectory(), 'home'), server.port, 'connections = 2')

    const first = startCommand(['-c', home.config, 'sync', '--json'])
    let seen = 0
    first.onLine = () => {
      if (++seen === lines) first.child.kill('SIGKILL')
    }
    const killed = await first.ended
    expect(killed.signal).toBe('SIGKILL')

    const committed = Object.keys(tryState(home.store))
    if (committed.length > 0 && committed.length < 1500) killedInTheMiddle++
    const before = server.commands.length
    const second = await runCommand(['-c', home.config, 'sync', '--json'])
    expect([second.status, second.stderr]).toEqual([0, ''])
    expect(mirrorState(home.store)).toEqual(mailStoreState(store))
    expectSound(home.store)
    expect(committed.filter(bodiesAsked(server, before))).toEqual([])
  },
)

test('F06: some of these syncs were killed between two of their commits', () => {
  expect(killedInTheMiddle).toBeGreaterThan(2)
})

/** A run that was killed early may not have made the store yet. */
function tryState(storePath: string): ReturnType<typeof mirrorState> {
  try {
    return mirrorState(storePath)
  } catch {
    return {}
  }
}
