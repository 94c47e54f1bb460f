import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { isInstalled } from '../support/is-installed.ts'
import { letterOf, mailOf } from '../support/mirrored-home.ts'
import { runCommand, writeHome } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { openTerminal } from '../support/terminal.ts'

/** Each begins with a letter of its own. */
const hostile = [
  'A plain blank',
  'B$(touch pwned)',
  'C`touch pwned`;touch pwned',
  `D'single "double" both'`,
  String.raw`E\back\\slash`,
  'F!bang !!',
  'G*glob?[a-z]{b,c}',
  'H&amp|pipe>pwned<in',
  'M~tilde#hash',
  'Jünï 日本',
  'K:colon=equals',
  'L%percent^caret',
]
const unseen = ['Ya\nb', 'Ytab\tb', 'Y\u001b[2J', 'Y\u202egpj']

/** One mirror for all tests, and a program `mailmirror` that answers completions; whatever else it is given it writes down. */
interface Place {
  readonly home: string
  readonly config: string
  readonly path: string
  /** The arguments that a shell handed over. */
  readonly handed: () => readonly string[]
}

async function makePlace(): Promise<Place> {
  const home = join(temporaryDirectory(), 'home')
  const mail = mailOf({ INBOX: [letterOf('one')] })
  for (const name of [...hostile, ...unseen]) mail.createMailbox(name)
  await using server = await startDemoServer({ store: mail, users: { ada: password } })
  const { config } = writeHome(home, server.port)
  const { status, stderr } = await runCommand(['-c', config, 'sync', '-q'])
  expect([status, stderr]).toEqual([0, ''])
  const folder = join(home, 'bin')
  mkdirSync(folder)
  const entry = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
  const script = `#!/bin/sh
if [ "$1" = complete ] || [ "$1" = completion ]; then exec '${process.execPath}' '${entry}' "$@"; fi
printf '%s\\0' "$@" >'${join(home, 'handed')}'
echo handed over
`
  writeFileSync(join(folder, 'mailmirror'), script, { mode: 0o755 })
  const handed = (): readonly string[] => readFileSync(join(home, 'handed'), 'utf8').split('\0').slice(0, -1)
  return { home, config, path: [folder, process.env['PATH'] ?? ''].join(delimiter), handed }
}

const asks = async (...words: readonly string[]): Promise<readonly string[]> => {
  const { status, stdout, stderr } = await runCommand(['complete', 'zsh', '--', ...words])
  expect([status, stderr]).toEqual([0, ''])
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t')[0] ?? '')
}

test('commands, options and their values are those of the program', async () => {
  expect(await asks('sta')).toEqual(['words', 'status', 'stats'])
  expect(await asks('sync', '--no')).toEqual(['words', '--no-index', '--no-profile'])
  expect(await asks('sync', '-q', '--pro')).toEqual(['words', '--progress'])
  expect(await asks('export', '--format', 'm')).toEqual(['words', 'mbox', 'maildir'])
  expect(await asks('export', '--format=m')).toEqual(['words', '--format=mbox', '--format=maildir'])
  expect(await asks('--color', '')).toEqual(['words', 'auto', 'always', 'never'])
  expect(await asks('profile', 'd')).toEqual(['words', 'diff', 'dump'])
  expect(await asks('profile', 'report', '--format', 'sp')).toEqual(['words', 'speedscope'])
  expect(await asks('profile', '--', 'sync', '--fu')).toEqual(['words', '--full'])
  expect(await asks('help', 'verif')).toEqual(['words', 'verify'])
  expect(await asks('completion', '')).toEqual(['words', 'bash', 'zsh', 'fish', 'powershell'])
  expect(await asks('sync', '--', '--')).toEqual(['words'])
})

test('files are left to the shell', async () => {
  expect(await asks('import', '')).toEqual(['files'])
  expect(await asks('export', '--output', 'a')).toEqual(['files'])
  expect(await asks('--config', '')).toEqual(['files'])
  expect(await asks('show', '1', '--attachments', '')).toEqual(['folders'])
  expect(await asks('demo', '--keep=')).toEqual(['folders'])
})

