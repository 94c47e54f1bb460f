import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readEnvironment } from '../src/config/environment.ts'
import { loadConfig } from '../src/config/load-config.ts'
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
    for (const name of [...own.options, ...own.commands]) {
      if (!readme.includes(name)) missing.push(`${command} ${name}`)
    }
  }
  expect(commands.length).toBeGreaterThan(5)
  expect(options.length).toBeGreaterThan(8)
  expect(missing).toEqual([])
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
