import type { Database } from 'better-sqlite3'
import { AppError } from '../model/errors.ts'

/** Between two looks at signals. */
const mostRows = 500

interface Column {
  readonly name: string
  readonly type: string
  /** Its place in the primary key, from 1; 0: it is no part of it. */
  readonly pk: number
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Tables of the attached `source` but those that are left to others. What FTS5 keeps its words in is among them, the virtual table
 *  itself is not. */
export function tablesOfSource(database: Database, left: readonly string[] = []): readonly string[] {
  const names = database
    .prepare<[], string>(
      `SELECT name FROM source.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND sql NOT LIKE 'CREATE VIRTUAL%'`,
    )
    .pluck()
    .all()
  return names.filter((name) => !left.includes(name))
}

/** Makes a table of `main` equal to that of the attached `source`: rows that are equal already are not written. `pause` is called
 *  between steps, and may throw to stop. */
export async function copyTable(database: Database, table: string, pause: () => Promise<void>): Promise<void> {
  const columns = database
    .prepare<[string], Column>(`SELECT name, type, pk FROM pragma_table_info(?, 'source')`)
    .all(table)
  const name = quoted(table)
  const equal = (some: readonly Column[]): string =>
    some.map((column) => `main_row.${quoted(column.name)} IS source_row.${quoted(column.name)}`).join(' AND ')
  const key = equal(columns.filter(({ pk }) => pk > 0))
  const list = columns.map((column) => quoted(column.name)).join()
  database.exec(`
    DELETE FROM main.${name} AS main_row
      WHERE NOT EXISTS (SELECT 1 FROM source.${name} AS source_row WHERE ${key})`)
  const insert = `
    INSERT OR REPLACE INTO main.${name} (${list}) SELECT ${list} FROM source.${name} AS source_row
      WHERE NOT EXISTS (SELECT 1 FROM main.${name} AS main_row WHERE ${key} AND ${equal(columns)})`
  await pause()
  const number = numberOf(columns)
  if (number === undefined) database.exec(insert)
  else await insertInParts(database, { name, number: quoted(number), insert, pause })
}

/** The column by which the rows of a table are numbered, if they are: those are the large tables. */
function numberOf(columns: readonly Column[]): string | undefined {
  const [only, ...others] = columns.filter(({ pk }) => pk > 0)
  return only?.type === 'INTEGER' && others.length === 0 ? only.name : undefined
}

interface Insertion {
  readonly name: string
  readonly number: string
  readonly insert: string
  readonly pause: () => Promise<void>
}

/** Copying an index of 1.4 GB takes 20 seconds, in which one statement would hear no signal. */
async function insertInParts(database: Database, { name, number, insert, pause }: Insertion): Promise<void> {
  const lastOfNext = database
    .prepare<[bigint], bigint | null>(
      `SELECT max(n) FROM (SELECT ${number} AS n FROM source.${name} WHERE ${number} > ? ORDER BY ${number} LIMIT ${mostRows})`,
    )
    .pluck()
    .safeIntegers()
  const insertPart = database.prepare<[bigint, bigint]>(`${insert} AND ${number} > ? AND ${number} <= ?`)
  let done = -(2n ** 63n)
  for (let last = lastOfNext.get(done) ?? undefined; last !== undefined; last = lastOfNext.get(done) ?? undefined) {
    insertPart.run(done, last)
    done = last
    await pause()
  }
}

/** Throws DAMAGED where a table has other rows than its source: then nothing may be committed. */
export function checkCounts(database: Database, tables: readonly string[]): void {
  for (const table of tables) {
    const count = (schema: string): number =>
      database
        .prepare<[], number>(`SELECT count(*) FROM ${schema}.${quoted(table)}`)
        .pluck()
        .get() ?? 0
    const [copied, there] = [count('main'), count('source')]
    if (copied === there) continue
    throw new AppError({
      code: 'DAMAGED',
      message: `could not copy the store: its table ${table} has ${there} rows, and the copy would have ${copied}`,
      hint: 'run `mailmirror verify`; the snapshot is as it was',
    })
  }
}
