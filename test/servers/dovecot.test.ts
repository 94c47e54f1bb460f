import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeCertificate } from '../support/certificate.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { withoutDovecot } from './without-dovecot.ts'
import { startDovecot } from './dovecot.ts'
import { openMailClient } from './mail-client.ts'
import { readServer } from './read-server.ts'

const DATE = new Date('2019-07-17T02:44:25Z')
const user = 'alice'

function message(text: string): Buffer {
  return Buffer.from(`From: Alice <alice@example.org>\r\nSubject: Spring\r\n\r\n${text}\r\n`)
}

function sha256(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex')
}

describe.skipIf(withoutDovecot).each(['maildir', 'mdbox', 'sdbox'] as const)('a private Dovecot (%s)', (format) => {
  test('takes mail and hands it back octet by octet, with flags and dates', async () => {
    await using server = await startDovecot({ format })
    await using client = await openMailClient({ ...server, user })
    const [first, second] = [message('The tulips are out.'), message('Löwenzahn')]
    await client.append('INBOX', [
      { octets: first, flags: ['\\Seen', '$Junk'], internalDate: DATE },
      { octets: second },
    ])
    await client.create('Entw&APw-rfe')

    const { mailboxes, messages } = await readServer(server.port, user, server.password)

    expect(mailboxes.map(({ mailbox, exists }) => [mailbox, exists])).toEqual([
      ['Entw&APw-rfe', 0],
      ['INBOX', 2],
    ])
    expect(messages.map(({ uid, sha256, octets, flags }) => ({ uid, sha256, octets, flags }))).toEqual([
      { uid: 1, sha256: sha256(first), octets: first.length, flags: ['$Junk', '\\Seen'] },
      { uid: 2, sha256: sha256(second), octets: second.length, flags: [] },
    ])
    expect(messages[0]?.internalDateSeconds).toBe(DATE.getTime() / 1000)
  })
})

describe.skipIf(withoutDovecot)('a second client', () => {
  test('changes flags, expunges, copies, moves and renames', async () => {
    await using server = await startDovecot()
    await using client = await openMailClient({ ...server, user })
    await client.append(
      'INBOX',
      ['one', 'two', 'three'].map((text) => ({ octets: message(text), flags: ['\\Seen'] })),
    )
    await client.create('Archive/2019')
    await client.create('Trash')
    await client.select('INBOX')
    await client.addFlags('1', ['\\Flagged'])
    await client.removeFlags('2', ['\\Seen'])
    await client.copy('1', 'Trash')
    await client.move('2', 'Archive/2019')
    await client.expunge('3')
    await client.rename('Archive/2019', 'Archive/old')
    await client.select('INBOX')
    await client.deleteMailbox('Trash')

    const { mailboxes, messages } = await readServer(server.port, user, server.password)

    expect(mailboxes.map(({ mailbox }) => mailbox)).toEqual(['Archive/old', 'INBOX'])
    expect(messages.map(({ mailbox, uid, sha256, flags }) => [mailbox, uid, sha256, flags])).toEqual([
      ['Archive/old', 1, sha256(message('two')), []],
      ['INBOX', 1, sha256(message('one')), ['\\Flagged', '\\Seen']],
    ])
    await expect(client.command('UID FETCH nonsense FLAGS')).rejects.toThrow('BAD')
  })

  test('appends more messages than one command holds, and very large ones', async () => {
    await using server = await startDovecot({ format: 'mdbox' })
    await using client = await openMailClient({ ...server, user })
    const large = message('x'.repeat(30 << 20))
    await client.append(
      'INBOX',
      Array.from({ length: 1100 }, (_, i) => ({ octets: message(`number ${i}`) })),
    )
    await client.append('INBOX', [{ octets: large }])

    const { messages } = await readServer(server.port, user, server.password)

    expect(messages.slice(0, -1).map(({ sha256 }) => sha256)).toEqual(
      Array.from({ length: 1100 }, (_, i) => sha256(message(`number ${i}`))),
    )
    expect(messages.at(-1)).toMatchObject({ uid: 1101, octets: large.length, sha256: sha256(large) })
  })
})

describe.skipIf(withoutDovecot)('what the options ask for', () => {
  test('TLS with the given certificate, and STARTTLS', async () => {
    const files = temporaryDirectory()
    const { cert: certificate, key } = makeCertificate()
    await using server = await startDovecot({ tls: { certificate, key }, password: 'secret-1' })
    const [own, foreign] = [join(files, 'own.pem'), join(files, 'foreign.pem')]
    await writeFile(own, certificate)
    await writeFile(foreign, makeCertificate().cert)

    expect(await greetingOf(server.port)).toContain('STARTTLS')
    const { mailboxes } = await readServer(server.tlsPort, user, { password: 'secret-1', authority: own })
    expect(mailboxes.map(({ mailbox }) => mailbox)).toEqual(['INBOX'])
    await expect(readServer(server.tlsPort, user, { password: 'wrong', authority: own })).rejects.toThrow(
      'AUTHENTICATIONFAILED',
    )
    await expect(readServer(server.tlsPort, user, { password: 'secret-1', authority: foreign })).rejects.toThrow(
      'CERTIFICATE_VERIFY_FAILED',
    )
  })

  test('a limit of connections', async () => {
    await using server = await startDovecot({ connectionLimit: 1 })
    await using client = await openMailClient({ ...server, user })
    await expect(openMailClient({ ...server, user })).rejects.toThrow('Maximum number of connections')
    await client.command('NOOP')
  })

  test('settings of its own, and doveadm', async () => {
    await using server = await startDovecot({ settings: ['imap_capability = IMAP4rev1 LITERAL+'] })
    await using client = await openMailClient({ ...server, user })
    expect(await client.command('CAPABILITY')).toEqual(['* CAPABILITY IMAP4rev1 LITERAL+'])
    await server.doveadm('mailbox', 'update', '-u', user, '--uid-validity', '12345', 'INBOX')
    const { mailboxes } = await readServer(server.port, user, server.password)
    expect(mailboxes).toEqual([{ mailbox: 'INBOX', uidValidity: 12345, exists: 0 }])
    await expect(server.doveadm('no-such-command')).rejects.toThrow('no-such-command')
  })

  test('a mistake in the settings is told', async () => {
    await expect(startDovecot({ settings: ['no_such_setting = yes'] })).rejects.toThrow('no_such_setting')
  })
})

test.skipIf(withoutDovecot)(
  'stop ends all of its processes and removes its directory, but keeps mail that lies elsewhere',
  async () => {
    const mailDirectory = temporaryDirectory()
    const server = await startDovecot({ mailDirectory })
    const client = await openMailClient({ ...server, user })
    await client.append('INBOX', [{ octets: message('kept') }])
    await server.stop()
    await server.stop()
    await expect(client.command('NOOP')).rejects.toThrow('the server closed the connection')
    await expect(greetingOf(server.port)).rejects.toThrow('ECONNREFUSED')
    await expect(server.doveadm('who')).rejects.toThrow('dovecot.conf')

    await using again = await startDovecot({ mailDirectory })
    expect((await readServer(again.port, user, again.password)).messages).toHaveLength(1)
  },
)

function greetingOf(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', reject)
    socket.once('data', (octets) => {
      socket.destroy()
      resolve(octets.toString('latin1'))
    })
  })
}
