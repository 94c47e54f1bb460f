import { AppError } from '../../src/model/errors.ts'
import type { BatchBuilder, MirrorStore } from '../../src/sync/ports.ts'

/** A store of a process that dies: its n-th write and every call after it are rejected, and reach the store no more. */
export interface MortalStore {
  readonly store: MirrorStore
  /** Writes that were asked for. */
  readonly writes: number
  readonly isDead: boolean
}

const died = (): Promise<never> => Promise.reject(new AppError({ code: 'STORE_IO', message: 'the process died' }))

/** `lives`: how many writes still take effect. */
export function mortalStore(store: MirrorStore, lives: number): MortalStore {
  const state = { writes: 0, isDead: false }
  const write = <Answer>(act: () => Promise<Answer>): Promise<Answer> => {
    if (!state.isDead) state.writes++
    if (state.writes > lives) state.isDead = true
    return state.isDead ? died() : act()
  }
  const read = <Answer>(act: () => Promise<Answer>): Promise<Answer> => (state.isDead ? died() : act())
  const mortal: MirrorStore = {
    beginRun: (accounts) => write(() => store.beginRun(accounts)),
    finishRun: (outcome, accounts) => write(() => store.finishRun(outcome, accounts)),
    accountHistory: (account) => read(() => store.accountHistory(account)),
    noteHistory: (account, note) => write(() => store.noteHistory(account, note)),
    recordServer: (account, facts) => write(() => store.recordServer(account, facts)),
    recordMailboxes: (account, listed) => write(() => store.recordMailboxes(account, listed)),
    markMailboxGone: (mailbox) => write(() => store.markMailboxGone(mailbox)),
    renameMailbox: (from, to) => write(() => store.renameMailbox(from, to)),
    openEpoch: (mailbox, uidValidity) => write(() => store.openEpoch(mailbox, uidValidity)),
    presentUids: (epoch) => read(() => store.presentUids(epoch)),
    failures: (epoch) => read(() => store.failures(epoch)),
    fingerprints: (epoch) => read(() => store.fingerprints(epoch)),
    formerMessages: (epoch) => read(() => store.formerMessages(epoch)),
    hasProviderIds: (epoch) => read(() => store.hasProviderIds(epoch)),
    contentsByProviderId: (epoch, ids) => read(() => store.contentsByProviderId(epoch, ids)),
    headerProofs: (contents) => read(() => store.headerProofs(contents)),
    restoreContent: (content, octets) => write(() => store.restoreContent(content, octets)),
    newBatch: (epoch) => mortalBatch(store.newBatch(epoch), write),
    backpressure: () => store.backpressure(),
    applyFlags: (epoch, rows) => write(() => store.applyFlags(epoch, rows)),
    markRemoved: (epoch, uids) => write(() => store.markRemoved(epoch, uids)),
    completePass: (epoch, cursor, comparison) => write(() => store.completePass(epoch, cursor, comparison)),
    close: () => store.close(),
  }
  return {
    store: mortal,
    get writes() {
      return state.writes
    },
    get isDead() {
      return state.isDead
    },
  }
}

function mortalBatch(
  batch: BatchBuilder,
  write: <Answer>(act: () => Promise<Answer>) => Promise<Answer>,
): BatchBuilder {
  return {
    get messages() {
      return batch.messages
    },
    get octets() {
      return batch.octets
    },
    fits: (octets) => batch.fits(octets),
    allocate: (octets) => batch.allocate(octets),
    add: (row) => batch.add(row),
    link: (row, content) => batch.link(row, content),
    fail: (failure) => batch.fail(failure),
    commit: () => write(() => batch.commit()),
  }
}
