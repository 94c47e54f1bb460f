import type { StoreAccount } from '../model/account.ts'
import type { Change } from '../model/change.ts'
import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { mergeChanges } from '../sync/merge-changes.ts'
import { changeJson } from '../ui/change-json.ts'
import type { CommandContext } from './context.ts'
import { warnOf } from './each-store.ts'
import type { LogRequest } from './logged-stores.ts'
import { openReaders } from './open-readers.ts'

const chunkLength = 65_536

/** What has changed so far, of all stores that can be read. */
export async function writeLog(
  context: CommandContext,
  { config, stores, isMeant }: LogRequest,
  accounts: readonly StoreAccount[],
): Promise<ExitStatus> {
  using readers = await openReaders(context, config, accounts)
  const errors = [...readers.errors]
  const isOnly = readers.all.length + errors.length === 1
  const logs = readers.all.map(({ path, reader }) => {
    const { since, name } = stores.find((store) => store.path === path) ?? { since: { afterSeq: 0 }, name: undefined }
    const changes = reader.changes(since)
    return named(isOnly ? changes : untilDamaged(changes, errors), name)
  })
  let chunk = ''
  for (const { change, store } of mergeChanges(logs)) {
    if (!isMeant(change)) continue
    chunk += changeJson(change, store)
    if (chunk.length < chunkLength) continue
    context.signal.throwIfAborted()
    await context.terminal.out.write(chunk)
    chunk = ''
  }
  if (chunk !== '') await context.terminal.out.write(chunk)
  await warnOf(context, errors)
  return errors.length > 0 ? exitStatus.incomplete : exitStatus.done
}

function* named(changes: Iterable<Change>, store: string | undefined) {
  for (const change of changes) yield { at: change.at, change, store }
}

/** One log of several ends where it cannot be read. */
function* untilDamaged(changes: Iterable<Change>, errors: AppError[]): Generator<Change, undefined> {
  try {
    yield* changes
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    errors.push(error)
  }
  return undefined
}
