import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { mailProgram, mailProgramEnvironment, withoutMailPrograms } from '../servers/mail-programs.ts'
import { password } from '../support/run-sync.ts'
import { outboxOf, sendingHome } from '../support/sending-home.ts'
import type { SendingHome } from '../support/sending-home.ts'

const entry = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

interface Program {
  readonly command: string
  readonly args: readonly string[]
  readonly input?: string
}

interface Place {
  readonly folder: string
  /** The program in place of sendmail. */
  readonly sendmail: string
  readonly run: (program: Program) => Promise<{ readonly status: unknown; readonly said: string }>
}

/** A folder that is a home, in which `sendmail` is `mailmirror send`. The libraries are for the programs alone. */
function placeIn({ home, config }: SendingHome): Place {
  const folder = join(home, 'user')
  mkdirSync(folder)
  const sendmail = join(folder, 'sendmail')
  const command = [process.execPath, entry, '-c', config, 'send'].map((word) => `'${word}'`).join(' ')
  writeFileSync(sendmail, `#!/bin/sh\nunset LD_LIBRARY_PATH\nexec ${command} "$@"\n`, { mode: 0o755 })
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    USER: 'ada',
    EMAIL: 'ada@example.org',
    LC_ALL: 'C.UTF-8',
    TERM: 'dumb',
    ADA_PASSWORD: password,
    MAILRC: join(folder, 'mailrc'),
    ...mailProgramEnvironment,
    GIT_CONFIG_NOSYSTEM: '1',
  }
  return {
    folder,
    sendmail,
    run: async ({ command: path, args, input = '' }) => {
      const child = spawn(path, args, { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] })
      child.stdin.on('error', () => undefined)
      child.stdin.end(input)
      const closed = once(child, 'close')
      const said = await Promise.all([text(child.stdout), text(child.stderr)])
      await closed
      return { status: child.exitCode, said: said.join('') }
    },
  }
}

const takenBy = ({ smtp }: SendingHome): readonly unknown[] => smtp.taken.map(({ from, to }) => ({ from, to }))
const textOf = ({ smtp }: SendingHome): string => smtp.taken[0]?.octets.toString() ?? ''

const patch = (number: number): string =>
  `From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: Ada <ada@example.org>\nDate: Sat, 28 Nov 2026 10:00:00 +0000\nSubject: [PATCH ${number}/2] Gr=?UTF-8?q?=C3=BC?=n\n\nText zoë.\n---\n a.txt | 1 +\n\ndiff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -0,0 +1 @@\n+.\n-- \n2.39.5\n\n`

