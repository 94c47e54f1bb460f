import type { ExportPlaces } from '../export/ports.ts'
import type { Account, Config, StoresConfig } from '../model/account.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { StoreWatch } from '../model/lane.ts'
import type { CredentialKeeper } from '../model/secrets.ts'
import type { ProfileRuns } from '../profile/profile-runs.ts'
import type { RunRecorder } from '../profile/recorder.ts'
import type { ProfilingModeName, RunProfiler } from '../profile/run-profiler.ts'
import type { Indexer, IndexerChoice } from '../search/indexer.ts'
import type { AttachmentEntry, MessageParser } from '../search/extracted-message.ts'
import type { OpenSearchReader } from '../search/search-reader.ts'
import type { FollowedLog } from '../sync/change-log.ts'
import type { Clock, MirrorStore } from '../sync/ports.ts'
import type { ProgressChoice } from '../ui/sync-reporter.ts'
import type { ColorChoice, Terminal } from '../ui/terminal.ts'
import type { DoctorParts } from './doctor-parts.ts'
import type { DemoServer, DemoServerOptions } from './demo-server.ts'
import type { HookParts } from './hook-parts.ts'
import type { Ping } from './ping.ts'
import type { PrivateFiles } from './private-files.ts'
import type { SendParts } from './send-parts.ts'
import type { RecordedSource } from './recorded-source.ts'
import type { SetupParts } from './setup-parts.ts'
import type { OpenAuditor, StoreReader } from './store-reader.ts'
import type { TransferParts } from './transfer-parts.ts'
import type { UpkeepParts } from './upkeep-parts.ts'
import type { WatchParts } from './watch-parts.ts'

/** The options that every command takes, before or after its name. */
export interface GlobalOptions {
  readonly config: string | undefined
  readonly json: boolean
  readonly quiet: boolean
  /** How many times -v was given. */
  readonly verbosity: number
  readonly progress: ProgressChoice
  readonly color: ColorChoice
  readonly debug: boolean
}

/** What main.ts hands to every command. Whatever loads a heavy package is a function that loads it when called. */
export interface CommandContext {
  readonly options: GlobalOptions
  readonly terminal: Terminal
  readonly clock: Clock
  /** Milliseconds since 1970. */
  readonly nowMs: () => number
  readonly version: string
  /** How the user starts this program, for commands that are shown to be repeated. */
  readonly invocation: string
  /** Fires at the first SIGINT or SIGTERM, or when nobody reads our data any more. */
  readonly signal: AbortSignal
  /** With which status a signal that has come ends the process; undefined: none has come. */
  readonly interruptedWith: () => ExitStatus | undefined
  /** What in the environment weakens or changes how servers are trusted (S06). */
  readonly environmentNotes: readonly string[]
  readonly files: PrivateFiles
  /** The same with other options: how `demo` runs other commands. */
  withOptions(change: Partial<GlobalOptions>): CommandContext
  /** The file that `--config`, the environment or the default names; it need not exist. */
  configPath(): Promise<string>
  loadConfig(): Promise<Config>
  /** What commands that only read need of the config, sooner: remembered from the last time that the same file was read. Throws
   *  as `loadConfig` does. */
  loadStores(): Promise<StoresConfig>
  /** What `config show` prints: no secrets. */
  describeConfig(config: Config): Promise<unknown>
  openReader(config: StoresConfig, storePath: string): Promise<StoreReader>
  /** Sooner than `openReader`. The index is opened when it is first asked for. */
  openSearcher(config: StoresConfig, storePath: string): Promise<OpenSearchReader>
  /** Opens nothing before it is looked at: there may be no store yet. */
  followLog(config: StoresConfig, storePath: string): Promise<FollowedLog>
  openAuditor(config: Config, storePath: string): Promise<OpenAuditor>
  /** Takes the store's run lock: STORE_LOCKED (75) names who holds it. `watch` is told what the store takes its time for. */
  openStore(config: Config, storePath: string, watch?: StoreWatch): Promise<MirrorStore>
  transferParts(): Promise<TransferParts>
  sendParts(): Promise<SendParts>
  hookParts(): Promise<HookParts>
  doctorParts(): Promise<DoctorParts>
  /** Reads the config, which need not exist: throws as `loadConfig` does. */
  setupParts(): Promise<SetupParts>
  upkeepParts(): Promise<UpkeepParts>
  watchParts(): Promise<WatchParts>
  /** With `record`, a redacted transcript of the dialogue goes into a new file of that name. */
  openSource(config: Config, record?: string): Promise<RecordedSource>
  /** Asks on a terminal for the passwords that the config does not name, before a screen is drawn; elsewhere nothing happens. */
  askPasswords(accounts: readonly Account[]): Promise<void>
  /** Keeps passwords and access for later runs. */
  credentialKeeper(): Promise<CredentialKeeper>
  /** Makes no thread before it is needed. */
  createIndexer(config: Config, storePath: string, options?: IndexerChoice): Promise<Indexer>
  messageParser(): Promise<MessageParser>
  /** Gives the path of the new file; nothing that exists is changed. */
  writeAttachment(folder: string, attachment: AttachmentEntry, data: Uint8Array): Promise<string>
  /** Writes a whole file of that name, or changes nothing; gives its path. Its owner's alone unless the mode says otherwise. */
  replaceFile(path: string, content: string | Uint8Array, mode?: number): Promise<string>
  /** One HTTP request to a monitor. Throws SERVER_UNREACHABLE unless the answer is a success. */
  sendPing(ping: Ping): Promise<void>
  readonly exports: ExportPlaces
  /** Shows lines for reading: on a terminal they do not fit on, through the user's pager. */
  page(lines: readonly string[]): Promise<void>
  createRecorder(): Promise<RunRecorder>
  /** Records a sync and samples its threads: now and then, closely, or not at all. The stores are those it
   *  mirrors into. */
  createRunProfiler(mode: ProfilingModeName, stores: readonly string[]): Promise<RunProfiler>
  /** Folders in which processes of ours that run may be asked what they do. */
  controlBases(stores: readonly string[]): Promise<readonly string[]>
  /** Runs that were recorded for a store; undefined: none was, and no file is made for them unless `makes`. */
  openProfileRuns(config: StoresConfig, storePath: string, makes: boolean): Promise<ProfileRuns | undefined>
  startDemoServer(options: DemoServerOptions): Promise<DemoServer>
}

/** How a command's options become a run of it: `program.ts` gives each command one. */
export interface CommandHost {
  run(action: (context: CommandContext) => Promise<ExitStatus>): Promise<void>
}
