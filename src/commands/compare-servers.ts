import { verifyServer } from '../sync/verify-server.ts'
import type { ServerFindings } from '../sync/verify-server.ts'
import { showProgress } from './audit-stores.ts'
import type { Check, Verification } from './verification.ts'

/** Compares the accounts with their servers; `share` of the octets, 0 to 1. */
export async function compareWithServers(
  { context, config, selection, auditors }: Check,
  share: number,
): Promise<Pick<Verification, 'damaged' | 'differences' | 'unchecked'> & { readonly bodies: number }> {
  await context.askPasswords(selection.accounts)
  const source = await context.openSource(config)
  const recorder = await context.createRecorder()
  const all: (ServerFindings & { readonly store: string })[] = []
  for (const account of selection.accounts) {
    const auditor = auditors.get(account.store)
    if (auditor === undefined) continue
    await showProgress(context, `comparing ${account.name} with its server`)
    const isChosen = (): boolean => share > 0 && context.clock.random() < share
    const { selectors } = selection
    const { signal } = context
    const found = await verifyServer({ account, selectors, auditor, source, recorder, signal, isChosen })
    all.push({ ...found, store: account.store })
  }
  await showProgress(context, '')
  return {
    damaged: all.flatMap(({ damaged, store }) => damaged.map((damage) => ({ ...damage, store }))),
    differences: all.flatMap(({ differences }) => differences),
    unchecked: all.flatMap(({ unchecked }) => unchecked),
    bodies: all.reduce((sum, { bodies }) => sum + bodies, 0),
  }
}
