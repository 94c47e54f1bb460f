import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { sampleMail } from '../../src/demo/sample-mail.ts'
import { uidSetOf } from '../../src/model/uid-set.ts'
import { succeeds } from '../store/child.ts'
import { indexStore } from '../store/indexed-store.ts'
import { commitBatch, message, openMailbox, uidOf } from '../store/sample-mail.ts'
import { writeStore } from '../store/sample-store.ts'
import { runCommand, writeHome } from '../support/run-command.ts'
import type { CommandResult } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { openTerminal } from '../support/terminal.ts'

const size = message(1)[1].length

/** INBOX of `work` has two messages, and lost two a moment ago. */
async function workHome() {
  const { config, store } = writeHome(join(temporaryDirectory(), 'home'), 1)
  writeFileSync(config, readFileSync(config, 'utf8').replaceAll('[accounts.ada', '[accounts.work'))
  await writeStore(store, async (writer) => {
    const { id } = await openMailbox(writer, 'INBOX')
    await commitBatch(writer, id, { messages: [1, 2, 3, 4].map((uid) => message(uid)) })
    await writer.markRemoved(id, uidSetOf([uidOf(1), uidOf(2)]))
  })
  await indexStore(store)
  return config
}

async function home() {
  const config = await workHome()
  return (...args: readonly string[]): Promise<CommandResult> => runCommand(['-c', config, ...args])
}

test('prune needs to be told what may go, and asks nobody where there is no terminal', async () => {
  const run = await home()
  const untold = await run('prune')
  expect([untold.status, untold.stderr]).toEqual([64, expect.stringContaining('needs to be told what may go')])
  expect(await run('prune', '--account', 'work', '--removed-before', '1y')).toMatchObject({ status: 64 })
  expect(await run('prune', '--removed-before', '2999')).toMatchObject({ status: 64 })
  expect(await run('prune', '--mailbox', 'work')).toMatchObject({ status: 64 })
  expect(await run('prune', '--account', 'nobody', '--yes')).toMatchObject({ status: 66 })
  expect(await run('prune', '--mailbox', 'work/None', '--yes')).toMatchObject({ status: 66 })
  const asked = await run('prune', '--account', 'work')
  expect([asked.status, asked.stderr]).toEqual([64, expect.stringContaining('say --yes')])
  expect((await run('verify', '--json')).stdout).toContain('"contents":4')
})

test('a dry run says in numbers what would go, and removes nothing', async () => {
  const run = await home()
  const plan = await run('prune', '--removed-before', '0d', '--dry-run')
  expect(plan).toMatchObject({ status: 0, stderr: '' })
  expect(plan.stdout).toBe(`mailbox     messages  octets\nwork/INBOX         2    ${2 * size} B\n\n2 messages (${2 * size} B) would be removed for good\n`) // prettier-ignore
  expect(JSON.parse((await run('prune', '--removed-before', '0d', '--dry-run', '--json')).stdout)).toEqual({
    v: 1,
    dryRun: true,
    messages: 2,
    octets: 2 * size,
    mailboxes: [{ account: 'work', mailbox: 'INBOX', messages: 2, octets: 2 * size }],
    stores: [],
  })
  expect(await run('prune', '--removed-before', '1y', '--dry-run')).toMatchObject({ status: 0, stdout: 'nothing to prune\n' }) // prettier-ignore
  expect((await run('verify', '--json')).stdout).toContain('"contents":4')
})

