import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readManual, wholeTree } from '../src/commands/manual-tree.ts'
import { readEnvironment } from '../src/config/environment.ts'
import { loadConfig } from '../src/config/load-config.ts'
import { manPage } from '../src/ui/man-page.ts'
import type { ManualCommand } from '../src/ui/man-page.ts'
import { runCommand } from './support/run-command.ts'
import { temporaryDirectory } from './support/temporary-directory.ts'

const readme = readFileSync(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8')

async function namesIn(args: readonly string[]): Promise<{ commands: string[]; options: string[] }> {
  const { stdout } = await runCommand([...args, '--help', '--color', 'never'])
  const [, listed = ''] = stdout.split('Commands:\n')
  return {
    commands: [...(listed.split('\n\n')[0] ?? '').matchAll(/^ {2}(\w+)/gm)].map((match) => match[1] ?? ''),
    options: [...stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map((match) => match[1] ?? ''),
  }
}

test('README.md names every command and every option', async () => {
  const { commands, options } = await namesIn([])
  const missing: string[] = []
  for (const command of commands) {
    const own = await namesIn([command])
    if (!readme.includes(`mailmirror ${command}`) && !readme.includes(`\`${command}`)) missing.push(command)
    const below = await Promise.all(own.commands.map((name) => namesIn([command, name])))
    for (const name of [...own.options, ...own.commands, ...below.flatMap(({ options }) => options)]) {
      if (!readme.includes(name)) missing.push(`${command} ${name}`)
    }
  }
  expect(commands.length).toBeGreaterThan(5)
  expect(options.length).toBeGreaterThan(8)
  expect(missing).toEqual([])
})

function toldBy({ name, options, commands }: ManualCommand): readonly string[] {
  const own = options.flatMap(({ term }) => /--[\w-]+/.exec(term) ?? [])
  return [name, ...own, ...commands.flatMap(toldBy)]
}

test('every command and option of the whole tree is in README.md or the man page, and the man page has them all', async () => {
  const tree = readManual(await wholeTree())
  const manual = manPage(tree, { version: '0.1.0', date: '2026-11-28' }).replaceAll(String.raw`\-`, '-')
  const told = toldBy(tree)
  expect(told.length).toBeGreaterThan(100)
  expect(told.filter((name) => !readme.includes(name) && !manual.includes(name))).toEqual([])
  expect(told.filter((name) => !manual.includes(name))).toEqual([])
})

test('every configuration in README.md is good', () => {
  const directory = temporaryDirectory()
  const examples = [...readme.matchAll(/^```toml\n(.*?)^```/gms)].map((match) => match[1] ?? '')
  expect(examples.length).toBeGreaterThan(1)
  for (const [index, text] of examples.entries()) {
    const path = join(directory, `${index}.toml`)
    writeFileSync(path, text, { mode: 0o600 })
    expect(loadConfig(path, readEnvironment({}, directory)).accounts).toHaveLength(1)
  }
})
