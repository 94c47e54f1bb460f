import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { readManifest } from '../export/read-manifest.ts'
import { flaggedMail, homeAt, letterOf, mailOf, mirrorOf, parsed } from '../support/mirrored-home.ts'
import { runCommand, writeHome } from '../support/run-command.ts'
import type { CommandResult } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { schemaErrors } from '../ui/schema-errors.ts'

const sorted = (texts: readonly string[]): readonly string[] => texts.toSorted()

test('--since last adds a file of what is new to a folder of jsonl, and none where nothing is', async () => {
  const mail = flaggedMail()
  await using server = await startDemoServer({ store: mail, users: { ada: password } })
  const home = temporaryDirectory()
  const { config } = writeHome(home, server.port)
  const folder = join(home, 'json')
  const nightly = async (...more: readonly string[]): Promise<CommandResult> => {
    expect(await runCommand(['-c', config, 'sync', '-q'])).toMatchObject({ status: 0, stderr: '' })
    const options = ['--format', 'jsonl', '--output', folder, '--since', 'last', '--raw-base64', '--json', ...more]
    return runCommand(['-c', config, 'export', ...options])
  }
  const subjects = (name: string): readonly string[] =>
    readFileSync(join(folder, name), 'utf8')
      .trim()
      .split('\n')
      .map((line) => /"subject":"(\w+)"/.exec(line)?.[1] ?? '')
  expect(parsed((await nightly()).stdout)).toMatchObject({ messages: 18, files: 1 })
  expect(parsed((await nightly()).stdout)).toMatchObject({ messages: 0, files: 0 })
  mail.append('Work/Plans', Buffer.from(letterOf('new')), {})
  mail.append('INBOX', Buffer.from(letterOf('newer')), {})
  expect(parsed((await nightly()).stdout)).toMatchObject({ messages: 2, files: 1 })
  expect(sorted(readdirSync(folder))).toEqual(['.manifest.jsonl', '000001.jsonl', '000002.jsonl'])
  expect(sorted(subjects('000002.jsonl'))).toEqual(['new', 'newer'])
  expect(readManifest(join(folder, '.manifest.jsonl')).filter(({ type }) => type === 'message')).toHaveLength(20)
  expect((await nightly('subject:new')).status).toBe(74)
  expect((await nightly('--split', 'year')).status).toBe(64)
  // What a killed export has left is not counted, and written again.
  mail.append('INBOX', Buffer.from(letterOf('last')), {})
  writeFileSync(join(folder, '000003.jsonl.partial'), 'half a li')
  expect((await nightly('--resume')).status).toBe(0)
  expect(subjects('000003.jsonl')).toEqual(['last'])
  const other = homeAt()
  expect(parsed((await other.run('import', '--json', folder)).stdout)).toMatchObject({
    messages: 21,
    unreadable: [],
  })
})

test('JSON leaves text out and takes the data of attachments in, if that is wanted, and keeps to its schema', async () => {
  const multipart = `Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\nContent-Type: application/x\r\nContent-Disposition: attachment; filename=a.bin\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC/w==\r\n--b--\r\n`
  const { run } = await mirrorOf(mailOf({ INBOX: [multipart] }))
  const schema = parsed((await run('export', '--schema')).stdout)
  const exported = async (...options: readonly string[]): Promise<Readonly<Record<string, unknown>>> => {
    const { stdout } = await run('export', '--format', 'jsonl', '--output', '-', '-q', ...options)
    expect(schemaErrors(parsed(stdout), schema)).toEqual([])
    return parsed(stdout)
  }
  expect(await exported()).toMatchObject({ text: 'text', attachments: [{ part: '2', name: 'a.bin', octets: 4 }] })
  const other = await exported('--no-text', '--attachment-data')
  expect(Object.keys(other)).not.toContain('text')
  expect(Object.keys(other)).not.toContain('html')
  expect(other).toMatchObject({ attachments: [{ part: '2', name: 'a.bin', octets: 4, data: 'AAEC/w==' }] })
  expect((await run('export', '--format', 'mbox', '--output', '-', '--no-text')).status).toBe(64)
})
