import { createHash } from 'node:crypto'
import type { ChangeKind } from '../../src/model/change.ts'
import { noCost } from '../../src/model/lane.ts'
import type { ListedMailbox } from '../../src/model/mailbox.ts'
import { splitFlags } from '../../src/model/message.ts'
import type { MessageRow } from '../../src/model/message.ts'
import { hasUid, toUid, uidSetOf } from '../../src/model/uid-set.ts'
import type { UidSet } from '../../src/model/uid-set.ts'
import type {
  AccountHistory,
  AccountRunRecord,
  BatchBuilder,
  BatchOutcome,
  Comparison,
  ContentId,
  Cursor,
  EpochId,
  FailureToStore,
  HeldContent,
  HeldMessages,
  HistoryNote,
  LastComparison,
  MailboxId,
  MirroredEpoch,
  MirroredMailbox,
  MirrorStore,
  RecordedMailboxes,
  RunId,
} from '../../src/sync/ports.ts'
import { MemoryBatch } from './memory-batch.ts'
import { MemoryRuns } from './memory-runs.ts'
import { MemoryContents } from './memory-held.ts'
import type { Epoch, HeldPlacement, Mailbox } from './memory-held.ts'
import type { BatchContents } from './memory-batch.ts'
import type { EpochContents, MirrorState, RecordedChange } from './store-contents.ts'

export interface MemoryMirrorStoreOptions {
  /** Called with its name before each operation that writes; what it throws is what the operation throws, and nothing is
   *  written. */
  readonly beforeWrite?: (operation: string) => void
}

/** The mirror's facts in memory, under the same contract as the store on disk. */
export class MemoryMirrorStore implements MirrorStore {
  readonly #beforeWrite: (operation: string) => void
  readonly #mailboxes: Mailbox[] = []
  readonly #epochs: Epoch[] = []
  readonly #contents = new MemoryContents()
  readonly #changes: RecordedChange[] = []
  readonly #runs = new MemoryRuns()

  constructor({ beforeWrite = () => undefined }: MemoryMirrorStoreOptions = {}) {
    this.#beforeWrite = beforeWrite
  }

  async beginRun(accounts: readonly string[]): Promise<RunId> {
    this.#beforeWrite('beginRun')
    return this.#runs.begin(accounts)
  }

  async finishRun(outcome: string, accounts: readonly AccountRunRecord[]): Promise<void> {
    this.#beforeWrite('finishRun')
    this.#runs.finish(outcome, accounts)
  }

  async accountHistory(account: string): Promise<AccountHistory> {
    return this.#runs.history(account)
  }

  async noteHistory(account: string, note: HistoryNote): Promise<void> {
    this.#beforeWrite('noteHistory')
    this.#runs.note(account, note)
  }

  async recordServer(): Promise<void> {
    this.#beforeWrite('recordServer')
  }

