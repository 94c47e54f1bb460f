import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { homeAt, letterOf, mailOf } from '../support/mirrored-home.ts'
import type { Home } from '../support/mirrored-home.ts'
import { password } from '../support/run-sync.ts'

interface Pruned extends Home {
  /** The last change before the server lost anything. */
  readonly seq: string
}

/** INBOX has lost one of three messages and Archive its only one, and both were pruned. */
async function pruned(use: (home: Pruned) => Promise<void>): Promise<void> {
  const mail = mailOf({ INBOX: [letterOf('one'), letterOf('two'), letterOf('three')], Archive: [letterOf('four')] })
  await using server = await startDemoServer({ store: mail, users: { ada: password } })
  const home = homeAt(server.port)
  await home.run('sync', '-q')
  const seq = `${(await home.run('log')).stdout.trimEnd().split('\n').length}`
  mail.expunge('INBOX', [2])
  mail.expunge('Archive', [1])
  await home.run('sync', '-q')
  expect(await home.run('prune', '--removed-before', '0d', '--yes', '-q')).toMatchObject({ status: 0 })
  await use({ ...home, seq })
}

test('an export as of before a prune names what was pruned since, counts it, and is not complete', async () => {
  await pruned(async ({ home, run, seq }) => {
    for (const [query, named, summary] of [
      [[], ['2', '4'], '2 messages (62 B) exported to OUTPUT, 2 pruned and left out\n'],
      [['in:anywhere'], ['2', '4'], '2 messages (62 B) exported to OUTPUT, 2 pruned and left out\n'],
      [['in:INBOX'], ['2'], '2 messages (62 B) exported to OUTPUT, 1 pruned and left out\n'],
      [['subject:one', 'is:unread'], ['2', '4'], '1 message (29 B) exported to OUTPUT, 2 pruned and left out\n'],
      [['is:flagged'], [], '0 messages (0 B) exported to OUTPUT\n'],
    ] as const) {
      const output = join(home, `${query.join('-').replaceAll(':', '_')}.jsonl`)
      const ended = await run('export', '--format', 'jsonl', '--output', output, '--as-of', seq, ...query)
      const lines = ended.stderr.split('\n').filter((line) => line.includes('was pruned on'))
      expect([query, ended.status, lines.length]).toEqual([query, named.length > 0 ? 1 : 0, named.length])
      for (const id of named) expect(ended.stderr).toContain(`not exported: message ${id} was pruned on`)
      expect(ended.stderr.replace(output, 'OUTPUT')).toContain(summary)
    }
    const json = await run('export', '--format', 'mbox', '--output', join(home, 'x.mbox'), '--as-of', seq, '--json', 'in:Archive') // prettier-ignore
    expect(json).toMatchObject({ status: 1 })
    expect(JSON.parse(json.stdout)).toMatchObject({ messages: 0, damaged: [{ id: '4', isPruned: true }] })
  })
})

test('a restore as of before a prune puts back what there is, and names what was pruned since', async () => {
  await pruned(async ({ run, seq }) => {
    for (const [query, named] of [
      [[], ['2', '4']],
      [['in:INBOX'], ['2']],
      [['in:Archive'], ['4']],
    ] as const) {
      const ended = await run('restore', ...query, '--to', 'ada/Back', '--as-of', seq, '--dry-run')
      expect([query, ended.status]).toEqual([query, 1])
      for (const id of named)
        expect(ended.stderr).toMatch(new RegExp(`not restored: message ${id} to \\S+: it was pruned`))
      expect(ended.stderr.match(/not restored/g)?.length).toBe(named.length)
      expect(ended.stderr).not.toContain('damaged')
    }
  })
})

test('search, status and log replay as of before a prune say how much of it was pruned since', async () => {
  await pruned(async ({ run, seq }) => {
    const found = await run('search', '--ids', '--as-of', seq, 'in:INBOX')
    expect(found).toMatchObject({ status: 0, stdout: '3\n1\n' })
    expect(found.stderr).toContain('1 message that may be meant was pruned since then, and cannot be found')
    expect((await run('search', '--count', '--as-of', seq, 't*')).stderr).toContain(
      '2 messages that may be meant were pruned',
    )
    expect((await run('search', '--count', '--as-of', seq, 'is:flagged')).stderr).toBe('')
    const status = await run('status', '--as-of', seq)
    expect(status.stdout).toMatch(
      /Mailbox +Messages +Removed +Pruned since +State\nArchive +1 +0 +1\nINBOX +3 +0 +1\n2 mailboxes +4 +0 +2\n/,
    )
    expect(JSON.parse((await run('status', '--as-of', seq, '--json')).stdout)).toMatchObject({
      accounts: [
        {
          mailboxes: [
            { path: 'Archive', pruned: 1 },
            { path: 'INBOX', pruned: 1 },
          ],
        },
      ],
    })
    const replay = await run('log', 'replay', '--until', seq, '--json', 'ada/Archive')
    expect(replay.stdout).toContain('"messages":1,"removed":0,"pruned":1')
    expect(await run('verify', '-q')).toMatchObject({ status: 0 })
  })
})
