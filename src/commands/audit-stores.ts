import { countOf } from '../ui/format-count.ts'
import type { CommandContext } from './context.ts'
import type { Check, FoundDamage, Verification } from './verification.ts'

/** Steps of an audit between two looks at the clock and at signals. */
const progressEvery = 2000

export type OwnFindings = Pick<Verification, 'contents' | 'placements' | 'pruned' | 'octets' | 'damaged'>

/** Checks the stores against themselves. */
export async function auditStores({ context, selection, flags, auditors }: Check): Promise<OwnFindings> {
  const share = flags.sample ?? 1
  const damaged: FoundDamage[] = []
  const checked = { contents: 0, placements: 0, pruned: 0, octets: 0 }
  for (const [store, auditor] of auditors) {
    const request = {
      accounts: selection.accounts.map(({ name }) => name),
      selectors: selection.selectors,
      isChosen: () => share >= 1 || context.clock.random() < share,
    }
    let untold = 0
    for (const step of auditor.audit(request)) {
      if (step.kind === 'damage') {
        damaged.push({ ...step.damage, store })
        continue
      }
      checked[step.kind] += step.count
      checked.octets += step.octets
      if (++untold < progressEvery) continue
      untold = 0
      await showProgress(context, `checked ${countOf(checked.contents, 'message')}`)
    }
  }
  await showProgress(context, '')
  return { ...checked, damaged }
}

/** Only for someone who is looking; it also lets a signal be heard. */
export async function showProgress(
  { terminal: { err }, options, clock, signal }: CommandContext,
  text: string,
): Promise<void> {
  if (err.redraws && !options.quiet && !options.json) await err.write(`\r\u001b[K${text}`)
  await clock.delay(0, signal)
}
