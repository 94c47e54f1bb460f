import { randomUUID } from 'node:crypto'
import { compareRestored } from '../export/compare-restored.ts'
import type { RestoreComparison } from '../export/compare-restored.ts'
import type { RestoreGroup } from '../export/plan-restore.ts'
import { restoreMessages } from '../export/restore-messages.ts'
import type { RestoreSummary } from '../export/restore-messages.ts'
import type { RestoreJournal } from '../export/restore-ports.ts'
import { AppError } from '../model/errors.ts'
import type { StoredMessage } from '../model/stored-message.ts'
import type { CommandContext } from './context.ts'
import type { StoreReader } from './store-reader.ts'
import { makeWorkspace } from './demo-workspace.ts'
import { runSync } from './run-sync.ts'
import { selectAccounts } from './select-accounts.ts'

export interface Rehearsal {
  readonly summary: RestoreSummary
  readonly comparison: RestoreComparison
}

export interface RehearsalOptions {
  readonly groups: readonly RestoreGroup[]
  readonly onMessage: (octets: number) => void
}

/** Nothing is known of what was restored before, and nothing is noted. */
export const noJournal: RestoreJournal & Disposable = {
  read: () => Promise.resolve(new Map()),
  note: () => Promise.resolve(),
  [Symbol.dispose]: () => undefined,
}
/** Messages that are described at once. */
const described = 500

/** Restores into an embedded server that has no mail, mirrors it into a store of its own, and compares. Nothing of it stays. */
export async function rehearse(context: CommandContext, { groups, onMessage }: RehearsalOptions): Promise<Rehearsal> {
  const { startEmptyServer, restoreServer, mail } = await context.transferParts()
  const password = randomUUID()
  const server = await startEmptyServer(password)
  try {
    const workspace = await makeWorkspace(context.files, undefined, { port: server.port, password })
    try {
      const inner = context.withOptions({ config: workspace.configPath })
      const config = await inner.loadConfig()
      const selection = selectAccounts(config, [])
      const [account] = selection.accounts
      if (account === undefined) throw new Error('the rehearsal has an account')
      const summary = await restoreMessages({
        server: restoreServer(config, account),
        journal: noJournal,
        groups,
        connections: 2,
        isDryRun: false,
        hash: mail.hash,
        delay: (ms, signal) => context.clock.delay(ms, signal),
        signal: context.signal,
        onMessage,
      })
      const flags = { index: false }
      const { finished } = await runSync(inner, { config, selection, flags, onEvent: () => undefined })
      if (!finished.complete) throw notMirrored(context.signal)
      const reader = await inner.openReader(config, account.store)
      try {
        return { summary, comparison: await compare(reader, { groups, summary, hash: mail.hash }) }
      } finally {
        reader.close()
      }
    } finally {
      await workspace.remove()
    }
  } finally {
    await server.close()
  }
}

interface CompareParts {
  readonly groups: readonly RestoreGroup[]
  readonly summary: RestoreSummary
  readonly hash: (octets: Uint8Array) => string
}

async function compare(reader: StoreReader, { groups, summary, hash }: CompareParts): Promise<RestoreComparison> {
  const exported = await reader.exportReader()
  const ids = exported.contents('present')
  const mirrored = function* (): Generator<StoredMessage> {
    for (let start = 0; start < ids.length; start += described)
      yield* exported.describe(ids.slice(start, start + described))
  }
  const leftOut = new Set(summary.failed.map(({ mailbox, id }) => JSON.stringify([mailbox, id])))
  return compareRestored(mirrored(), {
    groups,
    pathOf: (levels) => levels.join('/'),
    hash,
    isLeftOut: (path, id) => leftOut.has(JSON.stringify([path, id])),
  })
}

function notMirrored(signal: AbortSignal): unknown {
  signal.throwIfAborted()
  return new AppError({
    code: 'PROTOCOL_VIOLATION',
    message: 'could not mirror back what was restored',
    hint: 'this is a bug in mailmirror: please report it with the output of the same command and --debug',
  })
}
