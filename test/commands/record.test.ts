import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { FaultRule } from '../../src/demo/faults.ts'
import { MailStore } from '../../src/demo/mail-store.ts'
import type { SyncFinished } from '../../src/sync/events.ts'
import { startReplay } from '../servers/replay-server.ts'
import { runCommand, writeHome } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const secret = [
  'Geheimnis',
  'Schatz',
  'ada@example.org',
  'grace@example.net',
  'Passwort',
  'Urlaub',
  'Privatsache',
  'M-ident',
]

const letter = (subject: string): Buffer =>
  Buffer.from(
    `From: ada@example.org\r\nTo: grace@example.net\r\nMessage-ID: <Schatz.1@example.org>\r\nSubject: ${subject}\r\n\r\nPasswort\r\n`,
  )

function privateMail(): MailStore {
  const mail = new MailStore({ now: () => new Date('2025-06-01T12:00:00Z') })
  mail.createMailbox('Geheimnis/Urlaub')
  mail.createMailbox('Gesendet', { specialUse: String.raw`\Sent` })
  for (let number = 0; number < 9; number++) {
    mail.append('INBOX', letter(`Geheimnis ${number}`), {
      flags: [String.raw`\Seen`, 'Privatsache'],
      emailId: `M-ident${number}`,
    })
  }
  mail.append('Geheimnis/Urlaub', letter('Schatz'))
  mail.append('Gesendet', letter('Schatz'))
  return mail
}

interface Recorded {
  readonly transcript: string
  readonly statement: SyncFinished
}

async function record(faults: readonly FaultRule[]): Promise<Recorded> {
  await using server = await startDemoServer({
    store: privateMail(),
    users: { ada: password },
    faults,
    extensions: { OBJECTID: true },
  })
  const home = temporaryDirectory()
  const { config } = writeHome(join(home, 'home'), server.port, 'connections = 1')
  const file = join(home, 'transcript.ndjson')
  const { stdout } = await runCommand(['-c', config, 'sync', '--json', '--record', file])
  expect(statSync(file).mode & 0o777).toBe(0o600)
  return { transcript: readFileSync(file, 'utf8'), statement: statementOf(stdout) }
}

async function replay(transcript: string): Promise<SyncFinished> {
  await using server = await startReplay(transcript)
  const { config } = writeHome(join(temporaryDirectory(), 'home'), server.port, 'connections = 1')
  return statementOf((await runCommand(['-c', config, 'sync', '--json'])).stdout)
}

function statementOf(stdout: string): SyncFinished {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the last line is the statement
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as SyncFinished
}

/** What was mirrored, whatever the mailboxes are called. */
function countsOf({ accounts, complete }: SyncFinished): unknown {
  const counts = accounts
    .flatMap(({ mailboxes }) => mailboxes)
    .map(({ serverMessages, messages, newMessages, downloadedOctets, failed, complete: whole }) =>
      [serverMessages, messages, newMessages, downloadedOctets, failed.map(({ uid }) => uid).join(), whole].join(' '),
    )
  return { complete, counts: counts.toSorted() }
}

const refused: FaultRule = {
  when: { command: /EXAMINE "Gesendet/ },
  action: { kind: 'answer', status: 'NO', text: '[NOPERM] Schatz' },
}
const poison: FaultRule = { when: { command: /BODY\.PEEK\[\]/ }, action: { kind: 'omit-rows', uids: [4] } }
const cut: FaultRule = {
  when: { command: /BODY\.PEEK\[\]/, nth: 1 },
  action: { kind: 'close', how: 'fin', when: 'before' },
}

describe('sync --record', () => {
  test.each<readonly [string, readonly FaultRule[]]>([
    ['of a run in which all goes well', []],
    ['of a mailbox that is refused and a message that never comes', [refused, poison]],
    ['of a lost connection', [cut]],
  ])(
    'S08 the transcript %s tells nothing of anybody, and played back it gives the same statement',
    async (_name, faults) => {
      const { transcript, statement } = await record(faults)
      for (const word of [...secret, password]) {
        expect(transcript).not.toContain(word)
        expect(transcript).not.toContain(Buffer.from(word).toString('base64').replaceAll('=', ''))
      }
      expect(transcript).toContain('"sent":"EXAMINE')
      expect(transcript).toMatch(/BODY\[\] \{\d+\}/)
      expect(countsOf(await replay(transcript))).toEqual(countsOf(statement))
    },
  )

  test('S10 no file is overwritten', async () => {
    const home = temporaryDirectory()
    const { config } = writeHome(join(home, 'home'), 1)
    const { status, stderr } = await runCommand(['-c', config, 'sync', '--record', config])
    expect(status).toBe(74)
    expect(stderr).toContain('it is there already')
    expect(readFileSync(config, 'utf8')).toContain('[accounts.ada]')
  })
})
