import { randomInt } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createImapSource } from '../../src/imap/imap-source.ts'
import type { Patience } from '../../src/imap/progress-watchdog.ts'
import type { Account, ServerSettings } from '../../src/model/account.ts'
import { AppError } from '../../src/model/errors.ts'
import type { Selector } from '../../src/model/select.ts'
import { createLaneRecorder } from '../../src/profile/recorder.ts'
import { openMirrorStore } from '../../src/store/sqlite-mirror-store.ts'
import type { SyncEvent, SyncFinished } from '../../src/sync/events.ts'
import type { Clock, MailSource, MirrorStore } from '../../src/sync/ports.ts'
import { syncAccounts } from '../../src/sync/sync-loop.ts'
import { fixedPassword } from './fixed-password.ts'

export const password = 'secret'
const threadUrl = pathToFileURL(fileURLToPath(new URL('../../dist/writer-thread.js', import.meta.url)))

/** The account of a server on loopback. */
export function accountAt(
  port: number,
  settings: Partial<Account> & { readonly server?: Partial<ServerSettings> } = {},
): Account {
  const { server, ...rest } = settings
  return {
    name: 'ada',
    email: 'ada@example.org',
    store: 'unused',
    connections: 2,
    mailboxes: { include: ['*'], exclude: [] },
    imap: {
      host: '127.0.0.1',
      port,
      security: 'none',
      allowPlaintext: false,
      user: 'ada',
      password: { kind: 'env', name: 'ADA' },
      caFile: undefined,
      fingerprint: undefined,
      ...server,
    },
    smtp: undefined,
    budget: undefined,
    maxMessage: undefined,
    disable: [],
    specialUse: {},
    ...rest,
  }
}

/** Waits are cut to nothing: no test depends on time. */
const impatientClock: Clock = {
  monotonicMs: () => performance.now(),
  delay: async (_ms, signal) => {
    if (signal.aborted) throw new AppError({ code: 'INTERRUPTED', message: 'interrupted' })
    await wait(1)
  },
  random: () => randomInt(1000) / 1000,
}

export interface RunOptions {
  readonly accounts: readonly Account[]
  /** Path of the store's file of facts. */
  readonly storePath: string
  readonly selectors?: readonly Selector[]
  readonly full?: boolean
  readonly acceptRemovals?: boolean
  readonly signal?: AbortSignal
  readonly patience?: Patience
  readonly onEvent?: (event: SyncEvent) => void
  readonly source?: MailSource
  /** In place of the one at `storePath`. */
  readonly store?: MirrorStore
  /** Puts something between the engine and the store. */
  readonly wrapStore?: (store: MirrorStore) => MirrorStore
  readonly limits?: { readonly connections: number; readonly connectionsPerHost: number }
  /** How long the run may last, as far as it knows; `signal` is what ends it. */
  readonly maxTimeMs?: number
}

export interface RunOutcome {
  readonly result: SyncFinished
  readonly events: readonly SyncEvent[]
}

export function imapSource(patience?: Patience, secret = password, compress = false): MailSource {
  return createImapSource({
    secrets: fixedPassword(secret),
    version: '0.0.0',
    connectTimeoutMs: 5000,
    ...(compress ? { compress } : {}),
    ...(patience === undefined ? {} : { patience }),
  })
}

/** One run of the real engine over real IMAP into a real store (or the given one), which is closed afterwards whatever
 *  happens. */
export async function runSync(options: RunOptions): Promise<RunOutcome> {
  const events: SyncEvent[] = []
  const { storePath: path } = options
  const store = options.store ?? (await openMirrorStore({ path, allowNetwork: true, version: '0.0.0', threadUrl }))
  try {
    const wrapped = options.wrapStore?.(store) ?? store
    const accounts = options.accounts.map((account) => ({ ...account, store: options.storePath }))
    const result = await syncAccounts(
      {
        accounts,
        selectors: options.selectors ?? [],
        full: options.full ?? false,
        dryRun: false,
        acceptRemovals: options.acceptRemovals ?? false,
        limits: options.limits ?? { connections: 8, connectionsPerHost: 8 },
        leftOut: () => undefined,
        deadlineMs: options.maxTimeMs === undefined ? undefined : impatientClock.monotonicMs() + options.maxTimeMs,
      },
      {
        source: options.source ?? imapSource(options.patience),
        stores: new Map([[options.storePath, wrapped]]),
        readers: new Map(),
        recorder: createLaneRecorder(() => Math.round(performance.now() * 1000)),
        clock: impatientClock,
        onEvent: (event) => {
          events.push(event)
          options.onEvent?.(event)
        },
        signal: options.signal ?? new AbortController().signal,
      },
    )
    return { result, events }
  } finally {
    await store.close()
  }
}
