import type { Database } from 'better-sqlite3'
import type { PrunedMailbox, PrunePlan, PruneRule, PruneSum } from '../upkeep/prune-ports.ts'
import { AppError } from '../model/errors.ts'
import { removalWriter } from './write-removals.ts'
import { changeWriter, logClock } from './write-changes.ts'
import type { WriterState } from './write-changes.ts'

/** A transaction writes each page that it frees: so many contents, and octets, at a time. */
const mostContents = 500
const mostOctets = 2 ** 26

const nothing: PruneSum = { messages: 0, octets: 0 }

interface MailboxRow {
  readonly id: number
  readonly account: string
  readonly path: string
  readonly kind: string
  readonly gone_at: number | null
}

const mailboxesSql = `
  SELECT mailbox.id, account.name AS account, path, kind, gone_at FROM mailbox
  JOIN account ON account.id = mailbox.account ORDER BY account.name, path`

/** Held by no placement but those that a rule means. `scope` has the mailboxes of the rule. */
const scoped = `epoch IN (SELECT id FROM epoch WHERE mailbox IN (SELECT id FROM temp.scope))`
const ofMailboxes = `HAVING sum(${scoped}) = count(*)`
const removedBefore = `HAVING count(removed_at) = count(*) AND max(removed_at) < @beforeMs AND sum(${scoped}) > 0`

const chooseSql = (having: string): string => `
  CREATE TEMP TABLE chosen AS
  SELECT placed.content AS id, octets FROM (SELECT content FROM placement GROUP BY content ${having}) AS placed
  JOIN content ON content.id = placed.content WHERE pruned IS NULL ORDER BY placed.content`

const totalsSql = `
  SELECT account.name AS account, path, count(*) AS messages, coalesce(sum(octets), 0) AS octets
  FROM (SELECT DISTINCT mailbox, chosen.id, octets FROM temp.chosen
    JOIN placement ON placement.content = chosen.id JOIN epoch ON epoch.id = placement.epoch) AS held
  JOIN mailbox ON mailbox.id = held.mailbox JOIN account ON account.id = mailbox.account
  GROUP BY mailbox.id ORDER BY account.name, path`

const presentSql = `SELECT coalesce(sum(present), 0) FROM epoch WHERE mailbox IN (SELECT id FROM temp.scope)`

/** What a rule means now, without a trace in the store. Throws NO_SUCH_ACCOUNT, NO_SUCH_MAILBOX, or USAGE for a mailbox that a sync
 *  would fetch again. */
export function planPruning(facts: Database, rule: PruneRule): PrunePlan {
  const scope = choose(facts, rule)
  const sum = facts
    .prepare<[], PruneSum>('SELECT count(*) AS messages, coalesce(sum(octets), 0) AS octets FROM temp.chosen')
    .get()
  const number = (sql: string): number => facts.prepare<[], number>(sql).pluck().get() ?? 0
  return {
    ...(sum ?? { messages: 0, octets: 0 }),
    mailboxes: facts.prepare<[], PrunedMailbox>(totalsSql).all(),
    scope: scope.map(({ account, path }) => ({ account, path })),
    present: rule.kind === 'removed-before' ? 0 : number(presentSql),
    unfinished: number('SELECT count(*) FROM pruning WHERE ended_at IS NULL'),
  }
}

function choose(facts: Database, rule: PruneRule): readonly MailboxRow[] {
  const scope = scopeOf(facts, rule)
  facts.exec('DROP TABLE IF EXISTS temp.chosen; CREATE TEMP TABLE IF NOT EXISTS scope (id INTEGER PRIMARY KEY)')
  facts.exec('DELETE FROM temp.scope')
  facts.prepare('INSERT INTO temp.scope SELECT value FROM json_each(?)').run(JSON.stringify(scope.map(({ id }) => id)))
  if (rule.kind === 'removed-before') facts.prepare(chooseSql(removedBefore)).run({ beforeMs: rule.beforeMs })
  else facts.prepare(chooseSql(ofMailboxes)).run()
  return scope
}

