import type { Config } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { pruneJson, prunedLines, prunePlanPage } from '../ui/prune-page.ts'
import type { StorePlan, StorePruning } from '../ui/prune-page.ts'
import { styleOf } from '../ui/style.ts'
import type { CommandContext } from './context.ts'
import { eachStore, warnOf } from './each-store.ts'
import { planPrune, requireSelected } from './plan-prune.ts'
import { pruneNote, ruleOf } from './prune-rule.ts'
import type { PruneChoice } from './prune-rule.ts'

export interface PruneFlags extends PruneChoice {
  readonly dryRun?: true
  readonly yes?: true
}

/** One prune from the command line. */
export async function runPrune(
  context: CommandContext,
  selects: readonly string[],
  flags: PruneFlags,
): Promise<ExitStatus> {
  const config = await context.loadConfig()
  const { rule, stores, selectors } = ruleOf(config, selects, { ...flags, nowMs: context.nowMs() })
  const parts = await context.upkeepParts()
  const { plans, errors } = await planPrune(stores, rule, (store) => parts.previewPruning(config, store, rule))
  await warnOf(context, errors)
  if (errors.length === 0) requireSelected(selectors, plans)
  const note = pruneNote(config, rule)
  const hasWork = plans.some(({ plan }) => plan.messages + plan.present + plan.unfinished > 0)
  if (flags.dryRun === true || !hasWork) {
    await tell(context, plans, { note: hasWork ? note : undefined, isDryRun: flags.dryRun === true })
    return errors.length > 0 ? exitStatus.incomplete : exitStatus.done
  }
  if (!(await isWanted(context, plans, { ...flags, note }))) return exitStatus.done
  const meant = plans.filter(({ plan }) => plan.messages + plan.present + plan.unfinished > 0)
  const pruned = await eachStore(
    meant.map(({ store }) => store),
    (store) => pruneIn(context, config, { store, rule }),
  )
  await warnOf(context, pruned.errors)
  await tellOutcomes(context, plans, { done: pruned.done, note })
  return exitOf([...errors, ...pruned.errors], pruned.done)
}

type Rule = ReturnType<typeof ruleOf>['rule']

async function tell(
  context: CommandContext,
  plans: readonly StorePlan[],
  { note, isDryRun }: { readonly note: string | undefined; readonly isDryRun: boolean },
): Promise<void> {
  const { terminal, options } = context
  const lines = options.json
    ? [pruneJson(plans, [], isDryRun)]
    : prunePlanPage(plans, { columns: terminal.out.columns, style: styleOf(terminal.out), note, isDryRun })
  await terminal.out.write(lines.map((line) => `${line}\n`).join(''))
}

/** Shows what would go, and asks; nobody is asked off a terminal. */
async function isWanted(
  context: CommandContext,
  plans: readonly StorePlan[],
  flags: PruneFlags & { readonly note: string | undefined },
): Promise<boolean> {
  if (flags.yes === true) return true
  const { err } = context.terminal
  const parts = await context.upkeepParts()
  if (!parts.isInputTerminal || !err.isTty) {
    throw new AppError({
      code: 'USAGE',
      message: 'prune removes messages for good, and there is no terminal to ask on',
      hint: 'look at what would go with --dry-run, then say --yes',
    })
  }
  const page = prunePlanPage(plans, { columns: err.columns, style: styleOf(err), note: flags.note, isDryRun: false })
  await err.write(`${page.join('\n')}\nThis cannot be undone. Type yes to remove them: `)
  const answer = await parts.readLine(context.signal)
  if (answer.trim().toLowerCase() === 'yes') return true
  await err.write('mailmirror: nothing was removed\n')
  return false
}

async function pruneIn(
  context: CommandContext,
  config: Config,
  { store, rule }: { readonly store: string; readonly rule: Rule },
): Promise<StorePruning> {
  const pruner = (await context.upkeepParts()).openPruner(config, store)
  try {
    const outcome = await pruner.prune(rule, () => context.clock.delay(0, context.signal))
    return { store, outcome }
  } finally {
    pruner.close()
  }
}

async function tellOutcomes(
  context: CommandContext,
  plans: readonly StorePlan[],
  { done, note }: { readonly done: readonly StorePruning[]; readonly note: string | undefined },
): Promise<void> {
  const { terminal, options } = context
  if (options.json) await terminal.out.write(`${pruneJson(plans, done, false)}\n`)
  const { lines, warnings } = prunedLines(done)
  const noted = note === undefined ? lines : [...lines, `  ${note}`]
  const told = [...(options.quiet || options.json ? [] : noted), ...warnings]
  await terminal.err.write(told.map((line) => `${line}\n`).join(''))
}

function exitOf(errors: readonly AppError[], done: readonly StorePruning[]): ExitStatus {
  if (errors.length > 0 || done.some(({ outcome }) => outcome.trouble === 'room')) return exitStatus.incomplete
  return done.some(({ outcome }) => outcome.trouble === 'reader') ? exitStatus.tryLater : exitStatus.done
}
