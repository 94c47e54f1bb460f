import type { MailboxStatus } from '../model/mailbox.ts'
import { whyComparisonIsDue } from './full-comparison.ts'
import type { MirroredEpoch } from './ports.ts'

/** How a mailbox is brought up to date; each asks the server for less than the one below it. */
export type Tier = 'unchanged' | 'qresync' | 'condstore' | 'listing' | 'first' | 'new-epoch'

export interface MailboxPlan {
  readonly tier: Tier
  /** For people: what decided. */
  readonly why: string
}

export interface PlanFacts {
  readonly epoch: MirroredEpoch | undefined
  /** What STATUS or EXAMINE said just now; undefined is "not told", which never equals anything (F67). */
  readonly server: MailboxStatus
  readonly capabilities: ReadonlySet<string>
  /** The owner wants stored change state ignored. */
  readonly full: boolean
  /** A comparison of everything that is due is left to another run. */
  readonly isHurried?: boolean
}

/** Decides from what the mirror holds and what the server says, and from nothing else. */
export function planMailbox({ epoch, server, capabilities, full, isHurried = false }: PlanFacts): MailboxPlan {
  if (epoch === undefined) return { tier: 'first', why: 'not mirrored yet' }
  if (server.uidValidity !== undefined && server.uidValidity !== epoch.uidValidity) {
    return {
      tier: 'new-epoch',
      why: `uidValidity was ${epoch.uidValidity} and is ${server.uidValidity}`,
    }
  }
  const { cursor } = epoch
  if (cursor === undefined) return { tier: 'first', why: 'its first pass was not completed' }
  const whyAll = full ? 'a full comparison was asked for' : whyComparisonIsDue(epoch, isHurried)
  if (whyAll !== undefined) return { tier: 'listing', why: whyAll }
  if (isUnchanged(epoch, server)) return { tier: 'unchanged', why: 'uidNext, messages and highestModseq are as before' }
  return planByModseq(epoch, server, capabilities)
}

function planByModseq(epoch: MirroredEpoch, server: MailboxStatus, capabilities: ReadonlySet<string>): MailboxPlan {
  const before = epoch.cursor?.highestModseq
  const now = server.highestModseq
  if (!capabilities.has('CONDSTORE') && !capabilities.has('QRESYNC')) {
    return { tier: 'listing', why: 'the server has no CONDSTORE' }
  }
  if (before === undefined || now === undefined) return { tier: 'listing', why: 'no highestModseq to go by' }
  // F61: a server that lost its modseqs counts from the start again; flags changed meanwhile would stay unseen.
  if (now < before) return { tier: 'listing', why: `highestModseq went back from ${before} to ${now}` }
  return { tier: canResync(capabilities) ? 'qresync' : 'condstore', why: changeText(epoch, server) }
}

const canResync = (capabilities: ReadonlySet<string>): boolean =>
  capabilities.has('QRESYNC') && capabilities.has('ENABLE')

/** F65: a flag alone leaves uidNext and messages alone, and an expunge need not raise highestModseq: all must match. */
function isUnchanged({ cursor, messages, failures, uidValidity }: MirroredEpoch, server: MailboxStatus): boolean {
  if (cursor?.highestModseq === undefined || cursor.uidNext === undefined) return false
  return (
    uidValidity !== 0n &&
    server.uidValidity === uidValidity &&
    server.uidNext === cursor.uidNext &&
    server.highestModseq === cursor.highestModseq &&
    server.messages === cursor.messages &&
    // Every sync tries what failed once more, and a store that lost count is looked at.
    failures === 0 &&
    messages === cursor.messages
  )
}

function changeText({ cursor, failures }: MirroredEpoch, server: MailboxStatus): string {
  if (cursor === undefined) return 'no pass was completed'
  const parts: string[] = []
  if (server.messages !== cursor.messages) parts.push(`messages ${cursor.messages} → ${server.messages ?? '?'}`)
  if (server.uidNext !== cursor.uidNext) parts.push(`uidNext ${cursor.uidNext ?? '?'} → ${server.uidNext ?? '?'}`)
  if (server.highestModseq !== cursor.highestModseq) {
    parts.push(`highestModseq ${cursor.highestModseq ?? '?'} → ${server.highestModseq ?? '?'}`)
  }
  if (failures > 0) parts.push(`${failures} failed or refused before`)
  return parts.length > 0 ? parts.join(', ') : 'the mirror holds another number of messages than it should'
}

/** How many messages a pass is expected to fetch, from the counts alone. */
export function expectedMessages(plan: MailboxPlan, epoch: MirroredEpoch | undefined, server: MailboxStatus): number {
  const { messages: listed = 0, uidNext = 0 } = server
  if (plan.tier === 'unchanged') return 0
  if (plan.tier === 'new-epoch' || epoch === undefined) return listed
  const arrived = uidNext - (epoch.cursor?.uidNext ?? uidNext)
  return Math.max(0, listed - epoch.messages, Math.min(arrived, listed))
}
