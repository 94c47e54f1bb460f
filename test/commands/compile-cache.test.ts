import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startProgram } from '../support/run-command.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** Starts the program with nothing but these variables; returns what then lies in its working directory. */
async function leftBy(variables: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const cwd = temporaryDirectory()
  mkdirSync(join(cwd, 'home'))
  const absolute = Object.fromEntries(Object.entries(variables).map(([name, path]) => [name, path.replace('CWD', cwd)]))
  expect(await startProgram(['--version'], { cwd, env: absolute }).ended).toMatchObject({ status: 0 })
  return readdirSync(cwd, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('compiled'))
    .toSorted()
}

test('compiled code goes to the cache of the user', async () => {
  expect(await leftBy({ HOME: 'CWD/home' })).toEqual(['home/.cache/mailmirror/compiled'])
  expect(await leftBy({ HOME: 'CWD/home', XDG_CACHE_HOME: 'CWD/cache' })).toEqual(['cache/mailmirror/compiled'])
})

test.each([{}, { HOME: '' }, { HOME: 'home' }, { HOME: 'CWD/none' }, { XDG_CACHE_HOME: 'home' }])(
  'without a home that is there nothing is kept, and none is made (S09): %o',
  async (variables) => {
    const wasThere = existsSync('/.cache/mailmirror')
    expect(await leftBy(variables)).toEqual([])
    expect(existsSync('/.cache/mailmirror')).toBe(wasThere)
  },
)
