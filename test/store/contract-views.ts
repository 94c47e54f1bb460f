import { uidSetOf } from '../../src/model/uid-set.ts'
import type { UidSet } from '../../src/model/uid-set.ts'
import type { MailboxId, MirrorStore } from '../../src/sync/ports.ts'
import type { EpochContents, MailboxContents, MirrorState, PlacementContents } from '../support/store-contents.ts'
import { listedMailbox, uidOf } from './sample-mail.ts'

export interface OpenedStore {
  readonly store: MirrorStore
  /** What the store holds once every call has been answered. */
  readonly inspect: () => MirrorState
}

export type OpenStore = () => Promise<OpenedStore>

export const seen = String.raw`\Seen`
export const cursor = { uidNext: 10, highestModseq: 2n ** 63n - 1n, messages: 2 }
export const uids = (...numbers: readonly number[]): UidSet => uidSetOf(numbers.map(uidOf))
export const kindsOf = (state: MirrorState): readonly string[] =>
  state.changes.map(({ kind, uid = '' }) => `${kind} ${uid}`)

export function mailboxOf(state: MirrorState, path: string): MailboxContents {
  const found = state.mailboxes.find((mailbox) => mailbox.path === path)
  if (found === undefined) throw new Error(`the store has no mailbox ${path}`)
  return found
}

export function epochsOf(state: MirrorState, path: string): readonly unknown[] {
  return mailboxOf(state, path).epochs.map((epoch) => [epoch.uidValidity, epoch.state, ...epoch.placements.map(brief)])
}

const brief = ({ uid, removed }: PlacementContents): string => `${uid}${removed ? ' removed' : ''}`

export function onlyEpoch(state: MirrorState): EpochContents {
  const [epoch] = state.mailboxes.flatMap((mailbox) => mailbox.epochs)
  if (epoch === undefined) throw new Error('the store has no epoch')
  return epoch
}

export async function recordOne(store: MirrorStore, path: string): Promise<MailboxId> {
  const { listed } = await store.recordMailboxes('work', [listedMailbox(path)])
  const [mailbox] = listed
  if (mailbox === undefined) throw new Error('a mailbox that was listed is not recorded')
  return mailbox.id
}
