import type { CommandContext, GlobalOptions } from './commands/context.ts'
import type { DemoServer, DemoServerOptions } from './commands/demo-server.ts'
import type { Environment } from './config/environment.ts'
import type { Credentials } from './credential-parts.ts'
import type { AppError as AppErrorClass } from './model/errors.ts'
import type { ExitStatus } from './model/exit-status.ts'
import type { Clock } from './sync/ports.ts'
import type { RawStreams, Terminal } from './ui/terminal.ts'
import { privateFiles } from './files/private-files.ts'

// An import of node:fs reads each of its getters and loads all that is behind them, 3 ms that a start can do without.
const { existsSync, writeSync } = process.getBuiltinModule('node:fs')
const nodePath = process.getBuiltinModule('node:path')
const { enableCompileCache } = process.getBuiltinModule('node:module')

// First of all: without a listener this signal opens Node's debugger, through which every user of this machine could run
// code in our name. It is answered instead.
process.on('SIGUSR1', () => {
  // No argument ever is a secret.
  const command = process.argv.slice(2).join(' ').slice(0, 200)
  const text = `mailmirror: process ${process.pid} has been running for ${Math.round(process.uptime())} s: ${command}`
  writeSync(2, `${text.replaceAll(/[^\u0020-\u007e]/g, '?')}\n`)
})
// What we make belongs to its owner alone (S09).
process.umask(0o077)

/** What the environment says; read once, here. */
// oxlint-disable-next-line node/no-process-env -- the composition root is the one place that reads it
const variables: Readonly<Record<string, string | undefined>> = process.env

// Compiled code is kept in the user's own cache: a start takes a quarter less. Where that cannot be written, nothing is kept.
const cacheFolder = userCacheFolder()
if (cacheFolder !== undefined) enableCompileCache(`${cacheFolder}/compiled`)

const stderrDescriptor = 2
const exitOnInterrupt = 130
const exitOnTermination = 143
const exitOnBug = 70

/** Who ends the process, and with what. */
interface Interruption {
  readonly signal: AbortSignal
  readonly status: () => ExitStatus | undefined
  abort(reason: Error): void
}

const argv = process.argv.slice(2)
const wantsDebug = hasFlag('--debug')

process.on('uncaughtException', (error) => failForGood(error))
process.on('unhandledRejection', (error) => failForGood(error))
// Node's own warnings are for us, not for users.
if (!wantsDebug) process.removeAllListeners('warning')

async function run(): Promise<number> {
  const [{ claimProcessStreams, openTerminal, OutputClosed }, { AppError }] = await Promise.all([
    import('./ui/terminal.ts'),
    import('./model/errors.ts'),
  ])
  const streams = claimProcessStreams()
  const interruption = listenForSignals(
    (name) => new AppError({ code: 'INTERRUPTED', message: name === 'SIGINT' ? 'interrupted' : 'terminated' }),
  )
  interruption.signal.addEventListener('abort', () => void endUnread(streams, interruption.status()))
  const [noColor, isDumb] = [(variables['NO_COLOR'] ?? '') !== '', variables['TERM'] === 'dumb']
  const terminalFor = (choice: GlobalOptions['color']): Terminal =>
    openTerminal(streams, { choice, noColor, isDumb }, () => interruption.abort(new OutputClosed()))
  try {
    const quickly = await startQuickly({ terminalFor, interruption, AppError })
    if (quickly !== undefined) return quickly
    const { runProgram } = await import('./commands/program.ts')
    return await runProgram(argv, {
      terminal: terminalFor('auto'),
      version: readVersion(),
      createContext: (options) => checkedContext(options, { terminalFor, interruption, AppError }),
    })
  } catch (error) {
    if (error instanceof OutputClosed) return 0
    return report(error, streams, interruption.status())
  }
}

/** What nobody reads must not keep a process from ending that was told to. */
async function endUnread({ out }: RawStreams, status: ExitStatus | undefined): Promise<void> {
  if (status === undefined) return
  await (await import('./ui/unread-output.ts')).watchUnread(out, () => endNow(status))
}

interface RunParts {
  readonly terminalFor: (choice: GlobalOptions['color']) => Terminal
  readonly interruption: Interruption
  readonly AppError: typeof AppErrorClass
}