test('a prune removes what it said, and every command says that it is pruned, not damaged', async () => {
  const run = await home()
  const pruned = await run('prune', '--removed-before', '0d', '--yes')
  expect(pruned).toMatchObject({ status: 0, stdout: '' })
  expect(pruned.stderr).toMatch(/mail\.db: 2 messages \(\d+ B\) removed for good; files .* before, .* now\n$/)
  const verified = await run('verify', '--json')
  expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, checked: { contents: 2, placements: 4, pruned: 2 } })
  expect((await run('verify')).stdout).toContain('2 pruned')
  const shown = await run('show', '1')
  expect(shown).toMatchObject({ status: 66, stdout: '' })
  expect(shown.stderr).toMatch(/message 1 was pruned on \d{4}-\d\d-\d\d/)
  expect((await run('search', 'in:anywhere', '--ids')).stdout).toBe('4\n3\n')
  expect((await run('search', 'is:removed', '--count')).stdout).toBe('0\n')
  const exported = await run('export', '--format', 'jsonl', '--output', '-', 'in:anywhere')
  expect(exported).toMatchObject({ status: 0 })
  expect(exported.stdout.trimEnd().split('\n')).toHaveLength(2)
  expect((await run('log')).stdout.match(/message-removed/g)).toHaveLength(2)
  expect(JSON.parse((await run('prune', '--account', 'work', '--yes', '--json')).stdout)).toMatchObject({
    dryRun: false,
    messages: 2,
    stores: [{ messages: 2, overwritten: true }],
  })
  expect(await run('prune', '--account', 'work', '--yes')).toMatchObject({ status: 0, stdout: 'nothing to prune\n' })
})

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

test.skipIf(!succeeds('script', '--version'))(
  'on a terminal prune shows what would go, and only yes removes it',
  async () => {
    const config = await workHome()
    const command = `${process.execPath} ${program} -c ${config} prune --account work`
    const refusing = openTerminal(command, dirname(config))
    await refusing.shows('4 messages')
    await refusing.shows('Type yes to remove them: ')
    await refusing.type('y\r', 'nothing was removed')
    expect(await refusing.ended).toBe(0)
    const leaving = openTerminal(command, dirname(config))
    await leaving.shows('Type yes')
    await leaving.type('\u0003', '')
    expect(await leaving.ended).toBe(130)
    expect((await runCommand(['-c', config, 'verify', '--json'])).stdout).toContain('"contents":4')
    const agreeing = openTerminal(command, dirname(config))
    await agreeing.shows('Type yes')
    await agreeing.type('yes\r', '4 messages')
    expect(await agreeing.ended).toBe(0)
    expect((await runCommand(['-c', config, 'verify', '--json'])).stdout).toContain('"contents":0')
  },
)

test('an account that is pruned and synced again is whole again, and is found again', async () => {
  await using server = await startDemoServer({ store: sampleMail(), users: { ada: password } })
  const { config } = writeHome(join(temporaryDirectory(), 'home'), server.port)
  const run = (...args: readonly string[]): Promise<CommandResult> => runCommand(['-c', config, ...args])
  expect(await run('sync')).toMatchObject({ status: 0 })
  const before = await run('search', 'in:anywhere', '--ids')
  const status = await run('stats', '--json')
  expect(await run('prune', '--account', 'ada', '--yes')).toMatchObject({ status: 0 })
  expect((await run('search', 'in:anywhere', '--ids')).stdout).toBe('')
  expect(await run('sync')).toMatchObject({ status: 0 })
  expect((await run('search', 'in:anywhere', '--ids')).stdout).toBe(before.stdout)
  expect((await run('stats', '--json')).stdout).toBe(status.stdout)
  expect(await run('verify', '--server', '--sample', '100')).toMatchObject({ status: 0 })
})

test('a local mailbox that is pruned takes the same mail again', async () => {
  const config = await workHome()
  const run = (...args: readonly string[]): Promise<CommandResult> => runCommand(['-c', config, ...args])
  const file = join(dirname(config), 'old.mbox')
  writeFileSync(file, 'From a@example.org Mon Jan  1 00:00:00 2024\nSubject: old letter\n\ntext\n\n')
  const importing = ['import', file, '--account', 'work', '--mailbox', 'Old']
  expect(await run(...importing)).toMatchObject({ status: 0 })
  expect(await run('prune', '--mailbox', 'work/INBOX', '--yes')).toMatchObject({ status: 64 })
  expect((await run('prune', '--mailbox', 'work/Old', '--yes', '--json')).stdout).toContain('"messages":1,')
  expect((await run('search', 'letter', '--count')).stdout).toBe('0\n')
  expect(await run(...importing)).toMatchObject({ status: 0 })
  expect((await run('search', 'letter', '--count')).stdout).toBe('1\n')
  expect(await run('verify')).toMatchObject({ status: 0 })
})

