import Sqlite from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { mailStoreState } from '../support/mirror-state.ts'
import type { RunOutcome } from '../support/run-sync.ts'
import { expectRecovery, FaultStage, mailboxOf } from './fault-stage.ts'
import { fill, flagged, inboxOf, seen } from './letters.ts'

const settings = [
  ['with CONDSTORE', {}],
  ['with QRESYNC', { QRESYNC: true }],
] as const

/** The commands that name what has changed. */
const naming = /CHANGEDSINCE| EXAMINE .*QRESYNC/

async function mirrored(messages: number, extensions: object): Promise<FaultStage> {
  const stage = await FaultStage.open(inboxOf(messages), { extensions })
  await stage.sync()
  return stage
}

const whyCompared = ({ events }: RunOutcome): readonly string[] =>
  events.flatMap((event) => (event.type === 'mailbox-compared' ? [event.why] : []))

const whyPlanned = ({ events }: RunOutcome): readonly string[] =>
  events.flatMap((event) => (event.type === 'mailbox-planned' ? [`${event.tier}: ${event.why}`] : []))

/** Commands that name all messages. */
const listings = ({ wire }: FaultStage): number =>
  wire.commands.filter(({ line }) => /UID FETCH 1:\* (?!.*CHANGEDSINCE)/.test(line)).length

describe.each(settings)('F41 changes that the server leaves out, %s', (_name, extensions) => {
  test('are noticed where the last change is none of those that it names', async () => {
    await using stage = await mirrored(20, extensions)
    stage.mail.setFlags('INBOX', [3], [flagged])
    stage.mail.setFlags('INBOX', [5, 8], [flagged, seen])
    stage.fault(naming, { kind: 'omit-rows', uids: [5, 8] })
    const outcome = await stage.sync()
    expect(mailboxOf(outcome)).toMatchObject({ complete: true, flagChanges: 3 })
    expect(whyCompared(outcome)).toEqual(['HIGHESTMODSEQ went from 21 to 24, and the server names no change above 22'])
    await expectRecovery(stage)
  })

  test('are noticed where it names none', async () => {
    await using stage = await mirrored(20, extensions)
    stage.mail.setFlags('INBOX', [3], [flagged])
    stage.fault(naming, { kind: 'omit-rows', uids: [3] })
    const outcome = await stage.sync()
    expect(mailboxOf(outcome)).toMatchObject({ complete: true, flagChanges: 1 })
    expect(whyCompared(outcome)).toEqual([
      'HIGHESTMODSEQ went from 21 to 22, and the server names nothing that has changed',
    ])
    await expectRecovery(stage)
  })

  test('and cannot be noticed so are found after a hundred passes', async () => {
    await using stage = await mirrored(20, extensions)
    stage.mail.setFlags('INBOX', [3, 5], [flagged])
    stage.fault(naming, { kind: 'omit-rows', uids: [3] })
    expect(whyCompared(await stage.sync())).toEqual([])
    expect(stage.mirror).not.toEqual(mailStoreState(stage.mail))
    stage.server.faults.clear()
    setComparison(stage, 'passes_since = 100')
    const outcome = await stage.sync()
    expect(whyPlanned(outcome)).toEqual(['listing: all was last compared 100 passes ago'])
    expect(mailboxOf(outcome)).toMatchObject({ complete: true, flagChanges: 1 })
    expect(stage.mirror).toEqual(mailStoreState(stage.mail))
    expect(whyPlanned(await stage.sync())).toEqual(['unchanged: uidNext, messages and highestModseq are as before'])
  })

  test('are found after a month, also where nothing else happens', async () => {
    await using stage = await mirrored(20, extensions)
    setComparison(stage, `compared_at = compared_at - ${31.5 * 86_400_000}`)
    const outcome = await stage.sync()
    expect(whyPlanned(outcome)).toEqual(['listing: all was last compared 31 days ago'])
    expect(listings(stage)).toBe(1)
    await stage.sync()
    expect(listings(stage)).toBe(0)
  })

  test('are looked for in another run where that costs a connection, and new mail does not wait', async () => {
    await using stage = await mirrored(20, extensions)
    setComparison(stage, 'passes_since = 100')
    fill(stage.mail, 'INBOX', 1)
    stage.fault(/UID FETCH 1:\* \(UID FLAGS MODSEQ\)$/, { kind: 'cut', how: 'rst', afterOctets: 200 })
    expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, newMessages: 1 })
    expect(listings(stage)).toBe(1)
    stage.server.faults.clear()
    expect(whyPlanned(await stage.sync())).toEqual(['listing: all was last compared 101 passes ago'])
    expect(listings(stage)).toBe(1)
  })

  test('are not looked for in a mailbox that was empty and stays so', async () => {
    await using stage = await mirrored(0, extensions)
    expect(whyPlanned(await stage.sync())).toEqual(['unchanged: uidNext, messages and highestModseq are as before'])
  })

  test('are not suspected where flags change, mail comes and goes: nothing is listed', async () => {
    await using stage = await mirrored(20, extensions)
    const days: readonly (() => void)[] = [
      () => stage.mail.setFlags('INBOX', [3, 9], [flagged]),
      () => fill(stage.mail, 'INBOX', 2),
      () => {
        // It came and went between two runs: only HIGHESTMODSEQ and UIDNEXT show it.
        const [uid = 0] = fill(stage.mail, 'INBOX', 1)
        stage.mail.expunge('INBOX', [uid])
      },
      () => {
        stage.mail.setFlags('INBOX', [4], [flagged])
        stage.mail.expunge('INBOX', [7])
      },
      () => {
        stage.mail.expunge('INBOX', [8])
        fill(stage.mail, 'INBOX', 1)
      },
    ]
    for (const happen of days) {
      happen()
      const outcome = await stage.sync()
      expect(whyCompared(outcome)).toEqual([])
      expect(listings(stage)).toBe(0)
      expect(stage.mirror).toEqual(mailStoreState(stage.mail))
    }
  })

  test('are suspected ever less of a server whose HIGHESTMODSEQ moves by itself', async () => {
    await using stage = await mirrored(20, extensions)
    let modseq = 100
    const compared: number[] = []
    for (let run = 1; run <= 20; run++) {
      stage.server.faults.clear()
      const value = String(++modseq)
      stage.fault(/ (?:LIST|EXAMINE) /, { kind: 'field', field: 'HIGHESTMODSEQ', value })
      if (whyCompared(await stage.sync()).length > 0) compared.push(run)
    }
    expect(compared).toEqual([1, 3, 7, 15])
  })
})

function setComparison({ storePath }: FaultStage, assignment: string): void {
  const database = new Sqlite(storePath)
  try {
    database.exec(`UPDATE epoch SET ${assignment}`)
  } finally {
    database.close()
  }
}
