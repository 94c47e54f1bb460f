import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openMirrorStore } from '../../src/store/sqlite-mirror-store.ts'
import type { WriterStart } from '../../src/store/writer-client.ts'
import { openStoreReader } from '../../src/store/sqlite-store-reader.ts'
import type { SqliteStoreReader } from '../../src/store/sqlite-store-reader.ts'
import type { MirrorStore } from '../../src/sync/ports.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** The writer thread as it is built. */
const threadUrl = new URL('../../dist/writer-thread.js', import.meta.url)

export function temporaryStorePath(): string {
  return join(temporaryDirectory(), 'mail.db')
}

/** Opens a store for writing; the caller closes it. */
export function openWriter(path: string, more: Partial<WriterStart> = {}): Promise<MirrorStore> {
  return openMirrorStore({ path, allowNetwork: false, version: '0.1.0', threadUrl, ...more })
}

/** A store at `path`, written by `write` and closed. */
export async function writeStore<T>(path: string, write: (store: MirrorStore) => Promise<T>): Promise<T> {
  const store = await openWriter(path)
  try {
    return await write(store)
  } finally {
    await store.close()
  }
}

/** Opens a store for reading until the running test has finished. */
export function openReader(path: string): SqliteStoreReader {
  const reader = openStoreReader({ path, allowNetwork: false })
  onTestFinished(() => reader.close())
  return reader
}
