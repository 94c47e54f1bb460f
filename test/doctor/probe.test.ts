import { describe, expect, test } from 'vitest'
import { FaultStage } from '../sync/fault-stage.ts'
import { fill, flagged, inboxOf } from '../sync/letters.ts'
import { commandOf, doctorOf, found } from './doctor-home.ts'

const today = new Date().toISOString().slice(0, 10)
const QRESYNC = { extensions: { QRESYNC: true }, account: { connections: 4 } }

/** INBOX with twelve letters, and a mirror of it. */
async function mirrored(): Promise<FaultStage> {
  const stage = await FaultStage.open(inboxOf(12), QRESYNC)
  await stage.sync()
  return stage
}

const cutShort = (line: string): string => (line.startsWith('* SEARCH') ? '* SEARCH 1 2 3' : line)

const sent = (stage: FaultStage, pattern: RegExp): number =>
  stage.wire.commands.filter(({ line }) => pattern.test(line)).length

/** The server's faults stay: whoever looks must find them, whoever syncs must do without. */
describe('what doctor finds out about a server', () => {
  test('a good one keeps what it says, bears what is wanted, and is not probed again', async () => {
    await using stage = await mirrored()
    const first = await doctorOf(stage)
    expect(found(first, 'probe')).toEqual([
      `good the server keeps what it says (probed ${today}), and bears 4 connections at once`,
    ])
    stage.wire.restart()
    const second = await doctorOf(stage)
    expect(found(second, 'probe')).toEqual([`good the server keeps what it says (probed ${today})`])
    expect(stage.wire.count('LOGOUT')).toBe(1)
    expect(stage.wire.count('EXAMINE')).toBe(0)
    await doctorOf(stage, '--probe')
    expect(stage.wire.count('EXAMINE')).toBe(3)
  })

  test('F39 SEARCH that is cut short: syncs list by FETCH', async () => {
    await using stage = await mirrored()
    stage.fault(/UID SEARCH ALL/, { kind: 'edit-lines', edit: cutShort })
    expect(found(await doctorOf(stage), 'probe')).toEqual([
      'note SEARCH names 3 of 12 messages in INBOX; syncs use FETCH instead',
    ])
    stage.mail.createMailbox('Later')
    fill(stage.mail, 'Later', 2)
    const { result } = await stage.sync()
    expect(result.complete).toBe(true)
    expect({ searches: stage.wire.count('UID SEARCH'), bodies: stage.wire.bodies }).toEqual({ searches: 0, bodies: 2 })
  })

  test('a UIDNEXT that stands still: syncs do not take a mailbox for unchanged by it', async () => {
    await using stage = await mirrored()
    expect((await stage.sync()).result.complete).toBe(true)
    expect(stage.wire.count('EXAMINE')).toBe(0)
    stage.fault(/EXAMINE|LIST|STATUS/, { kind: 'field', field: 'UIDNEXT', value: '5' })
    expect(found(await doctorOf(stage), 'probe')).toEqual([
      'note UIDNEXT of INBOX is 5 where UID 12 is listed; syncs do not go by it',
    ])
    await stage.sync()
    await stage.sync()
    expect(stage.wire.count('EXAMINE')).toBe(1)
  })

  test('a HIGHESTMODSEQ below that of a message: syncs do without CONDSTORE and QRESYNC', async () => {
    await using stage = await mirrored()
    stage.fault(/EXAMINE|LIST|STATUS/, { kind: 'field', field: 'HIGHESTMODSEQ', value: '2' })
    const [quirk, ...others] = found(await doctorOf(stage), 'probe')
    expect(quirk).toMatch(/^note HIGHESTMODSEQ of INBOX is 2 where a message has \d+; syncs do without CONDSTORE$/)
    expect(others).toEqual([])
    stage.mail.setFlags('INBOX', 3, [flagged])
    const plan = await commandOf(stage, 'sync', '--dry-run', '--json')
    expect(plan.stdout).toContain('"why":"the server has no CONDSTORE"')
    const { result } = await stage.sync()
    expect(result.accounts[0]?.mailboxes[0]).toMatchObject({ complete: true, flagChanges: 1 })
    expect(sent(stage, /QRESYNC|CONDSTORE|CHANGEDSINCE|MODSEQ/)).toBe(0)
  })

  test('VANISHED that names messages which are there: syncs do without QRESYNC', async () => {
    await using stage = await mirrored()
    stage.fault(/ EXAMINE .*QRESYNC/, {
      kind: 'edit-lines',
      edit: (line) => (line.startsWith('* OK [HIGHESTMODSEQ') ? `${line}\r\n* VANISHED (EARLIER) 2:4` : line),
    })
    expect(found(await doctorOf(stage), 'probe')).toEqual([
      'note QRESYNC says of 3 messages in INBOX that it vanished, and lists it; syncs do without QRESYNC',
    ])
    stage.mail.setFlags('INBOX', 3, [flagged])
    const { result } = await stage.sync()
    expect(result.accounts[0]?.mailboxes[0]).toMatchObject({ complete: true, flagChanges: 1, removed: 0 })
    expect({ resyncs: sent(stage, /QRESYNC/), changes: sent(stage, /CHANGEDSINCE/) }).toEqual({
      resyncs: 0,
      changes: 1,
    })
  })

  test('F15 fewer connections than the config has: syncs open no more', async () => {
    await using stage = await mirrored()
    const tooMany = { kind: 'answer', status: 'NO', text: '[LIMIT] Too many simultaneous connections' } as const
    // One for the login, two for the other questions; of those that are opened side by side the third is refused.
    const before = stage.server.connections
    stage.server.faults.add({ when: { command: /AUTHENTICATE/, nth: 6 }, times: 100, action: tooMany })
    expect(found(await doctorOf(stage), 'probe')).toEqual([
      'note the server bears 2 connections at once; syncs open no more for a week',
    ])
    expect(stage.server.connections - before).toBeLessThanOrEqual(8)
    stage.server.faults.clear()
    for (let number = 1; number <= 20; number++) {
      stage.mail.createMailbox(`Lists/${number}`)
      fill(stage.mail, `Lists/${number}`, 20)
    }
    const { result, events } = await stage.sync()
    expect(result.complete).toBe(true)
    expect(events.filter(({ type }) => type === 'connection-opened')).toHaveLength(2)
  })
})
