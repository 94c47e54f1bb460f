import { repairContents } from '../sync/repair.ts'
import type { MailboxDifference } from '../sync/verify-server.ts'
import { compareWithServers } from './compare-servers.ts'
import { runSync } from './run-sync.ts'
import type { Check, FoundDamage, Verification } from './verification.ts'

/** Damaged octets are put back; what is missing comes by a sync that compares everything. */
export async function repairMirror(found: Verification, check: Check): Promise<Verification> {
  const restored = await restore(found.damaged, check)
  const damaged = found.damaged.filter((damage) => !restored.has(damage))
  if (found.differences.length === 0) return { ...found, damaged, repaired: restored.size }
  const selectors = found.differences.map(({ account, mailbox }) => ({ account, mailbox }))
  const names = new Set(selectors.map(({ account }) => account))
  const accounts = check.selection.accounts.filter(({ name }) => names.has(name))
  const { context, config } = check
  await runSync(context, {
    config,
    selection: { accounts, selectors },
    flags: { full: true },
    onEvent: () => undefined,
  })
  const again = await compareWithServers(check, 0)
  const before = missingIn(found.differences)
  const { differences, unchecked } = again
  return { ...found, damaged, differences, unchecked, repaired: restored.size + before - missingIn(differences) }
}

const missingIn = (differences: readonly MailboxDifference[]): number =>
  differences.reduce((sum, { missing }) => sum + missing.size, 0)

async function restore(damaged: readonly FoundDamage[], check: Check): Promise<ReadonlySet<FoundDamage>> {
  const contents = damaged.filter(({ kind, message }) => kind === 'content' && message !== undefined)
  const restored = new Set<FoundDamage>()
  for (const [path, broken] of Map.groupBy(contents, ({ store }) => store)) {
    const whole = await restoreIn(path, broken, check)
    for (const damage of broken) if (damage.message !== undefined && whole.has(damage.message)) restored.add(damage)
  }
  return restored
}

async function restoreIn(path: string, broken: readonly FoundDamage[], check: Check): Promise<ReadonlySet<number>> {
  const { context, config, selection, auditors } = check
  const [source, recorder] = await Promise.all([context.openSource(config), context.createRecorder()])
  const store = await context.openStore(config, path)
  try {
    return await repairContents(broken, {
      store,
      source,
      recorder,
      signal: context.signal,
      accounts: selection.accounts.filter((account) => account.store === path),
      mailboxesOf: (name) => auditors.get(path)?.mirroredMailboxes(name) ?? [],
    })
  } finally {
    await store.close()
  }
}
