import type { Hook, HookTarget } from '../model/account.ts'
import { check, type Checking } from './checking.ts'
import { hookSchema, type RawHook, type Table } from './config-schema.ts'
import type { KeyPath } from './toml-entries.ts'

/** The tables below `hooks`, in the order of the file; those with problems are told and left out. */
export function readHooks(table: Table, checking: Checking): readonly Hook[] {
  return Object.entries(table).flatMap(([name, value]) => {
    const path = ['hooks', name]
    const raw = check(hookSchema, { value, path }, checking)
    const target = raw && readTarget(raw, path, checking)
    if (raw === undefined || target === undefined) return []
    return [{ name, target, kinds: raw.kinds, mailbox: raw.mailbox, query: raw.query }]
  })
}

function readTarget({ command, url, secret }: RawHook, path: KeyPath, checking: Checking): HookTarget | undefined {
  if (command !== undefined && url === undefined && secret === undefined) {
    return { kind: 'command', argv: checking.resolveProgram(command, [...path, 'command']) }
  }
  if (url !== undefined && command === undefined) return { kind: 'url', url, secret }
  const found = url === undefined ? (command === undefined ? 'neither' : 'a secret without url') : 'both'
  checking.problems.push({ path, text: `expected either command or url (with secret), found ${found}` })
  return undefined
}