function checkedContext(options: GlobalOptions, parts: RunParts): CommandContext {
  const { terminalFor, interruption, AppError } = parts
  refuseHostileEnvironment(AppError)
  return createContext({
    options,
    terminal: terminalFor(options.color),
    interruption,
    version: readVersion(),
    credentials: credentialsOnce(interruption),
  })
}

/** For all that one process does, so that nobody is asked twice. */
function credentialsOnce(interruption: Interruption): () => Promise<Credentials> {
  let opened: Promise<Credentials> | undefined
  return () => (opened ??= openCredentials((error) => interruption.abort(error)))
}

async function openCredentials(onGivenUp: (error: Error) => void): Promise<Credentials> {
  const parts = await import('./credential-parts.ts')
  // oxlint-disable-next-line eslint/no-restricted-properties -- the one clock of the process
  const clock = { ...systemClock, nowMs: () => Date.now() }
  return parts.openCredentials({ environment: await environment(), clock, onGivenUp })
}

/** What can be done without loading the parser; undefined: it is needed. */
async function startQuickly(parts: RunParts): Promise<number | undefined> {
  const quick = (await import('./commands/quick-start.ts')).readQuickStart(argv)
  const { out } = parts.terminalFor('auto')
  if (quick?.kind === 'help' && !out.isTty) {
    await out.write((await import('./commands/help-page.ts')).plainHelpPage)
    return 0
  }
  if (quick?.kind === 'search') {
    const { runSearch } = await import('./commands/run-search.ts')
    return runSearch(checkedContext(quick.options, parts), quick.query, quick.flags)
  }
  if (quick?.kind === 'complete')
    return (await import('./commands/complete.ts')).complete(quick, (options) => checkedContext(options, parts))
  if (quick?.kind !== 'status') return undefined
  const { status } = await import('./commands/status.ts')
  return status(checkedContext(quick.options, parts), quick.selects)
}

/** One line for whoever reads stderr, and the status. */
async function report(thrown: unknown, streams: RawStreams, interruptedWith: ExitStatus | undefined): Promise<number> {
  const [{ errorText, reportOf }, { openTerminal }] = await Promise.all([
    import('./ui/error-report.ts'),
    import('./ui/terminal.ts'),
  ])
  const found = reportOf(thrown)
  const exit = found.code === 'INTERRUPTED' ? (interruptedWith ?? found.exit) : found.exit
  const { err } = openTerminal(streams, { choice: 'never', noColor: true }, () => undefined)
  await err.write(errorText({ ...found, exit }, { json: hasFlag('--json'), debug: wantsDebug }))
  return exit
}

/** The first signal asks the command to end; a second Ctrl-C does not wait for it (F13). */
function listenForSignals(reasonOf: (name: string) => Error): Interruption {
  const controller = new AbortController()
  let status: ExitStatus | undefined
  const listen = (name: 'SIGINT' | 'SIGTERM', ending: ExitStatus): void => {
    process.on(name, () => {
      if (name === 'SIGINT' && status !== undefined) endNow(exitOnInterrupt)
      status ??= ending
      controller.abort(reasonOf(name))
    })
  }
  listen('SIGINT', exitOnInterrupt)
  listen('SIGTERM', exitOnTermination)
  return { signal: controller.signal, status: () => status, abort: (reason) => controller.abort(reason) }
}

/** A bug that nobody caught. The store is as it was after the last commit. */
function failForGood(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error)
  const stack = wantsDebug && error instanceof Error ? `${error.stack ?? ''}\n` : ''
  const safe = `mailmirror: this is a bug in mailmirror: ${text}`.replaceAll(/[^\u0020-\u007e]/g, '?')
  try {
    writeSync(stderrDescriptor, `${safe}\n  please report it with the output of the same command and --debug\n${stack}`)
  } catch {
    // Nobody reads; the status tells.
  }
  endNow(exitOnBug)
}

function endNow(status: number): never {
  // A progress display that is cut off leaves the cursor hidden and lines unwrapped.
  if (process.getBuiltinModule('node:tty').isatty(stderrDescriptor))
    writeSync(stderrDescriptor, '\u001b[?25h\u001b[?7h\n')
  // oxlint-disable-next-line unicorn/no-process-exit -- what is still under way must not be waited for
  process.exit(status)
}

