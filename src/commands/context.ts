import type { Config } from '../model/account.ts'
import type { LaneRecorder } from '../model/lane.ts'
import type { MessageReader } from '../search/stored-message.ts'
import type { ChangeLogReader } from '../sync/change-log.ts'
import type { Clock, MailSource, MirrorStore } from '../sync/ports.ts'
import type { StatusReader } from '../sync/status.ts'
import type { Terminal } from '../ui/terminal.ts'

/** A store opened for reading; close it. */
export interface StoreReader extends StatusReader, MessageReader, ChangeLogReader {
  close(): void
}

/** What main.ts hands to every command. Whatever loads a heavy package is a function that loads it when called. */
export interface CommandContext {
  readonly terminal: Terminal
  readonly clock: Clock
  readonly version: string
  /** Fires at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal
  /** The file that `--config`, the environment or the default names; it need not exist. */
  configPath(option: string | undefined): string
  loadConfig(option: string | undefined): Promise<Config>
  /** What `config show` prints: no secrets. */
  describeConfig(config: Config): Promise<unknown>
  openReader(config: Config, storePath: string): Promise<StoreReader>
  /** Takes the store's run lock: STORE_LOCKED (75) names who holds it. */
  openStore(config: Config, storePath: string): Promise<MirrorStore>
  openSource(): Promise<MailSource>
  createRecorder(): Promise<LaneRecorder>
}
