import type { HookCondition } from './ports.ts'

/** What happened to changes on their way to a hook. Names and reasons are unsafe. */
export type HookEvent =
  /** `failures`: so many attempts in a row had failed before. */
  | ({ readonly type: 'changes-delivered'; readonly changes: number; readonly lastSeq: number } & OfHook)
  | ({ readonly type: 'delivery-failed'; readonly reason: string; readonly pausedMs: number } & OfHook)
  | { readonly type: 'change-given-up'; readonly hook: string; readonly seq: number; readonly reason: string }

interface OfHook {
  readonly hook: string
  readonly failures: number
}

/** Synchronous; must not throw. */
export type OnHookEvent = (event: HookEvent) => void

/** What one process has done for a hook of a store, and what it leaves. */
export interface HookResult {
  readonly hook: string
  readonly delivered: number
  /** Changes that have become dead letters. */
  readonly givenUp: number
  /** Changes of the log after its cursor, whether its filter wants them or not. */
  readonly behind: number
  readonly condition: HookCondition
  /** Why it does not go on; undefined: nothing is in its way. */
  readonly trouble: string | undefined
}
