import type { Database } from 'better-sqlite3'
import { AppError } from '../model/errors.ts'

/** Between two looks at signals. */
const mostContents = 200
const mostOctets = 2 ** 26

/** By what can be told without reading the data. */
const differing = `
  SELECT source_row.id, source_row.octets, source_row.pruned IS NOT NULL AS isPruned
  FROM source.content AS source_row LEFT JOIN main.content AS main_row ON main_row.id = source_row.id
  WHERE main_row.id IS NULL OR main_row.octets <> source_row.octets OR main_row.encoding <> source_row.encoding
    OR main_row.pruned IS NOT source_row.pruned OR length(main_row.data) <> length(source_row.data)
  ORDER BY source_row.id`

const lost = `
  SELECT count(*) FROM main.content AS main_row WHERE NOT EXISTS (
    SELECT 1 FROM source.content AS source_row
    WHERE source_row.id = main_row.id AND source_row.sha256 = main_row.sha256)`

interface ContentRow {
  readonly id: number
  readonly octets: number
  readonly isPruned: number
}

export interface CopiedContents {
  readonly messages: number
  readonly octets: number
  readonly pruned: number
}

/** Contents never change and never go, but for a prune, which leaves their rows: so only new ones are copied. A store that has lost some
 *  must not take them from its snapshot too: throws DAMAGED. */
export async function copyContents(
  database: Database,
  pause: (messages: number) => Promise<void>,
): Promise<CopiedContents> {
  const missing = database.prepare<[], number>(lost).pluck().get() ?? 0
  if (missing > 0) {
    throw new AppError({
      code: 'DAMAGED',
      message: `the store has lost ${missing} messages that its snapshot has`,
      hint: 'the snapshot was left as it is: run `mailmirror verify`, and keep the snapshot',
    })
  }
  const rows = database.prepare<[], ContentRow>(differing).all()
  const copy = copier(database)
  const copied = { messages: 0, octets: 0, pruned: 0 }
  let untold = { contents: 0, octets: 0 }
  for (const { id, octets, isPruned } of rows) {
    copy(id)
    if (isPruned !== 0) copied.pruned++
    else {
      copied.messages++
      copied.octets += octets
    }
    untold = { contents: untold.contents + 1, octets: untold.octets + octets }
    if (untold.contents < mostContents && untold.octets < mostOctets) continue
    untold = { contents: 0, octets: 0 }
    await pause(copied.messages)
  }
  return copied
}

function copier(database: Database): (id: number) => void {
  const columns = database
    .prepare<[], string>(`SELECT name FROM pragma_table_info('content', 'source')`)
    .pluck()
    .all()
    .join()
  const statements = [
    'DELETE FROM main.content_part WHERE content = ?',
    `INSERT OR REPLACE INTO main.content (${columns}) SELECT ${columns} FROM source.content WHERE id = ?`,
    'INSERT INTO main.content_part SELECT * FROM source.content_part WHERE content = ?',
  ].map((sql) => database.prepare<[number]>(sql))
  return (id) => {
    for (const statement of statements) statement.run(id)
  }
}
