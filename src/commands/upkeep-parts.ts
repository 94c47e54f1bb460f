import type { Config, StoresConfig } from '../model/account.ts'
import type { BackupOutcome, BackupRequest } from '../upkeep/backup-ports.ts'
import type { Compaction } from '../upkeep/compact-ports.ts'
import type { PrunePlan, Pruner, PruneRule } from '../upkeep/prune-ports.ts'

/** What main.ts hands to the commands that keep stores in order. */
export interface UpkeepParts {
  /** Takes no lock and writes nothing. */
  previewPruning(config: StoresConfig, storePath: string, rule: PruneRule): PrunePlan
  /** Takes the store's run lock: STORE_LOCKED (75) names who holds it. */
  openPruner(config: Config, storePath: string): Pruner
  /** The same lock. `pause` is called between its steps and may throw to stop. */
  compact(config: Config, storePath: string, pause: () => Promise<void>): Promise<Compaction>
  /** Beside whoever writes the store. */
  backUp(config: StoresConfig, request: BackupRequest): Promise<BackupOutcome>
  readonly isInputTerminal: boolean
  /** A line from the terminal, without its end; empty where the input ends. */
  readLine(signal: AbortSignal): Promise<string>
}