/** Before any connection: a process that trusts every certificate is of no use (S06). */
function refuseHostileEnvironment(AppError: typeof AppErrorClass): void {
  if (variables['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return
  throw new AppError({
    code: 'TLS_REFUSED',
    message: 'NODE_TLS_REJECT_UNAUTHORIZED=0 is set: no certificate would be checked',
    hint: 'unset it; for a certificate of your own use ca-file or fingerprint in the configuration',
  })
}

function environmentNotes(): readonly string[] {
  return ['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS'].flatMap((name) => {
    const value = variables[name] ?? ''
    return value === '' ? [] : [`${name} is set to ${value}`]
  })
}

interface ContextParts {
  readonly options: GlobalOptions
  readonly terminal: Terminal
  readonly interruption: Interruption
  readonly version: string
  readonly credentials: () => Promise<Credentials>
}

async function environment(): Promise<Environment> {
  const { readEnvironment } = await import('./config/environment.ts')
  return readEnvironment(variables, process.getBuiltinModule('node:os').homedir())
}

function createContext(parts: ContextParts): CommandContext {
  const { options, terminal, interruption, version } = parts
  const configPath = async (): Promise<string> =>
    (await import('./config/paths.ts')).configPath(options.config, await environment())
  return {
    options,
    terminal,
    clock: systemClock,
    // oxlint-disable-next-line eslint/no-restricted-properties -- the one clock of the process
    nowMs: () => Date.now(),
    version,
    invocation: invocation(),
    signal: interruption.signal,
    interruptedWith: interruption.status,
    environmentNotes: environmentNotes(),
    files: privateFiles,
    withOptions: (change) => createContext({ ...parts, options: { ...options, ...change } }),
    configPath,
    loadConfig: async () => {
      const { loadConfig } = await import('./config/load-config.ts')
      return loadConfig(await configPath(), await environment())
    },
    loadStores: async () => {
      const { loadStores } = await import('./config/load-stores.ts')
      return loadStores(await configPath(), await environment(), { folder: cacheFolder, version })
    },
    describeConfig: async (config) => (await import('./config/describe-config.ts')).describeConfig(config),
    ...storesForReading,
    openStore: async (config, path, watch) =>
      (await import('./store/sqlite-mirror-store.ts')).openMirrorStore({
        path,
        allowNetwork: config.storeOnNetwork,
        version,
        watch,
      }),
    ...whatLogsIn(parts),
    setupParts: async () =>
      (await import('./setup-parts.ts')).setupParts({
        version,
        environment,
        configPath,
        credentials: await parts.credentials(),
        say: (text) => terminal.err.write(text),
      }),
    upkeepParts: async () => (await import('./upkeep-parts.ts')).upkeepParts({ version, signal: interruption.signal }),
    watchParts: async () => (await import('./watch-parts.ts')).watchParts(variables),
    createIndexer: async (config, path, choice = {}) =>
      (await import('./store/sqlite-indexer.ts')).createIndexer({
        path,
        allowNetwork: config.storeOnNetwork,
        threadUrl: new URL('indexer-thread.js', import.meta.url),
        clock: systemClock,
        ...choice,
      }),
    messageParser: async () => (await import('./mime/message-parser.ts')).createMessageParser(),
    writeAttachment: async (folder, { part, name }, data) => {
      const { attachmentFileName, writeAttachment } = await import('./files/attachment-files.ts')
      return writeAttachment(nodePath.resolve(folder), attachmentFileName(part, name), data)
    },
    replaceFile: async (path, content, mode) =>
      (await import('./files/replace-file.ts')).replaceFile(nodePath.resolve(path), content, mode),
    sendPing: async (ping) => (await import('./monitor/send-ping.ts')).sendPing({ ...ping, version }),
    exports: {
      file: async (options) => (await import('./export-places.ts')).openExportFile(options),
      tree: async (options) => (await import('./export-places.ts')).openExportFolder(options),
    },
    page: async (lines) => (await import('./ui/pager.ts')).page(lines, terminal.out, variables),
    createRecorder: async () => (await import('./profile/process-recorder.ts')).createProcessRecorder(),
    createRunProfiler: async (mode, stores) =>
      (await import('./profiler-parts.ts')).createRunProfiler(mode, stores, variables['XDG_RUNTIME_DIR']),
    controlBases: async (stores) =>
      (await import('./profiler-parts.ts')).controlBases(stores, variables['XDG_RUNTIME_DIR']),
    openProfileRuns: async ({ storeOnNetwork: allowNetwork }, path, makes) =>
      (await import('./store/profile-store.ts')).openProfileRuns({ path, allowNetwork, makes }),
    startDemoServer: startEmbeddedServer,
  }
}

type Reading = 'openReader' | 'openSearcher' | 'followLog' | 'openAuditor'

const storesForReading: Pick<CommandContext, Reading> = {
  openReader: async (config, path) =>
    (await import('./store/sqlite-store-reader.ts')).openStoreReader({ path, allowNetwork: config.storeOnNetwork }),
  openSearcher: async (config, path) =>
    (await import('./store/search-messages.ts')).openSearcher({ path, allowNetwork: config.storeOnNetwork }),
  followLog: async (config, path) =>
    (await import('./store/followed-log.ts')).followStoreLog({ path, allowNetwork: config.storeOnNetwork }),
  openAuditor: async (config, path) =>
    (await import('./store/audit-store.ts')).openStoreAuditor({ path, allowNetwork: config.storeOnNetwork }),
}

type LoggingIn =
  | 'hookParts'
  | 'transferParts'
  | 'sendParts'
  | 'doctorParts'
  | 'openSource'
  | 'askPasswords'
  | 'credentialKeeper'

/** What needs passwords and access tokens, or keeps them, and what goes to others. */
function whatLogsIn({ version, interruption, credentials }: ContextParts): Pick<CommandContext, LoggingIn> {
  return {
    transferParts: async () => {
      const { transferParts } = await import('./transfer-parts.ts')
      return transferParts({ version, secrets: (await credentials()).secrets })
    },
    sendParts: async () => {
      const { sendParts } = await import('./send-parts.ts')
      return sendParts({ version, secrets: (await credentials()).secrets })
    },
    hookParts: async () => (await import('./hook-parts.ts')).hookParts({ version, variables }),
    doctorParts: async () => {
      const { doctorParts } = await import('./doctor-parts.ts')
      return doctorParts({ version, variables, secrets: (await credentials()).secrets })
    },
    openSource: async ({ compress }, record) => {
      const { openSource } = await import('./source-parts.ts')
      return openSource({ version, compress, record, secrets: (await credentials()).secrets })
    },
    askPasswords: async (accounts) => (await credentials()).askPasswords(accounts, interruption.signal),
    credentialKeeper: async () => (await credentials()).keeper,
  }
}

async function startEmbeddedServer(options: DemoServerOptions): Promise<DemoServer> {
  const { messages, latencyMs, user, password } = options
  const [{ startDemoServer }, { sampleMail }] = await Promise.all([
    import('./demo/demo-server.ts'),
    import('./demo/sample-mail.ts'),
  ])
  return startDemoServer({ store: sampleMail({ messages }), users: { [user]: password }, latencyMs })
}

const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  delay: async (ms, signal) => {
    const [{ setTimeout }, { AppError }] = await Promise.all([
      import('node:timers/promises'),
      import('./model/errors.ts'),
    ])
    await setTimeout(ms, undefined, { signal }).catch((error: unknown) => {
      throw new AppError({ code: 'INTERRUPTED', message: 'interrupted while waiting', cause: error })
    })
  },
  // oxlint-disable-next-line eslint/no-restricted-properties -- the one source of chance
  random: () => Math.random(),
}

function readVersion(): string {
  const { readFileSync } = process.getBuiltinModule('node:fs')
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return isManifest && typeof manifest.version === 'string' ? manifest.version : 'unknown'
}

/** `mailmirror` where that is how we were started; in a checkout, how to start us there. */
function invocation(): string {
  const script = process.argv[1] ?? ''
  if (!script.endsWith('.js')) return 'mailmirror'
  const here = `${process.cwd()}/`
  return `node ${script.startsWith(here) ? script.slice(here.length) : script}`
}

/** Never a folder that others can write to, such as Node's own default: what lies there is run. Undefined where there is
 *  none of the user's own: a home that is not there must not come to be by this. */
function userCacheFolder(): string | undefined {
  const { XDG_CACHE_HOME: cache = '', HOME: home = '' } = variables
  if (cache.startsWith('/')) return `${cache}/mailmirror`
  return home.startsWith('/') && existsSync(home) ? `${home}/.cache/mailmirror` : undefined
}

/** Before anything is parsed, and also when that fails. */
function hasFlag(flag: string): boolean {
  const end = argv.indexOf('--')
  return (end < 0 ? argv : argv.slice(0, end)).includes(flag)
}

// oxlint-disable-next-line eslint/no-restricted-properties -- the one place that sets it, last of all
process.exitCode = await run()
