import {
  accountEntries,
  fileEntries,
  hookEntries,
  isTable,
  mailboxEntries,
  oauthClientEntries,
  serverEntries,
} from './config-schema.ts'
import { secretKinds } from './secret-source.ts'
import type { KeyPath } from './toml-entries.ts'
import { maxTold, pathToText, type Problem } from './problem.ts'

/** The known keys of a table, each with those of the table below it. `undefined` in place of a tree: what stands below is
 *  not for us to know. In `anyKey`, the owner chooses the names. */
interface KeyTree {
  readonly keys: ReadonlyMap<string, KeyTree | undefined>
  readonly anyKey?: KeyTree
}

function tree(names: readonly string[], below: Readonly<Record<string, KeyTree>> = {}): KeyTree {
  return { keys: new Map([...names.map((name) => [name, undefined] as const), ...Object.entries(below)]) }
}

function named(anyKey: KeyTree): KeyTree {
  return { keys: new Map(), anyKey }
}

const server = tree(Object.keys(serverEntries), { password: tree(secretKinds) })
const account = tree(Object.keys(accountEntries), {
  imap: server,
  smtp: server,
  mailboxes: tree(Object.keys(mailboxEntries)),
  'oauth-client': tree(Object.keys(oauthClientEntries)),
})
const file = tree(Object.keys(fileEntries), { accounts: named(account), hooks: named(tree(Object.keys(hookEntries))) })

/** A problem for each key that the config does not know. Those that will not be told go without advice, which is dear. */
export function findUnknownKeys(value: unknown): readonly Problem[] {
  const problems: Problem[] = []
  for (const { path, key, keys } of unknownBelow(value, file, [])) {
    problems.push({ path, text: problems.length < maxTold ? `unknown key, ${advice(key, keys)}` : 'unknown key' })
  }
  return problems
}

interface UnknownKey {
  readonly path: KeyPath
  readonly key: string
  readonly keys: KeyTree['keys']
}

function* unknownBelow(value: unknown, { keys, anyKey }: KeyTree, above: KeyPath): Iterable<UnknownKey> {
  if (!isTable(value)) return
  for (const [key, inner] of Object.entries(value)) {
    const below = anyKey ?? keys.get(key)
    const path = [...above, key]
    if (below !== undefined) yield* unknownBelow(inner, below, path)
    else if (!keys.has(key)) yield { path, key, keys }
  }
}

function advice(key: string, keys: KeyTree['keys']): string {
  const candidates = [...keys].flatMap(([name, below]) => [
    { text: name, name },
    ...namesOf(below).map((inner) => ({ text: pathToText([name, inner]), name: inner })),
    ...namesOf(below?.anyKey).map((inner) => ({ text: pathToText([name, 'NAME', inner]), name: inner })),
  ])
  const ranked = candidates
    .map(({ text, name }) => ({ text, distance: editDistance(normalized(key), normalized(name)) }))
    .toSorted((a, b) => a.distance - b.distance)
  const [nearest] = ranked
  if (nearest !== undefined && nearest.distance <= Math.max(2, key.length / 3)) return `did you mean "${nearest.text}"?`
  return `known here: ${[...keys.keys()].join(', ')}`
}

function namesOf(tree: KeyTree | undefined): readonly string[] {
  return [...(tree?.keys.keys() ?? [])]
}

/** No key is nearly so long, and a hostile one shall not cost more. */
const maxCompared = 40

function normalized(key: string): string {
  return key.slice(0, maxCompared).toLowerCase().replaceAll('_', '-')
}

/** How many letters must be added, dropped or changed (Levenshtein). */
function editDistance(from: string, to: string): number {
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const change = at(last, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1)
      row.push(Math.min(change, at(last, j) + 1, at(row, j - 1) + 1))
    }
    last = row
  }
  return at(last, to.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}
