import type { Compaction } from '../upkeep/compact-ports.ts'
import { requireRoom, sizeOf, usedOctets } from './compact-file.ts'
import { endPrunings } from './end-prunings.ts'
import { filesOf, openForUpkeep } from './open-for-upkeep.ts'
import type { UpkeepOptions } from './open-for-upkeep.ts'
import { toStoreError } from './sqlite-error.ts'

/** Writes both files of a store anew, without what nobody uses. Readers go on. Throws what `openForUpkeep` throws, and STORE_FULL
 *  before anything is done. */
export async function compactStore(options: UpkeepOptions, pause: () => Promise<void>): Promise<Compaction> {
  const store = openForUpkeep(options)
  try {
    const files = filesOf(store.path)
    const before = files.map(sizeOf)
    const attempt = `compact the store ${store.path}`
    requireRoom(store.path, Math.max(usedOctets(store.facts), usedOctets(store.index)), attempt)
    const trouble = await endPrunings(store, { ...options, pause })
    // Somebody else has taken the room meanwhile.
    if (trouble === 'room') requireRoom(store.path, usedOctets(store.facts), attempt)
    return {
      files: files.map((path, index) => ({ path, before: before[index] ?? 0, after: sizeOf(path) })),
      isKept: trouble === 'reader',
    }
  } catch (error) {
    throw toStoreError(error, `compact the store ${store.path}`)
  } finally {
    store.close()
  }
}