function scopeOf(facts: Database, rule: PruneRule): readonly MailboxRow[] {
  const all = facts.prepare<[], MailboxRow>(mailboxesSql).all()
  if (rule.kind === 'removed-before') {
    return all.filter(({ account, path }) => rule.mailboxes === undefined || rule.mailboxes(account, path))
  }
  const own = all.filter(({ account }) => account === rule.account)
  if (rule.kind === 'account') {
    if (own.length > 0) return own
    throw new AppError({ code: 'NO_SUCH_ACCOUNT', message: `the store has no account "${rule.account}"` })
  }
  const named = own.filter(({ path }) => path === rule.path)
  const name = `${rule.account}/${rule.path}`
  if (named.length === 0) {
    throw new AppError({
      code: 'NO_SUCH_MAILBOX',
      message: `no mailbox "${name}" in the mirror`,
      hint: '`mailmirror status` lists the mailboxes, those that are gone too',
      scope: 'mailbox',
    })
  }
  const isFetched = ({ kind, gone_at: goneAt }: MailboxRow): boolean => kind !== 'local' && goneAt === null
  if (!rule.isMirrored || !named.some(isFetched)) return named
  throw new AppError({
    code: 'USAGE',
    message: `${name} is on the server: the next sync would fetch again what is pruned of it`,
    hint: 'exclude it in the config first; or prune what was removed from it: --removed-before',
    scope: 'mailbox',
  })
}

export interface PruneClock {
  readonly version: string
  readonly nowMs: () => number
}

/** Removes the octets of what a rule means from the facts, in transactions of their own; tells what went. Whoever calls holds the
 *  run lock and has told SQLite to overwrite (secure_delete). */
export async function pruneContents(
  facts: Database,
  rule: PruneRule,
  { version, nowMs, pause }: PruneClock & { readonly pause: () => Promise<void> },
): Promise<PruneSum> {
  choose(facts, rule)
  const chosen = facts.prepare<[], number>('SELECT count(*) FROM temp.chosen').pluck()
  if (rule.kind === 'removed-before' && chosen.get() === 0) return nothing
  const begin = facts.transaction(() => {
    if (rule.kind !== 'removed-before') retireScope(facts, nowMs)
    const add = facts.prepare('INSERT INTO pruning (at, version, rule) VALUES (?, ?, ?)')
    return Number(add.run(nowMs(), version, ruleJson(rule)).lastInsertRowid)
  })
  const pruning = begin.immediate()
  await pause()
  const erase = eraser(facts, pruning)
  let sum = nothing
  for (let batch = erase(); batch.messages > 0; batch = erase()) {
    sum = { messages: sum.messages + batch.messages, octets: sum.octets + batch.octets }
    await pause()
  }
  return sum
}

/** The mailboxes are gone from now on, and the log says so: a sync that lists them again mirrors them anew. */
function retireScope(facts: Database, nowMs: () => number): void {
  const state: WriterState = { run: undefined, clock: nowMs, now: logClock(facts, nowMs) }
  const removals = removalWriter(facts, state, changeWriter(facts, state))
  for (const id of facts.prepare<[], number>('SELECT id FROM temp.scope ORDER BY id').pluck().all())
    removals.removeMailbox(id)
}

/** Erases some of what is chosen, in one transaction; nothing is left when it tells of no messages. */
function eraser(facts: Database, pruning: number): () => PruneSum {
  const next = facts.prepare<[number], { readonly id: number; readonly octets: number }>(
    'SELECT id, octets FROM temp.chosen ORDER BY id LIMIT ?',
  )
  const dropParts = facts.prepare('DELETE FROM content_part WHERE content = ?')
  const empty = facts.prepare(`UPDATE content SET encoding = 'identity', data = x'', pruned = ? WHERE id = ?`)
  const forget = facts.prepare('DELETE FROM returned WHERE content = ?')
  const count = facts.prepare('UPDATE pruning SET contents = contents + ?, octets = octets + ? WHERE id = ?')
  const done = facts.prepare('DELETE FROM temp.chosen WHERE id = ?')
  const erase = facts.transaction((): PruneSum => {
    let sum = nothing
    for (const { id, octets } of next.all(mostContents)) {
      if (sum.messages > 0 && sum.octets + octets > mostOctets) break
      dropParts.run(id)
      empty.run(pruning, id)
      forget.run(id)
      done.run(id)
      sum = { messages: sum.messages + 1, octets: sum.octets + octets }
    }
    count.run(sum.messages, sum.octets, pruning)
    return sum
  })
  return () => erase.immediate()
}

function ruleJson(rule: PruneRule): string {
  if (rule.kind === 'removed-before') return JSON.stringify({ kind: rule.kind, beforeMs: rule.beforeMs })
  const { kind, account } = rule
  return JSON.stringify(kind === 'account' ? { kind, account } : { kind, account, path: rule.path })
}
