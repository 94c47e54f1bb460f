import { onTestFinished } from 'vitest'
import { MemoryMirrorStore } from '../support/memory-mirror-store.ts'
import type { OpenedStore } from './contract-views.ts'
import { expectSoundStore, inspectStore } from './inspect-store.ts'
import { mirrorStoreContract } from './mirror-store-contract.ts'

import { openWriter, temporaryStorePath } from './sample-store.ts'

async function openSqlite(): Promise<OpenedStore> {
  const path = temporaryStorePath()
  const store = await openWriter(path)
  onTestFinished(async () => {
    await store.close()
    expectSoundStore(path)
  })
  return { store, inspect: () => inspectStore(path) }
}

mirrorStoreContract('memory', () => {
  const store = new MemoryMirrorStore()
  return Promise.resolve({ store, inspect: () => store.inspect() })
})
mirrorStoreContract('sqlite', openSqlite)
