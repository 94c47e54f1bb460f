import type { DeliveryOutcome, HookHealth } from './ports.ts'

/** After so many refusals over so long a change is given up. */
const mostFailures = 10
const failingForMs = 3_600_000
/** Of failures that may be the fault of the change, or of whoever was told: those are mended within a day. */
const mostSuspicions = 20
const suspectForMs = 24 * 3_600_000

const firstPauseMs = 1000
/** @internal Exported for its test. */
export const longestPauseMs = 300_000

/** Nothing is in its way. */
export const healthy: HookHealth = {
  condition: 'ready',
  failures: 0,
  failingSinceMs: undefined,
  outages: 0,
  pausedUntilMs: undefined,
  lastError: undefined,
}

export type Settlement =
  /** The cursor moves on. */
  | { readonly kind: 'delivered' }
  /** One of several changes is refused, and nobody knows which: each is tried by itself. */
  | { readonly kind: 'single-out' }
  | { readonly kind: 'pause'; readonly health: HookHealth; readonly reason: string; readonly pausedMs: number }
  | { readonly kind: 'give-up'; readonly reason: string }
  | { readonly kind: 'interrupted' }

export interface Attempt {
  readonly outcome: DeliveryOutcome
  /** How many changes it was about. */
  readonly changes: number
  readonly nowMs: number
  /** From 0 up to 1. */
  readonly chance: number
}

/** What follows from an attempt. What counts against a change is that it, alone, was refused, or that whoever was told of it failed each
 *  time for a day; an outage only delays. */
export function settleDelivery(health: HookHealth, attempt: Attempt): Settlement {
  const { outcome, changes, nowMs, chance } = attempt
  if (outcome.kind === 'delivered' || outcome.kind === 'interrupted') return { kind: outcome.kind }
  if (outcome.kind === 'refused' && changes > 1) return { kind: 'single-out' }
  const { reason } = outcome
  const outages = outcome.kind === 'unavailable' ? health.outages + 1 : 0
  const blamed = blamedFor(outcome, { health, changes, nowMs })
  if (isGivenUp(blamed, nowMs)) return { kind: 'give-up', reason }
  const wishedMs = outcome.kind === 'unavailable' ? (outcome.retryAfterMs ?? 0) : 0
  const pausedMs = Math.max(
    pauseMs(outages > 0 ? outages : blamed.failures, chance),
    Math.min(wishedMs, longestPauseMs),
  )
  return paused({ ...blamed, outages }, { reason, pausedMs, nowMs })
}

type Blamed = Pick<HookHealth, 'condition' | 'failures' | 'failingSinceMs'>

function blamedFor(
  outcome: DeliveryOutcome,
  { health, changes, nowMs }: Pick<Attempt, 'changes' | 'nowMs'> & { readonly health: HookHealth },
): Blamed {
  if (outcome.kind !== 'unavailable') return refused(health, nowMs)
  return outcome.isSuspect === true && changes === 1 ? suspected(health, nowMs) : outage(health)
}

/** A receiver that was out of order has answered: what came before was its fault. */
function refused(health: HookHealth, nowMs: number): Blamed {
  const before = health.condition === 'suspect' ? healthy : health
  return {
    condition: 'refused',
    failures: before.failures + 1,
    failingSinceMs: Math.min(before.failingSinceMs ?? nowMs, nowMs),
  }
}

function suspected({ condition, failures, failingSinceMs }: HookHealth, nowMs: number): Blamed {
  const before = condition === 'suspect' ? { failures, sinceMs: failingSinceMs } : { failures: 0, sinceMs: undefined }
  return {
    condition: 'suspect',
    failures: before.failures + 1,
    failingSinceMs: Math.min(before.sinceMs ?? nowMs, nowMs),
  }
}

/** What is held against a change stays. */
function outage({ condition, failures, failingSinceMs }: HookHealth): Blamed {
  return { condition: condition === 'suspect' ? 'suspect' : 'outage', failures, failingSinceMs }
}

function isGivenUp({ condition, failures, failingSinceMs = Infinity }: Blamed, nowMs: number): boolean {
  const [most, forMs] = condition === 'refused' ? [mostFailures, failingForMs] : [mostSuspicions, suspectForMs]
  return condition !== 'outage' && failures >= most && nowMs - failingSinceMs >= forMs
}

/** How long a hook still has to be left alone. A clock that was put back makes no pause longer than any can be. */
export function pauseLeftMs({ pausedUntilMs }: HookHealth, nowMs: number): number {
  const left = (pausedUntilMs ?? 0) - nowMs
  return left > longestPauseMs ? 0 : Math.max(0, left)
}

/** Twice as long each time; by chance down to half of that, so that many do not come back at once. */
function pauseMs(attempts: number, chance: number): number {
  const full = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempts - 1, 20))
  return Math.round(full * (0.5 + chance / 2))
}

type Unpaused = Omit<HookHealth, 'pausedUntilMs' | 'lastError'>

function paused(
  health: Unpaused,
  { reason, pausedMs, nowMs }: { readonly reason: string; readonly pausedMs: number; readonly nowMs: number },
): Settlement {
  return {
    kind: 'pause',
    health: { ...health, pausedUntilMs: nowMs + pausedMs, lastError: reason },
    reason,
    pausedMs,
  }
}
