import type { HookStore } from '../hooks/ports.ts'
import type { Config, Hook } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { hookEventLine, hookOutputLines, hookResultLines } from '../ui/hooks-page.ts'
import { safeJson, safeText } from '../ui/safe-text.ts'
import type { CommandContext } from './context.ts'
import { deliverHooks } from './deliver-hooks.ts'
import type { HooksReport } from './deliver-hooks.ts'
import { inStoresOf, namedHooks } from './named-hooks.ts'
import { parsePosition } from './option-parsers.ts'

/** What is under way ends by itself; pauses are not waited for. */
const patience = { limitMs: Infinity, pauseMs: 0 }

export async function flushHooks(context: CommandContext, names: readonly string[]): Promise<ExitStatus> {
  const config = await context.loadConfig()
  return deliverReported(context, config, namedHooks(config, names))
}

export async function retryHooks(context: CommandContext, names: readonly string[]): Promise<ExitStatus> {
  const config = await context.loadConfig()
  const hooks = namedHooks(config, names)
  for (const { name } of hooks) {
    await inStoresOf(context, { config, name }, async (store) => void (await store.wake(name, true, context.nowMs())))
  }
  return deliverReported(context, config, hooks)
}

export async function rewindHook(context: CommandContext, name: string, since: string): Promise<ExitStatus> {
  const position = parsePosition(since, context.nowMs())
  if (position === undefined)
    throw new AppError({
      code: 'USAGE',
      message: `--since "${since}" is neither a sequence number nor a date`,
      hint: 'dates are written 2026-10-05, 2026-10, 2026-10-05T14:00, 7d, 2w, today or yesterday',
    })
  const config = await context.loadConfig()
  await inStoresOf(context, { config, name }, async (store) => {
    const last = await store.lastSeq()
    const to = Math.min(last, 'afterSeq' in position ? position.afterSeq : await store.seqBefore(position.fromMs))
    await store.rewind(name, to, context.nowMs())
    await say(context, `hook "${name}" goes on after change ${to} of ${last}`)
  })
  return exitStatus.done
}

export async function dropHook(
  context: CommandContext,
  name: string,
  { deadLetters }: { readonly deadLetters?: true },
): Promise<ExitStatus> {
  const config = await context.loadConfig()
  const isConfigured = config.hooks?.some((hook) => hook.name === name) === true
  const drop = async (store: HookStore): Promise<void> => {
    const letters = await store.dropLetters(name)
    if (deadLetters === true) return say(context, `hook "${name}": ${letters} dead letters dropped`)
    const cursor = (await store.state(name))?.cursor
    const last = await store.lastSeq()
    await (isConfigured ? store.rewind(name, last, context.nowMs()) : store.forget(name))
    const waited = cursor === undefined ? 0 : last - cursor
    await say(context, `hook "${name}": ${waited} waiting changes and ${letters} dead letters dropped`)
  }
  await inStoresOf(context, { config, name }, drop)
  return exitStatus.done
}

async function say({ options, terminal }: CommandContext, text: string): Promise<void> {
  if (!options.quiet) await terminal.err.write(`mailmirror: ${safeText(text)}\n`)
}

async function deliverReported(context: CommandContext, config: Config, hooks: readonly Hook[]): Promise<ExitStatus> {
  const { options, terminal, signal } = context
  const lines: string[] = []
  const report = await deliverHooks(context, {
    config,
    stores: config.accounts.map(({ store }) => store),
    hooks,
    signal,
    patience,
    onEvent: (event) => void (options.verbosity > 0 && lines.push(hookEventLine(event))),
    onOutput: (hook, text) => void (options.verbosity > 0 && lines.push(...hookOutputLines(hook, text))),
  })
  const { results, busy, errors } = report
  const [error] = errors
  lines.push(...hookResultLines(results, { all: !options.quiet, quiet: options.quiet }))
  for (const path of busy) lines.push(safeText(`mailmirror: another mailmirror tells the hooks of ${path}`))
  await terminal.err.write(lines.map((line) => `${line}\n`).join(''))
  if (options.json) await terminal.out.write(`${safeJson({ v: 1, hooks: results, busy })}\n`)
  if (error !== undefined) throw error
  signal.throwIfAborted()
  return statusOf(report, await givenUpOf(context, config, hooks))
}

/** Whether a hook has dead letters. */
async function givenUpOf(context: CommandContext, config: Config, hooks: readonly Hook[]): Promise<boolean> {
  const parts = await context.hookParts()
  for (const path of new Set(config.accounts.map(({ store }) => store))) {
    using reader = await parts.readHooks(config, path)
    const letters = await reader.deadLetters()
    if (letters.some(({ hook }) => hooks.some(({ name }) => name === hook))) return true
  }
  return false
}

function statusOf({ results, busy }: HooksReport, hasLetters: boolean): ExitStatus {
  if (hasLetters || results.some(({ condition }) => condition === 'refused')) return exitStatus.incomplete
  return busy.length > 0 || results.some(({ behind }) => behind > 0) ? exitStatus.tryLater : exitStatus.done
}
