import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommand } from '../support/run-command.ts'
import { parsed } from '../support/mirrored-home.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

test.each([
  [['sync']],
  [['status']],
  [['search', 'tea']],
  [['show', '1']],
  [['verify']],
  [['log']],
  [['stats']],
  [['config', 'check']],
  [['config', 'show']],
  [['account', 'list']],
  [['account', 'test', 'ada']],
  [['account', 'rename', 'ada', 'bob']],
  [['account', 'remove', 'ada']],
])('%j without a config says in six lines what to do, and ends with 78', async (args) => {
  const config = join(temporaryDirectory(), 'config.toml')
  const { status, stdout, stderr } = await runCommand(['-c', config, ...args])
  expect([status, stdout]).toEqual([78, ''])
  expect(stderr.split('\n')).toEqual([
    `mailmirror: there is no config at ${config}`,
    '  add an account; its servers are found, and nothing is written before the login has worked:',
    '    mailmirror account add me@example.org',
    '  or look around first, with sample mail and without an account:',
    '    mailmirror demo',
    '  or name a config that lies elsewhere (`mailmirror account add --help` tells how scripts make one):',
    '    mailmirror --config FILE sync',
    '',
  ])
})

test('with --json the last line is one object that says the same', async () => {
  const config = join(temporaryDirectory(), 'config.toml')
  const { status, stderr } = await runCommand(['-c', config, 'sync', '--json'])
  expect(status).toBe(78)
  const [message = '', ...hint] = (await runCommand(['-c', config, 'sync'])).stderr.trimEnd().split('\n')
  expect(parsed(stderr.trimEnd().split('\n').at(-1) ?? '')).toEqual({
    v: 1,
    error: {
      code: 'CONFIG_MISSING',
      message: message.replace('mailmirror: ', ''),
      hint: hint.map((line) => line.slice(2)).join('\n'),
    },
    exit: 78,
  })
})
