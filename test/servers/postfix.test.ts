import { spawn } from 'node:child_process'
import { readdirSync, readlinkSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { makeCertificate } from '../support/certificate.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { openMailClient } from './mail-client.ts'
import { startPostfix, withoutPostfix } from './postfix.ts'
import { withoutDovecot } from './without-dovecot.ts'

const script = fileURLToPath(new URL('submit-message.py', import.meta.url))
const [ada, bea] = ['ada@example.org', 'bea@example.com']

interface SubmitOptions {
  readonly from?: string
  readonly args?: readonly string[]
  readonly password?: string
}

/** What Python's smtplib is told. */
async function submit(
  port: number,
  recipients: readonly string[],
  { octets = letter('plain'), from = ada, args = [], password = '' }: SubmitOptions & { readonly octets?: Buffer } = {},
): Promise<unknown> {
  const child = spawn('python3', [script, String(port), from, ...recipients, ...args], {
    env: { ...process.env, SMTP_PASSWORD: password, PYTHONUTF8: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(octets)
  return JSON.parse(await text(child.stdout))
}

const letter = (subject: string, body = 'Regards,\r\nAda\r\n'): Buffer =>
  Buffer.from(`From: Ada <ada@example.org>\r\nTo: bea@example.com\r\nSubject: ${subject}\r\n\r\n${body}`)

/** All of them work in the directory of the queues. */
function processesBeside(pid: number): readonly string[] {
  const directory = directoryOf(String(pid))
  return readdirSync('/proc').filter((one) => /^\d+$/.test(one) && directoryOf(one) === directory)
}

function directoryOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}

const usuallyOffered = [
  '8bitmime',
  'chunking',
  'dsn',
  'enhancedstatuscodes',
  'etrn',
  'pipelining',
  'size',
  'smtputf8',
  'vrfy',
]

describe.skipIf(withoutPostfix)('a private Postfix', () => {
  test('takes mail for any address and hands it back octet by octet, Bcc included', async () => {
    await using server = await startPostfix()
    const first = Buffer.concat([
      Buffer.from('Received: from here\r\nBcc: <carl@example.net>\r\nReturn-Path: <x@example.org>\r\n'),
      letter('Grüße', `.\r\n..\r\n${'x'.repeat(3000)}\r\n`),
      Buffer.from([0xe9, 0x0d, 0x0a]),
    ])
    const second = letter('second')
    expect(await submit(server.port, [bea, 'carl@example.net'], { octets: first })).toEqual({
      offered: usuallyOffered,
      refused: {},
    })
    await submit(server.port, [bea], { octets: second, from: 'zoe@example.org' })
    expect(
      (await server.delivered(bea)).map(({ sender, recipient, octets }) => ({ sender, recipient, octets })),
    ).toEqual([
      { sender: ada, recipient: bea, octets: first },
      { sender: 'zoe@example.org', recipient: bea, octets: second },
    ])
    const all = await server.delivered()
    expect(all.map(({ recipient }) => recipient).toSorted()).toEqual([bea, bea, 'carl@example.net'])
    expect(await server.delivered('nobody@example.org')).toEqual([])
    expect(all[0]?.trace).toMatch(
      /^Return-Path: <ada@example\.org>\nX-Original-To: .*\n.*\nReceived: from client\.example\.org /,
    )
    expect(await server.log()).toContain('status=sent')
  })

  test('refuses and defers recipients as it is told to', async () => {
    await using server = await startPostfix({
      recipients: { 'no@example.org': '550 5.1.1 no such user', 'later@example.org': '450 4.2.1 come back, please' },
    })
    const refused = {
      'no@example.org': '550 5.1.1 <no@example.org>: Recipient address rejected: no such user',
      'later@example.org': '450 4.2.1 <later@example.org>: Recipient address rejected: come back, please',
    }
    expect(await submit(server.port, ['no@example.org', bea, 'later@example.org'])).toMatchObject({ refused })
    expect(await submit(server.port, Object.keys(refused))).toEqual({ refused, error: 'nobody' })
    expect((await server.delivered()).map(({ recipient }) => recipient)).toEqual([bea])
  })

  test('has a limit of octets', async () => {
    await using server = await startPostfix({ messageSizeLimit: 1000 })
    const octets = letter('large', `${'x'.repeat(990)}\r\n`)
    expect(await submit(server.port, [bea], { octets })).toEqual({
      error: '552 5.3.4 Message size exceeds fixed limit',
    })
    expect(await server.delivered()).toEqual([])
  })

  test.each([
    [true, { offered: usuallyOffered, refused: {} }, ['grün@example.org']],
    [false, { error: 'not offered' }, []],
  ])('SMTPUTF8: %s', async (smtpUtf8, told, recipients) => {
    await using server = await startPostfix({ smtpUtf8 })
    expect(await submit(server.port, ['grün@example.org'])).toEqual(told)
    expect((await server.delivered()).map(({ recipient }) => recipient)).toEqual(recipients)
  })

  test.each([
    [{ messages: 1 }, [bea], { error: '450 4.7.1 Error: too much mail from 127.0.0.1' }],
    [
      { recipients: 1 },
      [bea],
      { refused: { [bea]: '450 4.7.1 Error: too many recipients from 127.0.0.1' }, error: 'nobody' },
    ],
  ])('with the limits %j the second message is put off', async (limits, recipients, told) => {
    await using server = await startPostfix({ limits })
    expect(await submit(server.port, recipients)).toMatchObject({ refused: {} })
    expect(await submit(server.port, recipients)).toEqual(told)
  })

  test('has a limit of connections, and one of recipients at once', async () => {
    await using few = await startPostfix({ limits: { recipientsAtOnce: 1 } })
    expect(await submit(few.port, [bea, ada])).toMatchObject({
      refused: { [ada]: '452 4.5.3 Error: too many recipients' },
    })
    await using none = await startPostfix({ settings: ['smtpd_client_connection_rate_limit = 2'] })
    expect(await submit(none.port, [bea])).toMatchObject({ refused: {} })
    expect(await submit(none.port, [bea])).toEqual({
      error: '421 4.7.0 mx.example.org Error: too many connections from 127.0.0.1',
    })
  })

  test('a mistake in the settings is told', async () => {
    await expect(startPostfix({ settings: ['smtpd_recipient_limit = none'] })).rejects.toThrow('smtpd_recipient_limit')
  })

  test('stop ends all of its processes and removes its directory', async () => {
    const server = await startPostfix()
    await submit(server.port, [bea])
    await server.delivered()
    const before = processesBeside(server.masterPid)
    expect(before.length).toBeGreaterThan(3)
    await server.stop()
    await server.stop()
    await expect.poll(() => before.filter((pid) => directoryOf(pid) !== undefined)).toEqual([])
    expect(await server.log()).toBe('')
    expect(await submit(server.port, [bea])).toEqual({ error: 'ConnectionRefusedError' })
  })
})

describe.skipIf(withoutPostfix || withoutDovecot)('who may send', () => {
  test('only who has logged in, over TLS or STARTTLS with the given certificate', async () => {
    const { cert: certificate, key } = makeCertificate()
    await using server = await startPostfix({ tls: { certificate, key }, password: 'secret-1' })
    const files = temporaryDirectory()
    const [own, foreign] = [join(files, 'own.pem'), join(files, 'foreign.pem')]
    await writeFile(own, certificate)
    await writeFile(foreign, makeCertificate().cert)
    const login = { password: 'secret-1' }
    const offered = [...usuallyOffered, 'auth'].toSorted()

    expect(await submit(server.tlsPort, [bea], { args: ['--tls', own, '--user', 'ada'], ...login })).toEqual({
      offered,
      refused: {},
    })
    const starting = ['--starttls', own]
    expect(await submit(server.port, [bea], { args: [...starting, '--user', 'ada'], ...login })).toEqual({
      offered,
      refused: {},
    })
    expect(await submit(server.port, [bea], { args: [...starting, '--user', 'ada'], password: 'wrong' })).toEqual({
      error: '535 5.7.8 Error: authentication failed: (reason unavailable)',
    })
    expect(await submit(server.port, [bea], { args: starting })).toEqual({
      refused: { [bea]: '554 5.7.1 <bea@example.com>: Recipient address rejected: Access denied' },
      error: 'nobody',
    })
    expect(await submit(server.port, [bea], { args: ['--user', 'ada'], ...login })).toEqual({
      error: 'not offered',
    })
    expect(await submit(server.port, [bea], { args: ['--starttls', foreign] })).toEqual({
      error: 'SSLCertVerificationError',
    })
    expect((await server.delivered()).map(({ recipient }) => recipient)).toEqual([bea, bea])
  })

  test('the IMAP server that knows the passwords serves the same users', async () => {
    await using server = await startPostfix({ password: 'secret-1' })
    expect(await submit(server.port, [bea], { args: ['--user', 'ada'], password: 'secret-1' })).toMatchObject({
      refused: {},
    })
    const port = server.dovecot?.port ?? 0
    await using client = await openMailClient({ port, user: 'ada', password: 'secret-1' })
    expect(await client.command('NOOP')).toEqual([])
    await server.stop()
    await expect(client.command('NOOP')).rejects.toThrow('the server closed the connection')
  })
})
