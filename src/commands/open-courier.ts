import { HookCourier } from '../hooks/hook-courier.ts'
import type { WiredHook } from '../hooks/ports.ts'
import { Held } from '../model/held.ts'
import type { CommandContext } from './context.ts'
import type { HookDelivering } from './deliver-hooks.ts'
import { messagesForHooks } from './messages-for-hooks.ts'
import { storeNames } from './store-names.ts'

export interface OpenCourier {
  readonly store: string
  readonly courier: HookCourier
  readonly parts: Disposable
}

/** Takes the lock of a store's hooks, and begins to tell them; 'busy': another process does. Throws STORE_* errors. */
export async function openCourier(
  context: CommandContext,
  delivering: HookDelivering & { readonly store: string; readonly wired: readonly WiredHook[] },
): Promise<OpenCourier | 'busy'> {
  const { config, store: path, wired, signal, onEvent, onOutput } = delivering
  const parts = await context.hookParts()
  using opened = new Held()
  const store = opened.use(await parts.openHooks(config, path))
  const lock = await store.lock()
  if (lock === undefined) return 'busy'
  opened.use(lock)
  const names = storeNames([...new Set(config.accounts.map((account) => account.store))])
  const storeName = names.get(path) ?? path
  const nameOf = (id: number): number | string => (names.size > 1 ? `${storeName}:${id}` : id)
  const index = opened.use(messagesForHooks(await context.openSearcher(config, path), nameOf))
  const { nowMs, clock } = context
  await store.register(
    wired.map(({ hook }) => hook.name),
    nowMs(),
  )
  const receiver = await parts.receiver(onOutput)
  const own = { store, storeName, index, receiver, nowMs, clock, signal, onEvent }
  return { store: path, courier: new HookCourier(wired, own), parts: opened.move() }
}
