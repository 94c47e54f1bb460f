// The part of the composition root that only hooks need.
import type { HookParts } from './commands/hook-parts.ts'

interface HookOptions {
  readonly version: string
  readonly variables: Readonly<Record<string, string | undefined>>
}

/** An attempt that takes longer is broken off. */
const limitMs = 30_000

// oxlint-disable-next-line eslint/no-restricted-properties -- the clock of the process
const nowMs = (): number => Date.now()

export function hookParts({ version, variables }: HookOptions): HookParts {
  return {
    openHooks: async ({ storeOnNetwork: allowNetwork }, path) =>
      (await import('./store/sqlite-hook-store.ts')).openHookStore({ path, allowNetwork, version, clock: nowMs }),
    readHooks: async ({ storeOnNetwork: allowNetwork }, path) =>
      (await import('./store/sqlite-hook-store.ts')).openHookReader({ path, allowNetwork }),
    receiver: async (onOutput) => {
      const [{ createReceiver }, { smallEnvironment }] = await Promise.all([
        import('./delivery/create-receiver.ts'),
        import('./credentials/small-environment.ts'),
      ])
      return createReceiver({ version, nowMs, limitMs, onOutput, environment: smallEnvironment(variables) })
    },
  }
}
