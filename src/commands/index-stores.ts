import type { Config } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { IndexProgress } from '../search/indexer.ts'
import type { CommandContext } from './context.ts'

interface IndexingOptions {
  readonly config: Config
  readonly stores: readonly string[]
  readonly onProgress: (progress: IndexProgress) => void
}

/** How many messages cannot be searched yet. What cannot be indexed costs nothing else. */
export async function indexStores(
  context: CommandContext,
  { config, stores, onProgress }: IndexingOptions,
): Promise<number> {
  let left = 0
  for (const store of stores) {
    const indexer = await context.createIndexer(config, store, { onProgress })
    try {
      left += (await indexer.finish(context.signal)).pending
    } catch (error) {
      // Whoever else is at work on it indexes what we have committed.
      if (!(error instanceof AppError) || error.code !== 'STORE_LOCKED') throw error
    } finally {
      await indexer.close()
    }
  }
  return left
}
