import type { HookResult, OnHookEvent } from '../hooks/events.ts'
import type { Patience } from '../hooks/hook-courier.ts'
import type { WiredHook } from '../hooks/ports.ts'
import type { Config, Hook } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { CommandContext } from './context.ts'
import { openCourier } from './open-courier.ts'
import type { OpenCourier } from './open-courier.ts'
import { readQuery } from './read-query.ts'

export interface HookDelivering {
  readonly config: Config
  /** Paths; stores that are not there yet are made. */
  readonly stores: readonly string[]
  /** Of the config; undefined: all. */
  readonly hooks?: readonly Hook[] | undefined
  readonly signal: AbortSignal
  readonly onEvent: OnHookEvent
  /** What programs print, cut; unsafe. */
  readonly onOutput: (hook: string, text: string) => void
}

export interface HooksReport {
  readonly results: readonly (HookResult & { readonly store: string })[]
  /** Stores whose hooks another process tells. */
  readonly busy: readonly string[]
  /** Why hooks could not be told at all. */
  readonly errors: readonly AppError[]
}

/** Hooks that are told beside whatever else this process does. */
export interface HookDelivery extends AsyncDisposable {
  /** False: nobody is told, since another process tells the hooks, or for the reasons in the report. */
  readonly isTelling: boolean
  /** Why hooks could not be told at all, so far. */
  readonly errors: readonly AppError[]
  /** There may be changes, or messages that can be searched now. */
  notify(): void
  /** See `HookCourier.finish`; call it once. What goes wrong is in the report. */
  finish(patience: Patience): Promise<HooksReport>
}

/** Begins to tell the hooks of the config; without any nothing is opened. Never throws an AppError. */
export async function startHooks(context: CommandContext, delivering: HookDelivering): Promise<HookDelivery> {
  const hooks = delivering.hooks ?? delivering.config.hooks ?? []
  const couriers: OpenCourier[] = []
  const busy: string[] = []
  const errors: AppError[] = []
  const guarded = async <Value>(work: Promise<Value>): Promise<Value | undefined> => {
    try {
      return await work
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      errors.push(error)
      return undefined
    }
  }
  const wired = (await Promise.all(hooks.map((hook) => guarded(wire(context, hook))))).flatMap((one) => one ?? [])
  for (const store of wired.length === 0 ? [] : new Set(delivering.stores)) {
    const opened = await guarded(openCourier(context, { ...delivering, store, wired }))
    if (opened === 'busy') busy.push(store)
    else if (opened !== undefined) couriers.push(opened)
  }
  const end = async ({ store, courier, parts }: OpenCourier, patience: Patience): Promise<HooksReport['results']> => {
    const results = await guarded(courier.finish(patience))
    parts[Symbol.dispose]()
    return (results ?? []).map((result) => ({ ...result, store }))
  }
  return {
    isTelling: couriers.length > 0,
    errors,
    notify: () => couriers.forEach(({ courier }) => courier.notify()),
    finish: async (patience) => {
      const ended = await Promise.all(couriers.splice(0).map((one) => end(one, patience)))
      return { results: ended.flat(), busy, errors }
    },
    [Symbol.asyncDispose]: async () =>
      void (await Promise.all(couriers.splice(0).map((one) => end(one, { limitMs: 0, pauseMs: 0 })))),
  }
}

/** Tells everything that is due now, as long as the patience lasts. */
export async function deliverHooks(
  context: CommandContext,
  { patience, ...delivering }: HookDelivering & { readonly patience: Patience },
): Promise<HooksReport> {
  await using delivery = await startHooks(context, delivering)
  return await delivery.finish(patience)
}

async function wire(context: CommandContext, hook: Hook): Promise<WiredHook> {
  return { hook, query: hook.query === undefined ? undefined : await readQuery(context, hook.query) }
}