test('accounts, mailboxes and the fields of a query come from the config and the stores', async () => {
  const { config } = await makePlace()
  expect(await asks('-c', config, 'sync', '')).toEqual(['open', 'ada'])
  expect(await asks(`--config=${config}`, 'reindex', '')).toEqual(['words', 'ada'])
  expect(await asks('-c', config, 'sync', 'ada/I')).toEqual(['words', 'ada/INBOX'])
  expect(await asks('-c', config, 'restore', '--to', 'ada/IN')).toEqual(['words', 'ada/INBOX'])
  expect(await asks('-c', config, 'import', '--mailbox', 'IN')).toEqual(['words', 'INBOX'])
  expect(await asks('search', 'f')).toEqual(['open', 'from:', 'filename:'])
  expect(await asks('search', '-fro')).toEqual(['open', '-from:'])
  expect(await asks('search', 'is:un')).toEqual(['words', 'is:unread'])
  expect(await asks('-c', config, 'search', 'account:')).toEqual(['words', 'account:ada'])
  expect(await asks('-c', config, 'export', '-in:a')).toEqual(['words', '-in:anywhere'])
  expect(await asks('-c', config, 'search', 'in:"A')).toEqual(['words', 'in:"A plain blank"'])
})

test('S14 a name that a terminal must not show is not offered', async () => {
  expect(await asks('-c', (await makePlace()).config, 'sync', 'ada/Y')).toEqual(['words'])
})

test('where there is no config and no store nothing is said, and nothing is made', async () => {
  const home = temporaryDirectory()
  const { config, store } = writeHome(home, 1)
  expect(await asks('-c', join(home, 'none.toml'), 'sync', '')).toEqual(['words'])
  expect(await asks('-c', config, 'sync', 'ada/')).toEqual(['words'])
  writeFileSync(config, 'what = [', { mode: 0o600 })
  expect(await asks('-c', config, 'sync', '')).toEqual(['words'])
  writeFileSync(store, 'no database', { mode: 0o600 })
  expect(await asks('-c', config, 'sync', 'ada/')).toEqual(['words'])
  expect(await asks('nonsense', '--odd', '')).toEqual(['words'])
  expect(await runCommand(['complete', 'tcsh', '--'])).toMatchObject({ status: 0, stderr: '' })
})

/** How to start a shell that reads nothing of the user's, and has it load our function. */
const shells = [
  {
    name: 'bash',
    start: 'bash --norc --noprofile -i',
    load: 'set -o histexpand; source <(mailmirror completion bash)',
  },
  {
    name: 'zsh',
    start: 'zsh -f -i',
    load: 'autoload -U compinit; compinit -u -D; source <(mailmirror completion zsh)',
  },
  { name: 'fish', start: 'fish --no-config -i', load: 'mailmirror completion fish | source' },
] as const

for (const { name, start, load } of shells) {
  test.skipIf(!isInstalled(name))(
    `${name} hands over what it completed, octet by octet, and runs nothing of it`,
    async () => {
      const { home, config, path, handed } = await makePlace()
      const terminal = openTerminal(`env LC_ALL=C.UTF-8 HOME='${home}' PATH='${path}' ${start}`, home)
      await terminal.type(`${load}; echo re''ady\r`, 'ready')
      for (const [mailbox, quote] of quoted(name)) {
        const typed = `mailmirror -c ${config} sync ${quote}ada/${mailbox.slice(0, 1)}`
        await terminal.type(`${typed}\t`, lastOf(mailbox))
        await terminal.type('\r', 'handed over')
        expect(handed()).toEqual(['-c', config, 'sync', `ada/${mailbox}`])
      }
      await terminal.type(`mailmirror -c ${config} search in:IN\t`, 'INBOX')
      await terminal.type('\r', 'handed over')
      expect(handed()).toEqual(['-c', config, 'search', 'in:INBOX'])
      await terminal.type('mailmirror -c conf\t', 'config.toml')
      await terminal.type('\r', 'handed over')
      expect(handed()).toEqual(['-c', 'config.toml'])
      expect(existsSync(join(home, 'pwned'))).toBe(false)
      await terminal.type('exit\r', 'exit')
      await terminal.ended
    },
  )
}

/** Each name begun without and within quotes; readline has no way to go on in quotes that would have to be closed between. */
function quoted(shell: string): readonly (readonly [mailbox: string, quote: string])[] {
  return hostile.flatMap((mailbox) =>
    ['', '"', "'"].flatMap((quote) => {
      const isLeftOut =
        shell === 'bash' && quote !== '' && (mailbox.includes(quote) || (quote === '"' && mailbox.includes('!')))
      return isLeftOut ? [] : [[mailbox, quote] as const]
    }),
  )
}

/** What a shell shows last, however it quotes the rest. */
function lastOf(mailbox: string): string {
  return /[\p{L}\p{N}]+/gu[Symbol.match](mailbox)?.at(-1) ?? mailbox
}
