import type { ListedMailbox, MailboxStatus, SpecialUse } from '../model/mailbox.ts'
import type { AccountResult } from './events.ts'
import type { MirroredEpoch } from './ports.ts'
import { backOffMs } from './retry-policy.ts'

/** Whether a pass of the mailbox may find something. What is not told on either side says nothing; a mailbox whose first pass
 *  has not ended is a full pass's affair. */
export function looksChanged(epoch: MirroredEpoch | undefined, status: MailboxStatus): boolean {
  const { cursor } = epoch ?? {}
  if (epoch === undefined || cursor === undefined) return false
  return (
    differs(epoch.uidValidity, status.uidValidity) ||
    differs(cursor.uidNext, status.uidNext) ||
    differs(cursor.highestModseq, status.highestModseq) ||
    differs(cursor.messages, status.messages)
  )
}

const rankOf: Partial<Readonly<Record<SpecialUse, number>>> = { sent: 3, all: 2, archive: 1 }

const differs = <T>(held: T | undefined, told: T | undefined): boolean =>
  held !== undefined && told !== undefined && held !== told

/** The mailboxes that a connection of their own waits in, the one that matters most first: INBOX, then those that change
 *  most, then those whose role says that they will. */
export function chooseHomes(
  known: Iterable<ListedMailbox>,
  changes: ReadonlyMap<string, number>,
  count: number,
): readonly ListedMailbox[] {
  const weight = ({ wirePath, specialUse }: ListedMailbox): number =>
    (changes.get(wirePath) ?? 0) * 4 + (specialUse === undefined ? 0 : (rankOf[specialUse] ?? 0))
  const inboxes = [...known].filter(({ specialUse }) => specialUse === 'inbox')
  const others = [...known].filter(({ specialUse }) => specialUse !== 'inbox')
  const ranked = [...inboxes, ...others.toSorted((one, other) => weight(other) - weight(one))]
  return ranked.slice(0, count).filter((box, index) => index === 0 || weight(box) > 0)
}

/** What comes after a full pass. */
export interface NextPass {
  readonly waitMs: number
  /** Nothing is tried before that: somebody has to mend it. */
  readonly isParked: boolean
  /** Full passes in a row that failed, this one included. */
  readonly failures: number
}

export interface PassFacts {
  readonly result: AccountResult
  readonly failures: number
  readonly everyMs: number
  /** 0 ≤ x < 1. */
  readonly random: number
  /** Milliseconds since 1970. */
  readonly nowMs: number
}

const parkedMs = 60 * 60_000
const firstBackOffMs = 5000
const parking: ReadonlySet<string> = new Set([
  'LOGIN_REJECTED',
  'SECRET_UNAVAILABLE',
  'CONFIG_INVALID',
  'CONFIG_UNSAFE',
])

/** Somebody has to mend it. */
export function isParking(code: string): boolean {
  return parking.has(code)
}

/** F32: back-off with jitter up to 5 minutes; a password that was refused is not tried again within the hour. */
export function afterFullPass({ result, failures, everyMs, random, nowMs }: PassFacts): NextPass {
  const { outcome, error } = result
  if (outcome === 'complete' || outcome === 'incomplete') return { waitMs: everyMs, isParked: false, failures: 0 }
  // Dropped by ourselves: at once.
  if (outcome === 'interrupted') return { waitMs: 0, isParked: false, failures }
  if (outcome === 'budget-spent') {
    const untilMs = Date.parse(error?.resumesAt ?? '') - nowMs
    const waitMs = Number.isNaN(untilMs) ? parkedMs : Math.min(parkedMs, Math.max(60_000, untilMs))
    return { waitMs, isParked: false, failures: 0 }
  }
  if (error !== undefined && parking.has(error.code))
    return { waitMs: parkedMs, isParked: true, failures: failures + 1 }
  return { waitMs: waitAfterFailures(failures + 1, random), isParked: false, failures: failures + 1 }
}

export function waitAfterFailures(failures: number, random: number): number {
  return 1000 + backOffMs(failures, random, firstBackOffMs)
}

/** How far the wall clock may be ahead before the machine is held to have slept (F04). */
const sleptMs = 60_000

/** How long the machine, or this process, was not running between two looks; 0: it was. A clock that was set back is none. */
export function sleptFor(look: {
  readonly wallMs: number
  readonly monotonicMs: number
  readonly meantMs: number
}): number {
  const ahead = Math.max(look.wallMs, look.monotonicMs) - look.meantMs
  return ahead > sleptMs ? Math.round(ahead) : 0
}
