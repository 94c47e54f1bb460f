import type { Database } from 'better-sqlite3'
import type { CountedMessage, MailboxTotal, StatsReader, StatsScope, Total } from '../search/stats.ts'
import { parseJson } from './stored-values.ts'

interface EpochRow {
  readonly id: number
  readonly mailbox: number
  readonly account: string
  readonly path: string
}

interface MessageRow {
  readonly octets: number
  readonly year: number | null
  readonly sender: string | null
}

interface AttachmentRow {
  readonly id: number
  readonly part: string
  readonly name: string | null
  readonly type: string
  readonly octets: number
  readonly subject: string | null
}

const chosen = `
  WITH chosen AS MATERIALIZED (
    SELECT DISTINCT content FROM placement WHERE removed_at IS NULL AND epoch IN (SELECT value FROM json_each(?)))`

// The index says how many octets a content has without touching its row, which may be megabytes away from the next one.
const octets = 'coalesce(m.octets, (SELECT octets FROM content WHERE id = chosen.content))'

const messagesSql = `${chosen}
  SELECT ${octets} AS octets,
    CASE WHEN m.date_source <> 'none' THEN CAST(strftime('%Y', m.date, 'unixepoch', 'localtime') AS INTEGER) END AS year,
    json_extract(m.addresses, '$.from[0]') AS sender
  FROM chosen LEFT JOIN search.message AS m ON m.id = chosen.content`

const mailboxSql = `
  SELECT count(*) AS messages, coalesce(sum(coalesce(m.octets, (SELECT octets FROM content WHERE id = p.content))), 0) AS octets
  FROM placement AS p LEFT JOIN search.message AS m ON m.id = p.content WHERE p.removed_at IS NULL AND p.epoch IN (SELECT value FROM json_each(?))`

const attachmentsSql = `${chosen}
  SELECT m.id, part, name, content_type AS type, attachment.octets, m.subject
  FROM chosen JOIN search.attachment AS attachment ON attachment.message = chosen.content
  JOIN search.message AS m ON m.id = chosen.content
  ORDER BY attachment.octets DESC, m.id, position LIMIT ?`

const attachmentTotalSql = `${chosen}
  SELECT count(*) AS count, coalesce(sum(attachment.octets), 0) AS octets
  FROM chosen JOIN search.attachment AS attachment ON attachment.message = chosen.content`

/** Of a connection to which the index is attached. */
export function statsReader(database: Database): StatsReader {
  const epochsOf = ({ isCounted }: StatsScope): readonly EpochRow[] =>
    database
      .prepare<[], EpochRow>(
        `SELECT epoch.id, epoch.mailbox, account.name AS account, mailbox.path FROM epoch
         JOIN mailbox ON mailbox.id = epoch.mailbox JOIN account ON account.id = mailbox.account
         WHERE epoch.present > 0 ORDER BY account.name, mailbox.path`,
      )
      .all()
      .filter(({ account, path }) => isCounted(account, path))
  const listOf = (scope: StatsScope): string => JSON.stringify(epochsOf(scope).map(({ id }) => id))
  return {
    mailboxTotals: (scope) => mailboxTotals(database, epochsOf(scope)),
    messages: (scope) => countedMessages(database, listOf(scope)),
    largestAttachments: (scope, limit) =>
      database
        .prepare<[string, number], AttachmentRow>(attachmentsSql)
        .all(listOf(scope), limit)
        .map((row) => ({ ...row, name: row.name ?? undefined, subject: row.subject ?? undefined })),
    attachmentTotal: (scope) =>
      database.prepare<[string], Total>(attachmentTotalSql).get(listOf(scope)) ?? { count: 0, octets: 0 },
  }
}

function mailboxTotals(database: Database, epochs: readonly EpochRow[]): readonly MailboxTotal[] {
  const total = database.prepare<[string], { readonly messages: number; readonly octets: number }>(mailboxSql)
  // While a new epoch is being made a mailbox has messages in two.
  return [...Map.groupBy(epochs, ({ mailbox }) => mailbox).values()].flatMap((own) => {
    const found = total.get(JSON.stringify(own.map(({ id }) => id)))
    return own.slice(0, 1).map(({ account, path }) => ({ account, path, ...(found ?? { messages: 0, octets: 0 }) }))
  })
}

function* countedMessages(database: Database, epochs: string): Generator<CountedMessage> {
  for (const row of database.prepare<[string], MessageRow>(messagesSql).iterate(epochs)) {
    yield { octets: row.octets, year: row.year ?? undefined, sender: toSender(row.sender) }
  }
}

function toSender(json: string | null): CountedMessage['sender'] {
  const pair = parseJson(json)
  const [name, address] = isList(pair) ? pair : []
  return typeof name === 'string' && typeof address === 'string' ? { name, address } : undefined
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}
