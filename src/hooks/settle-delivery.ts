import type { DeliveryOutcome, HookHealth } from './ports.ts'

/** After so many refusals over so long a change is given up. */
const mostFailures = 10
const failingForMs = 3_600_000

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

/** What follows from an attempt. Only a definite refusal of one change counts against it; an outage only delays. */
export function settleDelivery(health: HookHealth, attempt: Attempt): Settlement {
  const { outcome, changes, nowMs, chance } = attempt
  if (outcome.kind === 'delivered' || outcome.kind === 'interrupted') return { kind: outcome.kind }
  if (outcome.kind === 'refused' && changes > 1) return { kind: 'single-out' }
  const { reason } = outcome
  if (outcome.kind === 'unavailable') {
    const outages = health.outages + 1
    const pausedMs = Math.max(pauseMs(outages, chance), Math.min(outcome.retryAfterMs ?? 0, longestPauseMs))
    return paused({ ...health, condition: 'outage', outages }, { reason, pausedMs, nowMs })
  }
  const failures = health.failures + 1
  const failingSinceMs = Math.min(health.failingSinceMs ?? nowMs, nowMs)
  if (failures >= mostFailures && nowMs - failingSinceMs >= failingForMs) return { kind: 'give-up', reason }
  const pausedMs = pauseMs(failures, chance)
  return paused({ condition: 'refused', failures, failingSinceMs, outages: 0 }, { reason, pausedMs, nowMs })
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
