import { openStoreAuditor } from '../../src/store/audit-store.ts'

/** Where `verify` finds that the change log, replayed from its beginning, does not give what the tables hold. */
export function logProblems(path: string): readonly string[] {
  const auditor = openStoreAuditor({ path, allowNetwork: false })
  try {
    const steps = [...auditor.audit({ accounts: [], selectors: [], isChosen: () => false })]
    return steps.flatMap((step) => (step.kind === 'damage' && step.damage.kind === 'log' ? [step.damage.problem] : []))
  } finally {
    auditor.close()
  }
}
