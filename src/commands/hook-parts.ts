import type { HookReader, HookReceiver, HookStore } from '../hooks/ports.ts'
import type { StoresConfig } from '../model/account.ts'

/** What main.ts hands to whoever delivers changes. */
export interface HookParts {
  /** Makes a store that is not there yet. */
  readonly openHooks: (config: StoresConfig, storePath: string) => Promise<HookStore>
  /** Of a store that is not there there are no hooks. */
  readonly readHooks: (config: StoresConfig, storePath: string) => Promise<HookReader>
  /** `onOutput` is called with what programs print, cut; unsafe. */
  readonly receiver: (onOutput: (hook: string, text: string) => void) => Promise<HookReceiver>
}
