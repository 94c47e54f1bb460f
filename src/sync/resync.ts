import type { UidSet } from '../model/uid-set.ts'
import { FlagRowReceiver } from './flag-rows.ts'
import type { MailboxPass } from './mailbox-pass.ts'
import { planMailbox } from './plan-mailbox.ts'
import type { ExaminedMailbox, MailConnection, ResyncRequest } from './ports.ts'
import type { RunContext } from './run-context.ts'

/** What the server names as having changed since the cursor. */
export interface ChangedMessages {
  /** May name UIDs that the mirror never held. */
  readonly vanished: UidSet
  /** Changed or new. */
  readonly changed: UidSet
  /** The highest modseq of those; undefined: it is not known. */
  readonly highestModseq: bigint | undefined
}

/** Held messages that came without flags are told apart: they have to be asked for (F69). */
export interface ResyncedMessages extends ChangedMessages {
  readonly untold: UidSet
}

/** A request that goes out with EXAMINE. */
export interface Resync {
  readonly request: ResyncRequest
  /** Flags are brought up to date in any case; undefined: nothing else can be made of the server's answer. */
  end(held: UidSet, examined: ExaminedMailbox): Promise<ResyncedMessages | undefined>
}

/** What EXAMINE is asked for besides; undefined: nothing. Where STATUS did not say that something changed it is not asked:
 *  ENABLE would be one more command of a run that finds no change. Nor after a connection was lost, which may have been
 *  this request's fault (F51). */
export function beginResync(
  pass: MailboxPass,
  { capabilities }: MailConnection,
  { store, full }: RunContext,
): Resync | undefined {
  const { status } = pass.listed
  const { epoch } = pass.mailbox
  if (status === undefined || epoch === undefined || pass.losses > 0) return undefined
  const plan = planMailbox({ epoch, server: status, capabilities, full: full || pass.isRechecked })
  const modseq = epoch.cursor?.highestModseq
  if (plan.tier !== 'qresync' || modseq === undefined || epoch.uidValidity === 0n) return undefined
  const receiver = new FlagRowReceiver(store, epoch.id)
  return {
    request: { uidValidity: epoch.uidValidity, modseq, onRow: (row) => receiver.take(row) },
    end: async (held, { vanished }) => {
      const { uids, untold, changed, highestModseq } = await receiver.end(held)
      pass.flagChanges += changed
      return vanished === undefined ? undefined : { vanished, changed: uids, untold, highestModseq }
    },
  }
}