test('a mailbox that no sync fetches any more can be pruned while it is on the server', async () => {
  const config = await workHome()
  const run = (...args: readonly string[]): Promise<CommandResult> => runCommand(['-c', config, ...args])
  const refused = await run('prune', '--mailbox', 'work/INBOX', '--yes')
  expect([refused.status, refused.stderr]).toEqual([64, expect.stringContaining('the next sync would fetch again')])
  const before = readFileSync(config, 'utf8')
  writeFileSync(config, before.replace(/^email.*$/m, '$&\nmailboxes = { exclude = ["INBOX"] }'))
  expect((await run('prune', '--mailbox', 'work/INBOX', '--dry-run')).stdout).toContain('\n4 messages (')
  writeFileSync(config, before.replaceAll('accounts.work', 'accounts.other'))
  expect(await run('prune', '--mailbox', 'work/INBOX', '--yes')).toMatchObject({ status: 0 })
  expect((await run('prune', '--mailbox', 'work/INBOX', '--dry-run')).stdout).toBe('nothing to prune\n')
})

test('who prunes an account that is still synced is told that it comes again', async () => {
  const config = await workHome()
  const run = (...args: readonly string[]): Promise<CommandResult> => runCommand(['-c', config, ...args])
  const note = 'the config still has the account "work": its next sync fetches again what its server has\n'
  expect((await run('prune', '--account', 'work', '--dry-run')).stdout.endsWith(`\n${note}`)).toBe(true)
  writeFileSync(config, readFileSync(config, 'utf8').replaceAll('accounts.work', 'accounts.other'))
  expect((await run('prune', '--account', 'work', '--dry-run')).stdout).not.toContain('the config still has')
  writeFileSync(config, readFileSync(config, 'utf8').replaceAll('accounts.other', 'accounts.work'))
  expect((await run('prune', '--account', 'work', '--yes')).stderr.endsWith(`\n  ${note}`)).toBe(true)
})

test('a mailbox that no mirror has is named instead of finding nothing to prune in it', async () => {
  const run = await home()
  const missing = await run('prune', '--removed-before', '0d', 'work/Inbix', '--dry-run')
  expect(missing).toMatchObject({ status: 66, stdout: '' })
  expect(missing.stderr).toContain('no mailbox "work/Inbix" in the mirror')
  expect((await run('prune', '--removed-before', '0d', 'work/IN*', '--dry-run')).stdout).toContain('2 messages')
})

test('a backup into nothing, or where no folder can be made, is refused', async () => {
  const run = await home()
  const nothing = await run('backup', '')
  expect([nothing.status, nothing.stderr]).toEqual([64, expect.stringContaining('has no name')])
  expect(existsSync('backup.json')).toBe(false)
  const nowhere = await run('backup', '/proc/none/backup')
  expect([nowhere.status, nowhere.stderr]).toEqual([74, expect.stringContaining('could not back up the store')])
})

test('compact gives room back and says how much', async () => {
  const run = await home()
  const compacted = await run('compact', '--json')
  expect(compacted).toMatchObject({ status: 0, stderr: '' })
  expect(compacted.stdout).toMatch(/^\{"v":1,"files":\[\{"path":".*mail\.db","before":\d+,"after":\d+\},\{"path":".*mail\.index\.db","before":\d+,"after":\d+\}\],"complete":true\}\n$/) // prettier-ignore
  expect((await run('compact')).stdout).toMatch(/mail\.db: .* before, .* now\n.*mail\.index\.db: /)
  expect((await run('verify', '--json')).stdout).toContain('"ok":true')
})
