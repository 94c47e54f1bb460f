import type { Account } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { ListedMailbox } from '../model/mailbox.ts'
import { allowedConnections } from '../model/provider.ts'
import { filterAdmits } from '../model/select.ts'
import type { ServerQuirk } from '../model/server-quirks.ts'
import { uidDifference, uidIntersection } from '../model/uid-set.ts'
import type { UidSet } from '../model/uid-set.ts'
import { listWithCounts } from './list-with-counts.ts'
import type { DoctorClock, ProbedConnection, ProbedMailbox, TriedConnections } from './ports.ts'
import { countOf } from './quantities.ts'

/** Of a larger mailbox not all is listed for a probe. */
const mostListed = 100_000
/** In a larger one it is not asked what has changed from its beginning on. */
const mostResynced = 5000
const mostTried = 8
const betweenConnectionsMs = 300

export interface ProbeParts {
  /** As the config has it, without what an earlier probe has found. */
  readonly account: Account
  readonly clock: DoctorClock
  readonly signal: AbortSignal
  readonly connect: () => Promise<ProbedConnection>
  /** Others use the server in our name just now: how many connections it bears cannot be told. */
  readonly isBusy: boolean
  /** How many the config allows in all. */
  readonly mostConnections: number
}

export interface ProbeFindings extends TriedConnections {
  readonly quirks: readonly ServerQuirk[]
}

/** Finds out what the server of an account does not keep. It reads, and no more than a sync would in its largest mailbox. What
 *  changes meanwhile is never taken for a quirk: each rests on what was true before the server said otherwise. Throws what
 *  `connect` and the commands throw. */
export async function probeServer(parts: ProbeParts): Promise<ProbeFindings> {
  const first = await parts.connect()
  const quirks: ServerQuirk[] = []
  let box: ListedMailbox | undefined
  try {
    box = await chooseMailbox(first, parts.account)
    if (box !== undefined) quirks.push(...(await probeListing(first, box)))
  } finally {
    await first.logout()
  }
  const isTrusting = first.capabilities.has('QRESYNC') && quirks.every(({ disable }) => disable !== 'CONDSTORE')
  if (box !== undefined && isTrusting) quirks.push(...(await probeResync(await parts.connect(), box)))
  if (parts.isBusy) return { quirks, borne: undefined, tried: undefined }
  return { quirks, ...(await probeConnections(parts)) }
}

/** The largest that is not too large: limits show only where there is much. */
async function chooseMailbox(connection: ProbedConnection, account: Account): Promise<ListedMailbox | undefined> {
  let best: { readonly box: ListedMailbox; readonly messages: number } | undefined
  for (const box of await listWithCounts(connection)) {
    const { messages = 0 } = box.status ?? {}
    const isMeant = box.selectable && filterAdmits(account.mailboxes, box.path)
    if (isMeant && messages <= mostListed && messages > (best?.messages ?? 0)) best = { box, messages }
  }
  return best?.box
}

async function probeListing(connection: ProbedConnection, box: ListedMailbox): Promise<readonly ServerQuirk[]> {
  const { highestModseq: isKeepingModseqs } = await connection.examine(box.wirePath)
  const listed = await connection.listUids()
  const highest = isKeepingModseqs === undefined ? undefined : await highestModseq(connection)
  const quirks = await searchQuirk(connection, box, listed)
  const after = await connection.examine(box.wirePath)
  return [...quirks, ...uidNextQuirk(box, after, listed), ...modseqQuirk(box, after, highest)]
}

/** F39. Whatever is listed both before and after it was there meanwhile. */
async function searchQuirk(
  connection: ProbedConnection,
  { path }: ListedMailbox,
  listed: UidSet,
): Promise<readonly ServerQuirk[]> {
  const found = await connection.searchUids()
  if (uidDifference(listed, found).size === 0) return []
  const lasting = uidIntersection(listed, await connection.listUids())
  const missing = uidDifference(lasting, found).size
  if (missing === 0) return []
  const text = `SEARCH names ${found.size} of ${countOf(lasting.size, 'message')} in ${path}; syncs use FETCH instead`
  return [{ disable: 'SEARCH', text }]
}

/** Whatever was listed before must be below what is said to come next (RFC 9051 §2.3.1.1). */
function uidNextQuirk({ path }: ListedMailbox, { uidNext }: ProbedMailbox, listed: UidSet): readonly ServerQuirk[] {
  const last = listed.bounds.at(-1) ?? 0
  if (uidNext === undefined || uidNext > last) return []
  const text = `UIDNEXT of ${path} is ${uidNext} where UID ${last} is listed; syncs do not go by it`
  return [{ disable: 'UIDNEXT', text }]
}

/** No message may bear a modseq above that of its mailbox (RFC 7162 §3.1.2.1). */
function modseqQuirk(
  { path }: ListedMailbox,
  { highestModseq: said }: ProbedMailbox,
  highest: bigint | undefined,
): readonly ServerQuirk[] {
  if (said === undefined || highest === undefined || highest <= said) return []
  const text = `HIGHESTMODSEQ of ${path} is ${said} where a message has ${highest}; syncs do without CONDSTORE`
  return [{ disable: 'CONDSTORE', text }]
}

async function highestModseq(connection: ProbedConnection): Promise<bigint | undefined> {
  let highest: bigint | undefined
  await connection.fetchRows({}, ({ modseq }) => {
    if (modseq !== undefined && modseq > (highest ?? 0n)) highest = modseq
  })
  return highest
}

/** On a connection of its own: QRESYNC is to be enabled before anything is examined. It is closed. */
async function probeResync(connection: ProbedConnection, box: ListedMailbox): Promise<readonly ServerQuirk[]> {
  const { path, wirePath, status } = box
  try {
    const state = status?.highestModseq === undefined ? await connection.status(wirePath) : status
    const { uidValidity, highestModseq: now, messages = 0 } = state
    if (uidValidity === undefined || now === undefined) return []
    const modseq = messages <= mostResynced || now <= 1000n ? 1n : now - 1000n
    const { vanished } = await connection.examine(wirePath, { uidValidity, modseq, onRow: () => undefined })
    if (vanished === undefined) {
      return [{ disable: 'QRESYNC', text: `QRESYNC gives no answer that can be used for ${path}; syncs do without it` }]
    }
    // What has vanished never comes back.
    const alive = uidIntersection(vanished, await connection.listUids())
    if (alive.size === 0) return []
    const text = `QRESYNC says of ${countOf(alive.size, 'message')} in ${path} that it vanished, and lists it; syncs do without QRESYNC`
    return [{ disable: 'QRESYNC', text }]
  } finally {
    await connection.logout()
  }
}

/** One after the other, up to as many as a sync would have, until the server refuses one. */
async function probeConnections(parts: ProbeParts): Promise<TriedConnections> {
  const { account, clock, signal, connect, mostConnections } = parts
  const { host } = account.imap
  const wanted = allowedConnections(host, { configured: account.connections, remembered: undefined })
  const most = Math.min(wanted, mostConnections, mostTried)
  const open: ProbedConnection[] = []
  try {
    while (open.length < most) {
      if (open.length > 0) await clock.delay(betweenConnectionsMs, signal)
      open.push(await connect())
    }
    return { borne: undefined, tried: open.length }
  } catch (error) {
    const isCeiling = error instanceof AppError && error.throttle === 'fewer-connections'
    // The first one that is refused says little: others may hold what the account has.
    if (!isCeiling || open.length === 0) throw error
    return { borne: open.length, tried: open.length + 1 }
  } finally {
    for (const connection of open) await connection.logout()
  }
}
