import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { hooksObject, hooksPage } from '../ui/hooks-page.ts'
import type { HookEntry } from '../ui/hooks-page.ts'
import { safeJson } from '../ui/safe-text.ts'
import { styleOf } from '../ui/style.ts'
import type { CommandContext } from './context.ts'
import { storeNames } from './store-names.ts'

export async function listHooks(context: CommandContext): Promise<ExitStatus> {
  const config = await context.loadConfig()
  const parts = await context.hookParts()
  const stores = [...new Set(config.accounts.map(({ store }) => store))]
  const names = storeNames(stores)
  const hooks = new Map((config.hooks ?? []).map((hook) => [hook.name, hook]))
  const entries: HookEntry[] = []
  for (const path of stores) {
    using reader = await parts.readHooks(config, path)
    const states = new Map((await reader.states()).map((state) => [state.name, state]))
    const letters = Map.groupBy(await reader.deadLetters(), ({ hook }) => hook)
    const lastSeq = await reader.lastSeq()
    for (const name of new Set([...hooks.keys(), ...states.keys(), ...letters.keys()])) {
      const state = states.get(name)
      entries.push({
        name,
        store: stores.length > 1 ? names.get(path) : undefined,
        hook: hooks.get(name),
        state,
        behind: state === undefined ? 0 : Math.max(0, lastSeq - state.cursor),
        letters: letters.get(name) ?? [],
      })
    }
  }
  const { out, err } = context.terminal
  if (context.options.json) await out.write(`${safeJson(hooksObject(entries))}\n`)
  else {
    const lines = hooksPage(entries, { columns: out.columns, style: styleOf(out) })
    await out.write(lines.map((line) => `${line}\n`).join(''))
    if (lines.length === 0 && !context.options.quiet)
      await err.write('mailmirror: there are no hooks; a table [hooks.NAME] in the config makes one\n')
  }
  return exitStatus.done
}
