import { appendFileSync } from 'node:fs'
import type { Home } from './mirrored-home.ts'

/** A table of hooks at the end of the config. */
export function addHook({ config }: Home, name: string, table: Readonly<Record<string, unknown>>): void {
  const keys = Object.entries(table).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
  appendFileSync(config, `\n[hooks.${JSON.stringify(name)}]\n${keys.join('')}`)
}

export interface ListedHook {
  readonly name: string
  readonly state: string
  readonly cursor: number
  readonly behind: number
  readonly target: string
  readonly lastError: string | null
  readonly deadLetters: readonly { readonly seq: number; readonly reason: string }[]
}

/** What `hooks list --json` says. */
export async function listedHooks({ run }: Home): Promise<readonly ListedHook[]> {
  const { stdout } = await run('hooks', 'list', '--json')
  const listed: unknown = JSON.parse(stdout)
  if (!isList(listed)) throw new Error(`no hooks in ${stdout}`)
  return listed.hooks
}

function isList(value: unknown): value is { readonly hooks: readonly ListedHook[] } {
  return typeof value === 'object' && value !== null && 'hooks' in value && Array.isArray(value.hooks)
}
