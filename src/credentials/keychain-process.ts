// A process of its own: the system's keychain library may hang, ask somebody who is not there, or crash. Its one order comes on
// stdin, its answer goes to stdout, so no secret is ever in an argument or a variable (S07).
import { createRequire } from 'node:module'
import { text } from 'node:stream/consumers'
import type * as keytarTypes from 'keytar'

/** What is asked of the keychain. */
export type KeychainOrder =
  | { readonly kind: 'read' | 'remove'; readonly service: string; readonly entry: string }
  | { readonly kind: 'store'; readonly service: string; readonly entry: string; readonly secret: string }

/** What it says. `found`: of `read` the secret, of `remove` anything if there was one; null: nothing is kept under that name. */
export type KeychainAnswer = { readonly found: string | null } | { readonly trouble: string }

type Keytar = Pick<typeof keytarTypes, 'getPassword' | 'setPassword' | 'deletePassword'>

const probe = 'is this keychain open'

async function carryOut(order: KeychainOrder): Promise<string | null> {
  const keytar = await loadKeytar()
  const { service, entry } = order
  switch (order.kind) {
    case 'store':
      await keytar.setPassword(service, entry, order.secret)
      return ''
    case 'read': {
      const secret = (await keytar.getPassword(service, entry)) ?? null
      if (secret === null) await assertOpen(keytar, service)
      return secret
    }
    case 'remove': {
      const wasThere = await keytar.deletePassword(service, entry)
      if (!wasThere) await assertOpen(keytar, service)
      return wasThere ? '' : null
    }
  }
}

async function loadKeytar(): Promise<Keytar> {
  try {
    const loaded: Keytar & { readonly default?: Keytar } = await import('keytar')
    return loaded.default ?? loaded
  } catch (error) {
    // It hides why its addon cannot be loaded, such as a libsecret that is not installed.
    if (error instanceof Error && error.message.startsWith('Failed to load keytar')) {
      createRequire(import.meta.url)(`keytar/prebuilds/${process.platform}-${process.arch}/keytar.node`)
    }
    throw error
  }
}

/** Of a locked keychain libsecret says that it has no such entry. Only storing fails there. */
async function assertOpen(keytar: Keytar, service: string): Promise<void> {
  if (process.platform !== 'linux') return
  await keytar.setPassword(service, probe, 'yes')
  await keytar.deletePassword(service, probe)
}

async function answer(): Promise<KeychainAnswer> {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both ends are in this folder
    return { found: await carryOut(JSON.parse(await text(process.stdin)) as KeychainOrder) }
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
    if (isMissing) return { trouble: 'the optional package keytar is not installed' }
    return { trouble: error instanceof Error ? error.message : String(error) }
  }
}

const line = JSON.stringify(await answer())
// oxlint-disable-next-line eslint/no-restricted-properties -- its stdout is a pipe to whoever asked
process.stdout.write(line)
