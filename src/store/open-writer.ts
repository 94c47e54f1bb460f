import type { Database } from 'better-sqlite3'
import { canonicalStorePath } from './file-safety.ts'
import { indexPathOf, openFacts, openIndex } from './open-database.ts'
import { epochContents } from './read-epoch.ts'
import { RunLock } from './run-lock.ts'
import { batchWriter } from './write-batch.ts'
import { changeWriter, logClock } from './write-changes.ts'
import type { WriterState } from './write-changes.ts'
import { epochWriter } from './write-epochs.ts'
import { flagWriter } from './write-flags.ts'
import { mailboxRecorder } from './write-mailboxes.ts'
import { removalWriter } from './write-removals.ts'
import { mailboxRenamer } from './write-renames.ts'
import { runWriter } from './write-runs.ts'
import type { WriterHandlers, WriterOptions, Work } from './writer-protocol.ts'

/** An open store, its run lock held. */
export interface Writer {
  readonly facts: Database
  readonly state: WriterState
  readonly handlers: WriterHandlers
  close(): void
}

/** Throws what `openMirrorStore` says; then nothing is left open and the lock is free. */
export function openWriter(options: WriterOptions, clock: () => number): Writer {
  const rules = { allowNetwork: options.allowNetwork }
  const path = canonicalStorePath(options.path)
  const lock = RunLock.acquire(path, rules, new Date(clock()).toISOString())
  try {
    const facts = openFacts(path, rules)
    // Later the indexer's; made here so that a store is whole from its first run.
    openIndex(indexPathOf(path), rules).close()
    const state: WriterState = { run: undefined, clock, now: logClock(facts, clock) }
    return {
      facts,
      state,
      handlers: writerHandlers(facts, state, options),
      close: () => {
        closeFacts(facts)
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Empties the write-ahead log even if a reader keeps SQLite from removing it, unless that reader is in its midst. */
function closeFacts(facts: Database): void {
  try {
    facts.pragma('busy_timeout = 0')
    facts.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    facts.close()
  }
}

const inTransaction = <Answer>(run: () => Answer): Work<Answer> => ({ run })

function writerHandlers(
  facts: Database,
  state: WriterState,
  { compress, version }: Pick<WriterOptions, 'compress' | 'version'>,
): WriterHandlers {
  const writeChange = changeWriter(facts, state)
  const runs = runWriter(facts, state, version)
  const recordMailboxes = mailboxRecorder(facts, state, writeChange)
  const renameMailbox = mailboxRenamer(facts, state, writeChange)
  const epochs = epochWriter(facts, state, writeChange)
  const removals = removalWriter(facts, state, writeChange)
  const applyFlags = flagWriter(facts, writeChange)
  const contents = epochContents(facts)
  return {
    beginRun: (accounts) => inTransaction(() => runs.begin(accounts)),
    finishRun: ({ outcome, accounts }) => inTransaction(() => runs.end(outcome, accounts)),
    recordServer: ({ account, capabilities, id }) =>
      inTransaction(() => runs.describeServer(account, capabilities, id)),
    recordMailboxes: ({ account, listed }) => inTransaction(() => recordMailboxes(account, listed)),
    markMailboxGone: (mailbox) => inTransaction(() => removals.removeMailbox(mailbox)),
    renameMailbox: ({ from, to }) => inTransaction(() => renameMailbox(from, to)),
    openEpoch: ({ mailbox, uidValidity }) => inTransaction(() => epochs.open(mailbox, uidValidity)),
    presentUids: (epoch) => inTransaction(() => contents.presentUids(epoch)),
    failures: (epoch) => inTransaction(() => contents.failures(epoch)),
    fingerprints: (epoch) => inTransaction(() => contents.fingerprints(epoch)),
    applyBatch: batchWriter(facts, { state, writeChange, compress }),
    applyFlags: ({ epoch, rows }) => inTransaction(() => applyFlags(epoch, rows)),
    markRemoved: ({ epoch, bounds }) => inTransaction(() => removals.removeUids(epoch, bounds)),
    completePass: ({ epoch, cursor }) => inTransaction(() => epochs.complete(epoch, cursor)),
  }
}