describe.skipIf(withoutMailPrograms)('instead of sendmail', () => {
  test.each([[[]], [['--envelope-sender=bounce@example.org']]])('git send-email %j', async (more) => {
    const home = await sendingHome()
    const place = placeIn(home)
    for (const number of [1, 2]) writeFileSync(join(place.folder, `${number}.patch`), patch(number))
    const { status, said } = await place.run({
      command: mailProgram('git-send-email'),
      args: [
        `--sendmail-cmd=${place.sendmail}`,
        '--to=Zoe <zoe@example.org>',
        '--cc=bob@example.com',
        '--confirm=never',
        '--suppress-cc=all',
        '--from=Ada <ada@example.org>',
        '--8bit-encoding=UTF-8',
        ...more,
        '1.patch',
        '2.patch',
      ],
    })
    expect([status, said.match(/^Result: OK$/gm)?.length]).toEqual([0, 2])
    const from = more.length === 0 ? 'ada@example.org' : 'bounce@example.org'
    const one = { from, to: ['zoe@example.org', 'bob@example.com'] }
    expect(takenBy(home)).toEqual([one, one])
    expect(textOf(home)).toContain('Text zoë.\r\n---\r\n')
    expect(textOf(home)).toContain('\r\n+.\r\n-- \r\n2.39.5\r\n')
    expect(home.mail.mailbox('Sent').messages.length).toBe(2)
  })

  test('git send-email says that it went wrong where it did', async () => {
    const home = await sendingHome({
      reply: (line) => (line.startsWith('RCPT') ? '550 5.1.1 no such user' : undefined),
    })
    const place = placeIn(home)
    writeFileSync(join(place.folder, '1.patch'), patch(1))
    const { status, said } = await place.run({
      command: mailProgram('git-send-email'),
      args: [
        `--sendmail-cmd=${place.sendmail}`,
        '--to=zoe@example.org',
        '--confirm=never',
        '--suppress-cc=all',
        '--from=ada@example.org',
        '--8bit-encoding=UTF-8',
        '1.patch',
      ],
    })
    expect(status).not.toBe(0)
    expect(said).toContain('refused: zoe@example.org: 550 5.1.1 no such user')
  })

  test.each([
    ['', 'ada@example.org'],
    ['set use_envelope_from\nset envelope_from_address="bounce@example.org"\n', 'bounce@example.org'],
    ['set dsn_notify="failure,delay"\nset dsn_return=hdrs\n', 'ada@example.org'],
  ])('mutt with %j', async (settings, from) => {
    const home = await sendingHome()
    const place = placeIn(home)
    writeFileSync(
      join(place.folder, 'muttrc'),
      `set sendmail="${place.sendmail} -oem -oi"\nset from="ada@example.org"\nset realname="Ada"\nunset record\nset charset=utf-8\n${settings}`,
    )
    writeFileSync(join(place.folder, 'Grüße.txt'), 'attached\n')
    const { status, said } = await place.run({
      command: mailProgram('mutt'),
      args: [
        '-F', 'muttrc', '-s', 'Grüße', '-c', 'bob@example.com', '-b', 'hidden@example.org', '-a', 'Grüße.txt', '--', 'zoe@example.org',
      ], // prettier-ignore
      input: '.\nzoë\n',
    })
    expect([status, said]).toEqual([0, 'mailmirror: accepted for delivery to 3 recipients (outbox 1)\n'])
    expect(takenBy(home)).toEqual([{ from, to: ['zoe@example.org', 'bob@example.com', 'hidden@example.org'] }])
    expect(textOf(home)).not.toContain('hidden')
    expect(textOf(home)).toContain('\r\n\r\n.\r\nzo')
  })

  test('mutt says that it went wrong where it did, and where the message is', async () => {
    const home = await sendingHome({ reply: (line) => (line.startsWith('AUTH') ? '535 5.7.8 no' : undefined) })
    const place = placeIn(home)
    writeFileSync(
      join(place.folder, 'muttrc'),
      `set sendmail="${place.sendmail} -oem -oi"\nset from="ada@example.org"\nunset record\n`,
    )
    const { status, said } = await place.run({
      command: mailProgram('mutt'),
      args: ['-F', 'muttrc', '-s', 'x', '--', 'zoe@example.org'],
      input: 'x\n',
    })
    expect(status).toBe(1)
    expect(said).toContain('`mailmirror outbox retry 1`')
    expect((await outboxOf(home)).map(({ state }) => state)).toEqual(['failed'])
  })

  test('bsd-mailx', async () => {
    const home = await sendingHome()
    const place = placeIn(home)
    writeFileSync(join(place.folder, 'mailrc'), `set sendmail=${place.sendmail}\n`)
    const { status, said } = await place.run({
      command: mailProgram('bsd-mailx'),
      args: ['-s', 'Grüße', '-c', 'bob@example.com', '-b', 'hidden@example.org', 'zoe@example.org'],
      input: '.zoë\nx\n',
    })
    expect([status, said.includes('accepted for delivery to 3 recipients')]).toEqual([0, true])
    expect(takenBy(home)).toEqual([
      { from: 'ada@example.org', to: ['zoe@example.org', 'bob@example.com', 'hidden@example.org'] },
    ])
    expect(textOf(home)).not.toContain('hidden')
    expect(textOf(home)).toMatch(/^From: .*ada@example\.org>?\r\n[^]*\r\n\r\n\.zoë\r\nx\r\n$/m)
  })

  test('s-nail', async () => {
    const home = await sendingHome()
    const place = placeIn(home)
    writeFileSync(join(place.folder, 'mailrc'), `set mta=${place.sendmail} from=ada@example.org sendwait v15-compat\n`)
    const { status, said } = await place.run({
      command: mailProgram('s-nail'),
      args: [
        '-n', '-r', 'bounce@example.org', '-s', 'Grüße', '-c', 'bob@example.com', '-b', 'hidden@example.org', 'zoe@example.org',
      ], // prettier-ignore
      input: '.zoë\nx\n',
    })
    expect([status, said.includes('accepted for delivery to 3 recipients')]).toEqual([0, true])
    expect(takenBy(home)).toEqual([
      { from: 'bounce@example.org', to: ['zoe@example.org', 'bob@example.com', 'hidden@example.org'] },
    ])
    expect(textOf(home)).not.toContain('hidden')
  })
})
