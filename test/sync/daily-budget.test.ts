import Sqlite from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import type { MailSource, MirrorStore } from '../../src/sync/ports.ts'
import { mailStoreState } from '../support/mirror-state.ts'
import { imapSource, runSync } from '../support/run-sync.ts'
import { accountOf, FaultStage, mailboxOf } from './fault-stage.ts'
import { emptyServer, letterOf, numbers, smallServer } from './letters.ts'
import { mortalStore } from './mortal-store.ts'

const octetsEach = 10_000
const budget = 25 * octetsEach

function scans(count: number) {
  const mail = emptyServer()
  for (const number of numbers(1, count)) mail.append('INBOX', letterOf(octetsEach, `scan ${number}`))
  return mail
}

function atStore<T>(path: string, act: (database: Sqlite.Database) => T): T {
  const database = new Sqlite(path)
  try {
    return act(database)
  } finally {
    database.close()
  }
}

const countedIn = (path: string): number =>
  atStore(path, (database) => database.prepare<[], number>('SELECT total(octets) FROM received').pluck().get() ?? 0)

/** As if so many hours had passed since. */
function age(path: string, hours: number): void {
  atStore(path, (database) => database.prepare('UPDATE received SET hour = hour - ?').run(hours))
}

const diesAtItsEleventhWrite = (store: MirrorStore): MirrorStore => mortalStore(store, 10).store

describe('F29 an account with a budget for 24 hours', () => {
  test('ends with what it has once the budget is spent, says so and when there is room, and goes on the next day', async () => {
    await using stage = await FaultStage.open(scans(60), { account: { budget } })
    const first = await stage.sync()
    const account = accountOf(first)
    expect(account).toMatchObject({ outcome: 'budget-spent', error: { code: 'BUDGET_SPENT' } })
    const inHours = (Date.parse(account.error?.resumesAt ?? '') - Date.now()) / 3_600_000
    expect([inHours > 23, inHours <= 25]).toEqual([true, true])
    const inbox = mailboxOf(first)
    expect(inbox).toMatchObject({ complete: false, serverMessages: 60, failed: [] })
    expect(inbox.reason).toContain('its budget of 250000 octets for 24 hours is spent')
    expect(inbox.messages).toBeGreaterThan(20)
    expect(inbox.messages).toBeLessThanOrEqual(25)
    const { connections } = stage.server
    const same = await stage.sync()
    expect(accountOf(same)).toMatchObject({ outcome: 'budget-spent', mailboxes: [] })
    expect(stage.server.connections).toBe(connections)

    let received = account.receivedOctets
    let days = 1
    for (let isComplete = false; !isComplete && days < 9; days++) {
      age(stage.storePath, 26)
      const outcome = await stage.sync()
      isComplete = outcome.result.complete
      received += accountOf(outcome).receivedOctets
    }
    expect(days).toBe(3)
    expect(stage.mirror).toEqual(mailStoreState(stage.mail))
    // What was on its way when the budget was spent comes twice, and nothing else.
    expect(received).toBeLessThan(1.3 * 60 * octetsEach)
  })

  test('counts all runs of 24 hours, and each only as long', async () => {
    await using stage = await FaultStage.open(scans(15), { account: { budget } })
    expect((await stage.sync()).result.complete).toBe(true)
    const once = countedIn(stage.storePath)
    expect(once).toBeGreaterThan(15 * octetsEach)
    for (const number of numbers(1, 15)) stage.mail.append('INBOX', letterOf(octetsEach, `more ${number}`))
    const second = await stage.sync()
    expect(accountOf(second).outcome).toBe('budget-spent')
    expect(mailboxOf(second).newMessages).toBeLessThan(11)
    expect(countedIn(stage.storePath)).toBeGreaterThan(budget)
    age(stage.storePath, 23)
    expect(accountOf(await stage.sync()).outcome).toBe('budget-spent')
    age(stage.storePath, 3)
    expect((await stage.sync()).result.complete).toBe(true)
    // What no longer counts is forgotten.
    expect(countedIn(stage.storePath)).toBeLessThan(budget)
  })

  test('counts what a run has received that was killed', async () => {
    const mail = emptyServer()
    for (const number of numbers(1, 60)) mail.append('INBOX', letterOf(200_000, `photo ${number}`))
    await using stage = await FaultStage.open(mail, { account: { budget: 50_000_000 } })
    const { storePath } = stage
    await expect(
      runSync({ accounts: [stage.account], storePath, wrapStore: diesAtItsEleventhWrite }),
    ).rejects.toMatchObject({
      code: 'STORE_IO',
    })
    const held = Object.keys(stage.mirror).length
    expect(held).toBeGreaterThan(10)
    expect(held).toBeLessThan(60)
    expect(countedIn(storePath)).toBeGreaterThanOrEqual(held * 200_000)
  })

  test('that has two connections stops both', async () => {
    await using stage = await FaultStage.open(scans(2500), { account: { budget: 100 * octetsEach, connections: 2 } })
    const outcome = await stage.sync()
    expect(accountOf(outcome).outcome).toBe('budget-spent')
    expect(mailboxOf(outcome).messages).toBeLessThanOrEqual(102)
    expect(stage.server.openConnections).toBe(0)
  })
})

/** The server of a test under a name of one's choice. */
const elsewhere: MailSource = {
  connect: (account, lane, signal) =>
    imapSource().connect({ ...account, imap: { ...account.imap, host: '127.0.0.1' } }, lane, signal),
}

test('F29 Gmail has a budget unless the config says otherwise: 2,500 MB', async () => {
  await using stage = await FaultStage.open(smallServer())
  const { account } = stage
  const gmail = { ...account, imap: { ...account.imap, host: 'imap.gmail.com' } }
  await stage.sync({ accounts: [gmail], source: elsewhere })
  atStore(stage.storePath, (database) => database.prepare('UPDATE received SET octets = 2500000000').run())
  const outcomes = []
  for (const one of [gmail, { ...gmail, budget: 3_000_000_000 }, account]) {
    outcomes.push(accountOf(await stage.sync({ accounts: [one], source: elsewhere })).outcome)
  }
  expect(outcomes).toEqual(['budget-spent', 'complete', 'complete'])
})
