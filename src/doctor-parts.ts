// The part of the composition root that only `doctor` needs.
import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import type { DoctorParts } from './commands/doctor-parts.ts'
import { readEnvironment } from './config/environment.ts'
import { findConfig } from './config/load-config.ts'
import { configPath } from './config/paths.ts'
import { findSchedules } from './files/find-schedules.ts'
import type { FoundConfig, MachineLook, StoreDesk } from './doctor/ports.ts'
import { createImapSource } from './imap/imap-source.ts'
import { networkLook } from './imap/look-at-network.ts'
import { loginSource } from './model/secrets.ts'
import type { Secrets } from './model/secrets.ts'
import { createLaneRecorder } from './profile/recorder.ts'
import { lookAtPath, lookAtPlace, lookAtStoreFiles } from './store/look-at-place.ts'

export interface DoctorOptions {
  readonly version: string
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly secrets: Secrets
}

// oxlint-disable-next-line eslint/no-restricted-properties -- the clock of the process
const nowMs = (): number => Date.now()

export function doctorParts(options: DoctorOptions): DoctorParts {
  const { version, variables, secrets } = options
  const environment = readEnvironment(variables, homedir())
  return {
    hasUnicode: hasUnicode(variables),
    findConfig: (path) => findConfig(path, environment),
    ports: (config, { clock, environmentNotes }) => {
      const recorder = createLaneRecorder(() => Math.round(performance.now() * 1000))
      const source = createImapSource({ secrets, version, compress: config?.compress ?? 'auto' })
      return {
        clock,
        machine: machineLook(variables, environmentNotes),
        stores: storeDesk,
        network: networkLook,
        askPassword: async (account, signal) => void (await secrets.login(loginSource(account, account.imap), signal)),
        connect: (account, signal) => source.connect(account, recorder.openLane(account.name), signal),
      }
    },
  }
}

/** Linux's own console has few signs. */
function hasUnicode({ LC_ALL = '', LC_CTYPE = '', LANG = '', TERM = '', WT_SESSION = '' }: DoctorOptions['variables']) {
  if (process.platform === 'win32') return WT_SESSION !== ''
  const locale = [LC_ALL, LC_CTYPE, LANG].find((value) => value !== '') ?? ''
  return TERM !== 'linux' && /utf-?8/i.test(locale)
}

function machineLook(variables: DoctorOptions['variables'], environmentNotes: readonly string[]): MachineLook {
  return {
    nodeVersion: process.versions.node,
    environmentNotes,
    // What loads SQLite is loaded here, so that a library that is missing is a finding.
    sqlite: async () => (await import('./store/look-at-store.ts')).describeSqlite(),
    nowMs,
    programWrittenMs: async () => (await stat(new URL('../package.json', import.meta.url))).mtimeMs,
    path: lookAtPath,
    place: lookAtPlace,
    storeFiles: lookAtStoreFiles,
    schedules: () => {
      const environment = readEnvironment(variables, homedir())
      const configFolder = configPath(undefined, readEnvironment({ ...variables, MAILMIRROR_CONFIG: '' }, homedir()))
        .split('/')
        .slice(0, -2)
        .join('/')
      return findSchedules({ homeFolder: environment.homeDirectory, configFolder, variables })
    },
  }
}

const optionsOf = (config: NonNullable<FoundConfig['config']>, path: string) => ({
  path,
  allowNetwork: config.storeOnNetwork,
})
const readerOf = async (...store: Parameters<typeof optionsOf>) =>
  (await import('./store/sqlite-store-reader.ts')).openStoreReader(optionsOf(...store))

const storeDesk: StoreDesk = {
  look: async (config, path) =>
    (await import('./store/look-at-store.ts')).lookAtStore(optionsOf(config, path), () => performance.now()),
  mirror: async (config, { name, store }) => {
    const reader = await readerOf(config, store)
    try {
      return reader.status([name], [])[0] ?? { mailboxes: [] }
    } finally {
      reader.close()
    }
  },
  index: async (config, path) => {
    const reader = await readerOf(config, path)
    try {
      return await reader.indexState()
    } finally {
      reader.close()
    }
  },
  lockOwner: async (path) => (await import('./store/run-lock.ts')).runLockOwner(path),
  remembered: async (config, { name, store }) =>
    (await import('./store/look-at-store.ts')).rememberedServer(optionsOf(config, store), name, nowMs()),
  remember: async (config, { name, store }, found) =>
    (await import('./store/remember-server.ts')).rememberServer(optionsOf(config, store), name, found),
}
