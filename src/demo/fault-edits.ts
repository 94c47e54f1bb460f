import { isLineAction, isRowAction } from './faults.ts'
import type { FaultAction, LineAction, RowAction, StatusField } from './faults.ts'
import type { FetchItem, FetchRow } from './fetch-row.ts'

/** An untagged line after all actions; undefined: it is dropped. */
export function editLine(line: string, actions: readonly FaultAction[]): string | undefined {
  let edited: string | undefined = line
  for (const action of actions) {
    if (edited !== undefined && isLineAction(action)) edited = editLineOnce(edited, action)
  }
  return edited
}

function editLineOnce(line: string, action: LineAction): string | undefined {
  if (action.kind === 'edit-lines') return action.edit(line)
  if (action.kind === 'field') return editField(line, action.field, action.value)
  return line.replace(/^\* (\d+) EXISTS$/, (_line, count: string) => `* ${Number(count) + action.by} EXISTS`)
}

/** The fields stand in `* OK [UIDNEXT 7]` and at the end of `* STATUS name (UIDNEXT 7)`. */
function editField(line: string, field: StatusField, value: string | undefined): string | undefined {
  if (line.startsWith(`* OK [${field} `)) return value === undefined ? undefined : `* OK [${field} ${value}] edited`
  const start = line.startsWith('* STATUS ') ? line.search(/\((?:[A-Z]+ (?:\d+|\([^()]*\)) ?)*\)$/) : -1
  if (start < 0) return line
  const pattern = new RegExp(String.raw`([ (])${field} (?:\d+|\([^()]*\)) ?`)
  const fields = line.slice(start).replace(pattern, (_pair, before: string) => {
    return value === undefined ? before : `${before}${field} ${value} `
  })
  return line.slice(0, start) + fields.replace(/ \)$/, ')')
}

/** The rows after all actions. */
export function editRows(rows: Iterable<FetchRow>, actions: readonly FaultAction[]): Iterable<FetchRow> {
  return actions.filter(isRowAction).reduce((edited, action) => editRowsOnce(edited, action), rows)
}

function editRowsOnce(rows: Iterable<FetchRow>, action: RowAction): Iterable<FetchRow> {
  switch (action.kind) {
    case 'omit-rows':
      return mapRows(rows, (row) => (action.uids.includes(row.uid) ? [] : [row]))
    case 'body-nil':
      return editBodies(rows, action.uids, ({ name }) => [{ name, octets: undefined }])
    case 'body-absent':
      return editBodies(rows, action.uids, () => [])
    case 'literal-length':
      return editBodies(rows, action.uids, ({ name, octets }) => [
        { name, octets, announced: Math.max(0, octets.length + action.by) },
      ])
    case 'size':
      return mapRows(rows, (row) => [names(action.uids, row) ? withSize(row, action.by) : row])
    case 'foreign-rows':
      return before(
        rows,
        action.uids.map((uid) => ({ seqNum: 1, uid, items: [...uidItem(uid), ...flagsItem] })),
      )
    case 'rows-without-uid':
      return before(
        rows,
        action.seqNums.map((seqNum) => ({ seqNum, uid: 0, items: flagsItem })),
      )
    case 'shuffle-rows':
      return shuffled(rows)
    case 'edit-rows':
      return mapRows(rows, action.edit)
  }
}

const flagsItem: readonly FetchItem[] = [{ name: 'FLAGS', text: '()' }]
const uidItem = (uid: number): readonly FetchItem[] => [{ name: 'UID', text: String(uid) }]

function names(uids: readonly number[] | undefined, row: FetchRow): boolean {
  return uids === undefined || uids.includes(row.uid)
}

function* mapRows(rows: Iterable<FetchRow>, edit: (row: FetchRow) => readonly FetchRow[]): Generator<FetchRow> {
  for (const row of rows) yield* edit(row)
}

function* before(rows: Iterable<FetchRow>, first: readonly FetchRow[]): Generator<FetchRow> {
  yield* first
  yield* rows
}

type EditBody = (body: { readonly name: string; readonly octets: Buffer }) => readonly FetchItem[]

function editBodies(rows: Iterable<FetchRow>, uids: readonly number[] | undefined, edit: EditBody): Iterable<FetchRow> {
  return mapRows(rows, (row) => {
    if (!names(uids, row)) return [row]
    const items = row.items.flatMap((item) =>
      'octets' in item && item.octets !== undefined ? edit({ name: item.name, octets: item.octets }) : [item],
    )
    return [{ ...row, items }]
  })
}

function withSize(row: FetchRow, by: number): FetchRow {
  const items = row.items.map((item) =>
    item.name === 'RFC822.SIZE' && 'text' in item
      ? { ...item, text: String(Math.max(0, Number(item.text) + by)) }
      : item,
  )
  return { ...row, items }
}

/** Neither ascending nor descending, and the same each time: the odd ones backwards, then the even ones. */
function* shuffled(rows: Iterable<FetchRow>): Generator<FetchRow> {
  const all = [...rows]
  yield* all.filter((_row, index) => index % 2 === 1).toReversed()
  yield* all.filter((_row, index) => index % 2 === 0)
}
