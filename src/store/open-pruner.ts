import type { Pruner, PrunePlan, PruneRule } from '../upkeep/prune-ports.ts'
import { sizeOf } from './compact-file.ts'
import { endPrunings } from './end-prunings.ts'
import { openReadOnly } from './open-database.ts'
import { filesOf, openForUpkeep } from './open-for-upkeep.ts'
import type { UpkeepOptions } from './open-for-upkeep.ts'
import { planPruning, pruneContents } from './prune-contents.ts'
import { toStoreError } from './sqlite-error.ts'
import type { StoreReaderOptions } from './sqlite-store-reader.ts'

export interface PrunerOptions extends UpkeepOptions {
  /** Of this program; the store keeps by which one it was pruned. */
  readonly version: string
}

/** What a rule would remove; takes no lock and writes nothing. Throws what opening for reading throws, and NO_SUCH_ACCOUNT,
 *  NO_SUCH_MAILBOX or USAGE. */
export function previewPruning(options: StoreReaderOptions, rule: PruneRule): PrunePlan {
  const facts = openReadOnly(options.path, options)
  try {
    return planPruning(facts, rule)
  } catch (error) {
    throw toStoreError(error, `read the store ${options.path}`)
  } finally {
    facts.close()
  }
}

/** Throws what `openForUpkeep` throws. */
export function openPruner(options: PrunerOptions): Pruner {
  const store = openForUpkeep(options)
  const octets = (): number => filesOf(store.path).reduce((sum, file) => sum + sizeOf(file), 0)
  return {
    prune: async (rule, pause) => {
      try {
        const before = octets()
        // What is freed is overwritten.
        store.facts.pragma('secure_delete = ON')
        const sum = await pruneContents(store.facts, rule, { ...options, pause })
        // The facts first: what the index has of them can be told from the facts.
        const trouble = await endPrunings(store, { ...options, pause })
        return { ...sum, before, after: octets(), trouble }
      } catch (error) {
        throw toStoreError(error, `prune the store ${store.path}`)
      }
    },
    close: () => store.close(),
  }
}
