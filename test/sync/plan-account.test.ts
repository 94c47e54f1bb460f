import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { AppError } from '../../src/model/errors.ts'
import { createLaneRecorder } from '../../src/profile/recorder.ts'
import { openStoreReader } from '../../src/store/sqlite-store-reader.ts'
import type { SyncEvent } from '../../src/sync/events.ts'
import { syncAccounts } from '../../src/sync/sync-loop.ts'
import { imapSource } from '../support/run-sync.ts'
import { accountOf, FaultStage } from './fault-stage.ts'
import type { RunOutcome } from '../support/run-sync.ts'
import { fill, flagged, smallServer } from './letters.ts'
import { expectOnlyReading } from './wire-log.ts'

/** What `--dry-run` does: the engine without a store that it could write to. `interrupt` ends it after the first plan. */
async function plan({ account, storePath }: FaultStage, interrupt?: AbortController): Promise<RunOutcome> {
  const reader = existsSync(storePath) ? openStoreReader({ path: storePath, allowNetwork: true }) : undefined
  const events: SyncEvent[] = []
  const result = await syncAccounts(
    {
      accounts: [{ ...account, store: storePath }],
      selectors: [],
      full: false,
      dryRun: true,
      acceptRemovals: false,
      leftOut: () => undefined,
      limits: { connections: 2, connectionsPerHost: 2 },
    },
    {
      source: imapSource(),
      stores: new Map(),
      readers: reader === undefined ? new Map() : new Map([[storePath, reader]]),
      recorder: createLaneRecorder(() => Math.round(performance.now() * 1000)),
      clock: { monotonicMs: () => performance.now(), delay: () => Promise.resolve(), random: () => 0 },
      onEvent: (event) => {
        events.push(event)
        if (event.type === 'mailbox-planned')
          interrupt?.abort(new AppError({ code: 'INTERRUPTED', message: 'interrupted' }))
      },
      signal: interrupt?.signal ?? new AbortController().signal,
    },
  )
  reader?.close()
  return { result, events }
}

const planned = ({ events }: RunOutcome) =>
  Object.fromEntries(
    events.flatMap((event) => (event.type === 'mailbox-planned' ? [[event.mailbox, event.tier] as const] : [])),
  )

test('a plan of an account that is not mirrored yet names every mailbox and writes nothing', async () => {
  await using stage = await FaultStage.open(smallServer())
  const outcome = await plan(stage)
  expect(planned(outcome)).toEqual({ INBOX: 'first', 'Archive/2024': 'first', Sent: 'first', Drafts: 'first' })
  expect(outcome.result.complete).toBe(false)
  expect(existsSync(stage.storePath)).toBe(false)
  expectOnlyReading(stage.wire)
  expect(stage.wire.count('EXAMINE')).toBe(0)
})

test.each([
  ['LIST-STATUS', {}],
  ['STATUS', { 'LIST-STATUS': false }],
])('a plan of a mirrored account says what has changed, by %s', async (_name, extensions) => {
  await using stage = await FaultStage.open(smallServer(), { extensions })
  await stage.sync()
  expect((await plan(stage)).result.complete).toBe(true)
  const before = stage.mirror
  fill(stage.mail, 'INBOX', 2)
  stage.mail.setFlags('Sent', 1, [flagged])
  stage.mail.setUidValidity('Archive/2024', 9000)
  stage.mail.createMailbox('New')
  const outcome = await plan(stage)
  expect(planned(outcome)).toEqual({
    INBOX: 'condstore',
    'Archive/2024': 'new-epoch',
    Sent: 'condstore',
    Drafts: 'unchanged',
    New: 'first',
  })
  expect(outcome.events).toContainEqual(
    expect.objectContaining({
      type: 'mailbox-planned',
      mailbox: 'INBOX',
      messages: 5,
      serverMessages: 7,
      expectedMessages: 2,
    }),
  )
  expect(stage.mirror).toEqual(before)
})

test('a mailbox whose STATUS is refused does not hide the plan of the others (rule 9)', async () => {
  await using stage = await FaultStage.open(smallServer(), { extensions: { 'LIST-STATUS': false } })
  stage.fault(/ STATUS "?INBOX/, { kind: 'answer', status: 'NO', text: '[NOPERM] permission denied' })
  const outcome = await plan(stage)
  expect(Object.keys(planned(outcome))).toEqual(['Archive/2024', 'Sent', 'Drafts'])
  expect(accountOf(outcome)).toMatchObject({ outcome: 'incomplete' })
  expect(accountOf(outcome).mailboxes.find(({ path }) => path === 'INBOX')?.reason).toContain('permission denied')
})

test('a server that is not there fails the plan, and says why', async () => {
  const stage = await FaultStage.open(smallServer())
  await stage.server.close()
  expect(accountOf(await plan(stage))).toMatchObject({ outcome: 'failed', error: { code: 'SERVER_UNREACHABLE' } })
})

test('a plan that is interrupted says so, and has not failed (F13)', async () => {
  await using stage = await FaultStage.open(smallServer(), { extensions: { 'LIST-STATUS': false } })
  const outcome = await plan(stage, new AbortController())
  expect(accountOf(outcome)).toMatchObject({ outcome: 'interrupted', error: { code: 'INTERRUPTED' } })
  expect(Object.keys(planned(outcome))).toHaveLength(1)
})
