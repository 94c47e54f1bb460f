import { AppError } from '../model/errors.ts'
import type { StoreIndex } from '../ui/status-page.ts'
import type { StoreReader } from './store-reader.ts'

/** A damaged index is no reason not to tell of the mirror. */
export async function indexOf(store: string, reader: StoreReader): Promise<StoreIndex> {
  try {
    return { store, state: await reader.indexState(), trouble: undefined }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { store, state: undefined, trouble: error.message }
  }
}
