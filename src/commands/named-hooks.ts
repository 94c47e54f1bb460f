import type { HookStore } from '../hooks/ports.ts'
import type { Config, Hook } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { CommandContext } from './context.ts'

/** The hooks of the config with these names; all, where none is named. Throws NO_SUCH_HOOK. */
export function namedHooks(config: Config, names: readonly string[]): readonly Hook[] {
  const hooks = config.hooks ?? []
  const unknown = names.filter((name) => !hooks.some((hook) => hook.name === name))
  if (unknown.length > 0) throw noSuchHook(unknown, hooks)
  return names.length === 0 ? hooks : hooks.filter(({ name }) => names.includes(name))
}

/** Does something in each store that knows the hook, or may. Throws NO_SUCH_HOOK for one that neither the config nor a store knows. */
export async function inStoresOf(
  context: CommandContext,
  { config, name }: { readonly config: Config; readonly name: string },
  act: (store: HookStore) => Promise<void>,
): Promise<void> {
  const parts = await context.hookParts()
  let isKnown = (config.hooks ?? []).some((hook) => hook.name === name)
  for (const path of new Set(config.accounts.map(({ store }) => store))) {
    using reader = await parts.readHooks(config, path)
    const isKnownHere =
      (await reader.states()).some((state) => state.name === name) ||
      (await reader.deadLetters()).some(({ hook }) => hook === name)
    if (!isKnown && !isKnownHere) continue
    isKnown = true
    using store = await parts.openHooks(config, path)
    await act(store)
  }
  if (!isKnown) throw noSuchHook([name], config.hooks ?? [])
}

function noSuchHook(names: readonly string[], hooks: readonly Hook[]): AppError {
  return new AppError({
    code: 'NO_SUCH_HOOK',
    message: `no hook ${names.map((name) => JSON.stringify(name)).join(', ')}`,
    hint:
      hooks.length === 0
        ? 'the config has none: a table [hooks.NAME] makes one'
        : `hooks: ${hooks.map(({ name }) => name).join(', ')}`,
  })
}