  async recordMailboxes(account: string, listed: readonly ListedMailbox[]): Promise<RecordedMailboxes> {
    this.#beforeWrite('recordMailboxes')
    const recorded = listed.map((box) => this.#record(account, box))
    const absent = this.#mailboxes.filter((box) => box.account === account && !box.gone && !recorded.includes(box))
    return { listed: recorded.map((box) => this.#mirrored(box)), absent: absent.map((box) => this.#mirrored(box)) }
  }

  #record(account: string, { path, wirePath }: ListedMailbox): Mailbox {
    const known = this.#mailboxes.find((box) => box.account === account && box.wirePath === wirePath)
    if (known === undefined) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the number of a mailbox that is made here
      const added = { id: (this.#mailboxes.length + 1) as MailboxId, account, path, wirePath, gone: false }
      this.#mailboxes.push(added)
      this.#mailboxChange('mailbox-added', added)
      return added
    }
    known.path = path
    if (known.gone) {
      known.gone = false
      for (const epoch of this.#epochsOf(known)) epoch.cursor = undefined
      this.#mailboxChange('mailbox-added', known)
    }
    return known
  }

  async markMailboxGone(id: MailboxId): Promise<number> {
    this.#beforeWrite('markMailboxGone')
    const mailbox = this.#mailbox(id)
    let removed = 0
    for (const epoch of this.#epochsOf(mailbox)) removed += this.#remove(epoch, () => true)
    if (!mailbox.gone) this.#mailboxChange('mailbox-removed', mailbox)
    mailbox.gone = true
    return removed
  }

  async renameMailbox(fromId: MailboxId, toId: MailboxId): Promise<void> {
    this.#beforeWrite('renameMailbox')
    const [from, to] = [this.#mailbox(fromId), this.#mailbox(toId)]
    const [moving, leftBehind] = [this.#epochsOf(from), this.#epochsOf(to)]
    if (from.gone && moving.every((epoch) => epoch.placements.size === 0)) return
    if (leftBehind.some((epoch) => epoch.placements.size > 0)) {
      throw new Error(`mailbox ${to.path} holds messages: it is no new name of another`)
    }
    for (const epoch of moving) epoch.mailbox = to
    for (const epoch of leftBehind) {
      epoch.mailbox = from
      epoch.state = 'retired'
      epoch.failures.clear()
    }
    from.gone = true
    to.gone = false
    this.#mailboxChange('mailbox-renamed', to)
  }

  async openEpoch(id: MailboxId, uidValidity: bigint): Promise<MirroredEpoch> {
    this.#beforeWrite('openEpoch')
    const mailbox = this.#mailbox(id)
    if (mailbox.gone) throw new Error(`there is no mailbox ${id}, or it is gone`)
    const known = this.#epochsOf(mailbox).find((epoch) => epoch.uidValidity === uidValidity)
    if (known !== undefined && known.state !== 'retired') return mirroredEpoch(known)
    const epoch = known ?? this.#addEpoch(mailbox, uidValidity)
    epoch.state = 'building'
    epoch.cursor = undefined
    if (!this.#epochsOf(mailbox).some((other) => other.state === 'current')) this.#start(epoch)
    return mirroredEpoch(epoch)
  }

  #addEpoch(mailbox: Mailbox, uidValidity: bigint): Epoch {
    const epoch: Epoch = {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the number of an epoch that is made here
      id: ((this.#epochs.at(-1)?.id ?? 0) + 1) as EpochId,
      mailbox,
      uidValidity,
      state: 'building',
      cursor: undefined,
      compared: undefined,
      placements: new Map(),
      failures: new Map(),
    }
    this.#epochs.push(epoch)
    return epoch
  }

  #start(epoch: Epoch): void {
    epoch.state = 'current'
    this.#epochChange('epoch-started', epoch)
  }

  async presentUids(id: EpochId): Promise<UidSet> {
    const present = [...this.#epoch(id).placements.values()].filter((placement) => !placement.removed)
    return uidSetOf(present.map(({ uid }) => toUid(uid)).filter((uid) => uid !== undefined))
  }

  async failures(id: EpochId): Promise<readonly FailureToStore[]> {
    return failuresOf(this.#epoch(id))
  }

  async fingerprints(id: EpochId): Promise<readonly (readonly [number, number | undefined, number])[]> {
    return placementsOf(this.#epoch(id))
      .filter((placement) => !placement.removed)
      .map(({ uid, seconds, octets }) => [uid, seconds, octets] as const)
  }

  async formerMessages(id: EpochId): Promise<HeldMessages> {
    const { mailbox } = this.#epoch(id)
    const former = this.#epochsOf(mailbox).filter((other) => other.id !== id && other.state === 'current')
    return this.#contents.columnsOf(former.flatMap(placementsOf))
  }

  async hasProviderIds(id: EpochId): Promise<boolean> {
    return this.#placementsBeside(id).some(({ providerId }) => providerId !== undefined)
  }

  async contentsByProviderId(id: EpochId, ids: readonly string[]): Promise<readonly (HeldContent | undefined)[]> {
    const held = this.#placementsBeside(id)
    return ids.map((wanted) => this.#contents.byProviderId(held, wanted))
  }

  async headerProofs(contents: readonly ContentId[]): Promise<readonly (string | undefined)[]> {
    return contents.map((content) => this.#contents.proofOf(content))
  }

  #placementsBeside(id: EpochId): readonly HeldPlacement[] {
    const { account } = this.#epoch(id).mailbox
    return this.#epochs.filter(({ mailbox }) => mailbox.account === account).flatMap(placementsOf)
  }

  /** What is in memory does not spoil. */
  async restoreContent(content: ContentId, octets: Uint8Array): Promise<boolean> {
    this.#beforeWrite('restoreContent')
    return this.#contents.at(content).sha256 === createHash('sha256').update(octets).digest('hex')
  }

  newBatch(id: EpochId): BatchBuilder {
    return new MemoryBatch((contents) => {
      this.#beforeWrite('applyBatch')
      return this.#applyBatch(this.#epoch(id), contents)
    })
  }

  #applyBatch(epoch: Epoch, { messages, links, failures }: BatchContents): BatchOutcome {
    const count = { added: 0, newContents: 0, octets: 0 }
    for (const { row, octets } of messages) {
      const sha256 = createHash('sha256').update(octets).digest('hex')
      if (!this.#contents.has(sha256)) count.newContents++
      this.#contents.set(sha256, octets)
      count.octets += octets.length
      if (this.#place(epoch, row, { sha256, octets: octets.length })) count.added++
    }
    for (const { row, content } of links) {
      if (this.#place(epoch, row, this.#contents.at(content))) count.added++
    }
    for (const { uid, reason } of failures) epoch.failures.set(uid, reason)
    return { ...count, cost: noCost }
  }

  /** Returns whether the placement is new or was removed. */
  #place(epoch: Epoch, row: MessageRow, content: { readonly sha256: string; readonly octets: number }): boolean {
    const held = epoch.placements.get(row.uid)
    if (held !== undefined && !held.removed) {
      if (held.sha256 === content.sha256) epoch.failures.delete(row.uid)
      else epoch.failures.set(row.uid, 'the server now sends other octets')
      return false
    }
    epoch.failures.delete(row.uid)
    epoch.placements.set(row.uid, {
      ...content,
      ...splitFlags(row.flags ?? []),
      uid: row.uid,
      labels: row.labels?.toSorted(),
      modseq: row.modseq,
      seconds: row.internalDate?.seconds,
      size: row.size,
      providerId: row.providerId,
      removed: false,
    })
    this.#epochChange('message-added', epoch, row.uid)
    return true
  }

  backpressure(): undefined {
    return undefined
  }

  async applyFlags(id: EpochId, rows: readonly MessageRow[]): Promise<number> {
    this.#beforeWrite('applyFlags')
    const epoch = this.#epoch(id)
    let differing = 0
    for (const row of rows) {
      const held = epoch.placements.get(row.uid)
      if (held === undefined || held.removed) continue
      const before = JSON.stringify([held.flags, held.keywords, held.labels])
      if (row.flags !== undefined) Object.assign(held, splitFlags(row.flags))
      held.labels = row.labels?.toSorted() ?? held.labels
      held.modseq = row.modseq ?? held.modseq
      if (JSON.stringify([held.flags, held.keywords, held.labels]) === before) continue
      this.#epochChange('flags-changed', epoch, row.uid)
      differing++
    }
    return differing
  }

  async markRemoved(id: EpochId, uids: UidSet): Promise<number> {
    this.#beforeWrite('markRemoved')
    return this.#remove(this.#epoch(id), (uid) => hasUid(uids, uid))
  }

  #remove(epoch: Epoch, isChosen: (uid: number) => boolean): number {
    let removed = 0
    for (const uid of epoch.failures.keys()) if (isChosen(uid)) epoch.failures.delete(uid)
    for (const { uid, removed: isRemoved } of placementsOf(epoch)) {
      const placement = epoch.placements.get(uid)
      if (isRemoved || placement === undefined || !isChosen(uid)) continue
      placement.removed = true
      this.#epochChange('message-removed', epoch, uid)
      removed++
    }
    return removed
  }

  async completePass(id: EpochId, cursor: Cursor, comparison: Comparison = 'changes'): Promise<void> {
    this.#beforeWrite('completePass')
    const epoch = this.#epoch(id)
    for (const other of this.#epochsOf(epoch.mailbox)) {
      if (other === epoch || other.state === 'retired') continue
      if (other.state === 'building') this.#remove(other, () => true)
      for (const placement of other.placements.values()) placement.removed = true
      other.failures.clear()
      other.state = 'retired'
    }
    if (epoch.state !== 'current') this.#start(epoch)
    epoch.cursor = cursor
    epoch.compared = comparedAfter(comparison, epoch.compared)
  }

  async close(): Promise<void> {
    // Nothing is open; what is held can be looked at.
  }

  /** What the mirror holds now. */
  inspect(): MirrorState {
    return {
      mailboxes: this.#mailboxes
        .map((mailbox) => ({
          account: mailbox.account,
          path: mailbox.path,
          gone: mailbox.gone,
          epochs: this.#epochsOf(mailbox).map(epochContents).toSorted(byUidValidity),
        }))
        .toSorted((left, right) => compare(`${left.account}/${left.path}`, `${right.account}/${right.path}`)),
      changes: [...this.#changes],
      runs: this.#runs.state,
    }
  }

  /** The octets of a sha256 in hex. */
  content(sha256: string): Uint8Array | undefined {
    return this.#contents.get(sha256)
  }

  #mailboxChange(kind: ChangeKind, { account, path }: Mailbox): void {
    this.#changes.push({ kind, account, mailbox: path, uidValidity: undefined, uid: undefined })
  }

  #epochChange(kind: ChangeKind, { mailbox, uidValidity }: Epoch, uid?: number): void {
    const told = uidValidity === 0n ? undefined : Number(uidValidity)
    this.#changes.push({ kind, account: mailbox.account, mailbox: mailbox.path, uidValidity: told, uid })
  }

  #mirrored(mailbox: Mailbox): MirroredMailbox {
    const epochs = this.#epochsOf(mailbox)
    const active =
      epochs.findLast((epoch) => epoch.state === 'building') ?? epochs.find((epoch) => epoch.state === 'current')
    const { id, path, wirePath } = mailbox
    return { id, path, wirePath, epoch: active === undefined ? undefined : mirroredEpoch(active) }
  }

  #epochsOf(mailbox: Mailbox): Epoch[] {
    return this.#epochs.filter((epoch) => epoch.mailbox === mailbox)
  }

  #mailbox(id: MailboxId): Mailbox {
    const mailbox = this.#mailboxes.find((box) => box.id === id)
    if (mailbox === undefined) throw new Error(`there is no mailbox ${id}`)
    return mailbox
  }

  #epoch(id: EpochId): Epoch {
    const epoch = this.#epochs.find((known) => known.id === id)
    if (epoch === undefined) throw new Error(`there is no epoch ${id}`)
    return epoch
  }
}

function comparedAfter(comparison: Comparison, before: LastComparison | undefined): LastComparison | undefined {
  if (comparison === 'changes') return before && { ...before, passes: before.passes + 1 }
  return { days: 0, passes: 0, inVain: comparison === 'all' ? 0 : (before?.inVain ?? 0) + 1 }
}

function mirroredEpoch(epoch: Epoch): MirroredEpoch {
  const messages = [...epoch.placements.values()].filter((placement) => !placement.removed).length
  const { id, uidValidity, cursor, compared } = epoch
  return { id, uidValidity, cursor, compared, messages, failures: epoch.failures.size }
}

function epochContents(epoch: Epoch): EpochContents {
  const { uidValidity, state, cursor } = epoch
  // Copies: what was looked at once does not change.
  const placements = placementsOf(epoch).map(({ size: _size, providerId: _id, ...placement }) => placement)
  return { uidValidity, state, cursor, placements, failures: failuresOf(epoch) }
}

const placementsOf = ({ placements }: Epoch): readonly HeldPlacement[] =>
  [...placements.values()].toSorted((left, right) => left.uid - right.uid)

const failuresOf = ({ failures }: Epoch): readonly FailureToStore[] =>
  [...failures].map(([uid, reason]) => ({ uid, reason })).toSorted((left, right) => left.uid - right.uid)

const compare = (left: string, right: string): number => (left < right ? -1 : Number(left > right))
const byUidValidity = (left: EpochContents, right: EpochContents): number =>
  left.uidValidity < right.uidValidity ? -1 : 1
