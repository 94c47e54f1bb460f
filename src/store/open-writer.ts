import { existsSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { historyKeeper } from './account-history.ts'
import { canonicalStorePath } from './file-safety.ts'
import { indexPathOf, openFacts, openIndex } from './open-database.ts'
import { epochContents } from './read-epoch.ts'
import { heldMessages } from './read-held.ts'
import { takeRunLock } from './run-lock.ts'
import { toStoreError } from './sqlite-error.ts'
import { batchWriter } from './write-batch.ts'
import { changeWriter, logClock } from './write-changes.ts'
import type { WriterState } from './write-changes.ts'
import { contentRestorer } from './restore-content.ts'
import { epochWriter } from './write-epochs.ts'
import { flagWriter } from './write-flags.ts'
import { localMailboxes } from './write-local.ts'
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
  try {
    const path = canonicalStorePath(options.path)
    const lock = takeRunLock(path, options, new Date(clock()).toISOString())
    try {
      return openLocked({ ...options, path }, clock, lock)
    } catch (error) {
      lock[Symbol.dispose]()
      throw error
    }
  } catch (error) {
    throw toStoreError(error, `open the store ${options.path}`)
  }
}

function openLocked(options: WriterOptions, clock: () => number, lock: Disposable): Writer {
  const facts = openFacts(options.path, options)
  try {
    // The indexer's; made here so that a store is whole from its first run.
    const indexPath = indexPathOf(options.path)
    if (!existsSync(indexPath)) openIndex(indexPath, options).close()
    const state: WriterState = { run: undefined, clock, now: logClock(facts, clock) }
    const close = (): void => {
      emptyLog(facts)
      facts.close()
      lock[Symbol.dispose]()
    }
    return { facts, state, handlers: writerHandlers(facts, state, options), close }
  } catch (error) {
    facts.close()
    throw error
  }
}

/** Empties the write-ahead log even if a reader keeps SQLite from removing it, unless that reader is in its midst. */
function emptyLog(facts: Database): void {
  try {
    facts.pragma('busy_timeout = 0')
    facts.pragma('wal_checkpoint(TRUNCATE)')
  } catch {
    // Whatever is in the log is durable there; on a full disk it waits for the next run.
  }
}

const inTransaction = <Answer>(run: () => Answer): Work<Answer> => ({ run })

function writerHandlers(
  facts: Database,
  state: WriterState,
  { compress, version }: Pick<WriterOptions, 'compress' | 'version'>,
): WriterHandlers {
  const writeChange = changeWriter(facts, state)
  const history = historyKeeper(facts, state)
  const runs = runWriter(facts, state, version)
  const recordMailboxes = mailboxRecorder(facts, state, writeChange)
  const renameMailbox = mailboxRenamer(facts, state, writeChange)
  const epochs = epochWriter(facts, state, writeChange)
  const local = localMailboxes(facts, state, { writeChange, epochs })
  const removals = removalWriter(facts, state, writeChange)
  const applyFlags = flagWriter(facts, writeChange)
  const contents = epochContents(facts)
  const restoreContent = contentRestorer(facts, writeChange, compress)
  const held = heldMessages(facts)
  return {
    beginRun: (accounts) => inTransaction(() => runs.begin(accounts)),
    finishRun: ({ outcome, accounts }) => inTransaction(() => runs.end(outcome, accounts)),
    accountHistory: (account) => inTransaction(() => history.read(account)),
    noteHistory: ({ account, note }) => inTransaction(() => history.note(account, note)),
    recordServer: ({ account, capabilities, id }) =>
      inTransaction(() => runs.describeServer(account, capabilities, id)),
    recordMailboxes: ({ account, listed }) => inTransaction(() => recordMailboxes(account, listed)),
    markMailboxGone: (mailbox) => inTransaction(() => removals.removeMailbox(mailbox)),
    renameMailbox: ({ from, to }) => inTransaction(() => renameMailbox(from, to)),
    openEpoch: ({ mailbox, uidValidity }) => inTransaction(() => epochs.open(mailbox, uidValidity)),
    presentUids: (epoch) => inTransaction(() => contents.presentUids(epoch)),
    failures: (epoch) => inTransaction(() => contents.failures(epoch)),
    fingerprints: (epoch) => inTransaction(() => contents.fingerprints(epoch)),
    formerMessages: (epoch) => inTransaction(() => held.formerMessages(epoch)),
    hasProviderIds: (epoch) => inTransaction(() => held.hasProviderIds(epoch)),
    contentsByProviderId: ({ epoch, ids }) => inTransaction(() => held.contentsByProviderId(epoch, ids)),
    headerProofs: (ids) => inTransaction(() => held.headerProofs(ids)),
    restoreContent: ({ content, octets }) => inTransaction(() => restoreContent(content, octets)),
    openLocal: ({ account, path }) => inTransaction(() => local.open(account, path)),
    placedIn: ({ epoch, hashes }) => inTransaction(() => local.placedIn(epoch, hashes)),
    completeLocal: (epoch) => inTransaction(() => local.complete(epoch)),
    applyBatch: batchWriter(facts, { state, writeChange, compress }),
    applyFlags: ({ epoch, rows }) => inTransaction(() => applyFlags(epoch, rows)),
    markRemoved: ({ epoch, bounds }) => inTransaction(() => removals.removeUids(epoch, bounds)),
    completePass: ({ epoch, cursor, comparison = 'changes' }) =>
      inTransaction(() => epochs.complete(epoch, cursor, comparison)),
  }
}
