import { join } from 'node:path'
import { expect, test } from 'vitest'
import { indexStore } from '../store/indexed-store.ts'
import { commitBatch, messageRow, openMailbox } from '../store/sample-mail.ts'
import { writeStore } from '../store/sample-store.ts'
import { runCommand, writeHome } from '../support/run-command.ts'
import type { CommandResult } from '../support/run-command.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { expectSafe } from '../ui/hostile-text.ts'

/** What moves the cursor, sets a title, hides, reorders, or ends a line, as octets of UTF-8. */
const bad = [
  '\u001b[2J',
  '\u001b]0;owned\u0007',
  '\u009b1m',
  '\u202egpj.exe',
  '\u2066',
  '\u200b',
  '\u2028',
  '\u0085',
  '\u{e0041}',
  '\b',
]
const octetsOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')
const encoded = (text: string): string => `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`

/** A message with the sequence in every place that is shown. */
function hostileMessage(sequence: string, number: number): string {
  return [
    `From: ${encoded(`Eve ${sequence}`)} <eve${number}@example.org>`,
    `To: "${octetsOf(`Bob ${sequence}`)}" <bob@example.org>`,
    `Cc: ${octetsOf(sequence)}@example.org`,
    `Subject: ${encoded(`planted ${sequence} subject`)}`,
    `Date: Mon, 5 Oct 2026 12:00:00 +0000 (${octetsOf(sequence)})`,
    `Message-ID: <${octetsOf(sequence)}${number}@example.org>`,
    `X-Raw: ${octetsOf(sequence)}`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain; charset=utf-8',
    '',
    octetsOf(`planted ${sequence} text`),
    '--b',
    `Content-Type: application/x-${octetsOf(sequence)}`,
    `Content-Disposition: attachment; filename*=utf-8''${encodeURIComponent(`plan ${sequence}.pdf`)}`,
    '',
    'x',
    '--b--',
    '',
  ].join('\r\n')
}

async function mirrorOf(messages: readonly string[]) {
  const { config, store } = writeHome(temporaryDirectory(), 1)
  await writeStore(store, async (writer) => {
    const { id } = await openMailbox(writer, `In\u001b[2Jbox\u202e`)
    // Large ones do not fit into a batch with others.
    for (const [index, text] of messages.entries()) {
      await commitBatch(writer, id, { messages: [[messageRow(index + 1), text]] })
    }
  })
  const outcome = await indexStore(store)
  return {
    outcome,
    config,
    run: (...args: readonly string[]): Promise<CommandResult> => runCommand(['-c', config, ...args]),
  }
}

test('S14 S15 what mail says reaches no output of search, show and stats unescaped', async () => {
  const { run, config } = await mirrorOf(bad.map(hostileMessage))
  const commands: readonly (readonly string[])[] = [
    ['search', 'planted'],
    ['search', '--threads', 'subject:planted'],
    ['search', '--json', 'planted'],
    ['search', 'filename:plan', '--color', 'never', '--sort', 'relevance'],
    ['stats'],
    ['stats', '--json'],
    ...bad.flatMap((_, index) => [
      ['show', `${index + 1}`, '--no-pager'],
      ['show', `${index + 1}`, '--headers'],
      ['show', `${index + 1}`, '--thread'],
      ['show', `${index + 1}`, '--json'],
      ['show', `${index + 1}`, '--attachments', join(config, '..', 'files')],
    ]),
  ]
  for (const command of commands) {
    const { status, stdout, stderr } = await run(...command)
    expect({ command, status }).toEqual({ command, status: 0 })
    for (const line of `${stdout}${stderr}`.split('\n')) expectSafe(line)
  }
  expect((await run('search', '--count', 'planted')).stdout).toBe(`${bad.length}\n`)
}, 60_000)

test('S19 S20 mail that is made to stall a parser is indexed beside all other, and is found', async () => {
  const parts = Array.from(
    { length: 20_000 },
    (_, number) => `--b\r\nContent-Type: image/png; name=p${number}.png\r\n\r\nx\r\n`,
  )
  const nested = Array.from(
    { length: 3000 },
    (_, level) => `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`,
  )
  const fields = Array.from({ length: 100_000 }, (_, number) => `X-${number}: ${number}\r\n`)
  const { outcome, run } = await mirrorOf([
    `Subject: planted parts\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${parts.join('')}--b--\r\n`,
    `Subject: planted nest\r\n${nested.join('')}\r\ntext\r\n`,
    `${fields.join('')}Subject: planted fields\r\n\r\ntext\r\n`,
    `Subject: planted recipients\r\nTo: ${'a@b.example, '.repeat(100_000)}c@d.example\r\n\r\ntext\r\n`,
    `Subject: planted html\r\nContent-Type: text/html\r\n\r\n${'<div><!--'.repeat(200_000)}`,
    `Subject: planted line\r\n\r\n${'<'.repeat(5_000_000)}\r\n`,
    `Subject: planted quotes\r\nFrom: ${'"'.repeat(100_000)}\r\nReferences: ${'<'.repeat(100_000)}\r\n\r\ntext\r\n`,
    'Subject: planted last\r\n\r\nand an honest one\r\n',
  ])
  expect(outcome).toEqual({ indexed: 8, pending: 0 })
  expect((await run('search', '--count', 'subject:planted')).stdout).toBe('8\n')
  expect((await run('search', '--ids', 'filename:p19999.png')).stdout).toBe('1\n')
  for (let id = 1; id <= 8; id++) expect(await run('show', `${id}`)).toMatchObject({ status: 0, stderr: '' })
}, 60_000)
