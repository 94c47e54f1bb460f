import { connect as connectPlain } from 'node:net'
import { connect } from 'node:tls'
import { expect, test } from 'vitest'
import { makeCertificate } from '../support/certificate.ts'
import { MailStore } from '../../src/demo/mail-store.ts'
import { RawClient } from './raw-client.ts'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { Certificate } from '../support/certificate.ts'
import type { ExtensionSwitches } from '../../src/demo/extensions.ts'

const authority = makeCertificate({ subject: 'Test Authority', isAuthority: true })
const good = makeCertificate({ issuer: authority })

async function serve(certificate = good, extensions: ExtensionSwitches = {}) {
  const store = new MailStore()
  store.append('INBOX', Buffer.from('Subject: over TLS\r\n\r\n'))
  return startDemoServer({ store, users: { ada: 'secret' }, tls: certificate, extensions })
}

/** undefined, or the code of what node:tls found wrong. */
async function verify(port: number, servername: string): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const socket = connect({ port, host: '127.0.0.1', servername, ca: authority.cert })
  socket.once('secureConnect', () => resolve(undefined))
  socket.once('error', (error: Error) => resolve('code' in error ? String(error.code) : error.message))
  const found = await promise
  socket.destroy()
  return found
}

const day = 24 * 3600 * 1000

test.each<readonly [string, { certificate: Certificate; name?: string; found: string | undefined }]>([
  ['a good certificate', { certificate: good, found: undefined }],
  [
    'an expired certificate',
    {
      certificate: makeCertificate({
        issuer: authority,
        notBefore: new Date(Date.now() - 9 * day),
        notAfter: new Date(Date.now() - day),
      }),
      found: 'CERT_HAS_EXPIRED',
    },
  ],
  ['a wrong name', { certificate: good, name: 'mail.example.org', found: 'ERR_TLS_CERT_ALTNAME_INVALID' }],
  ['a certificate signed by itself', { certificate: makeCertificate(), found: 'DEPTH_ZERO_SELF_SIGNED_CERT' }],
  [
    'an unknown authority',
    {
      certificate: makeCertificate({ issuer: makeCertificate({ subject: 'Stranger', isAuthority: true }) }),
      found: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    },
  ],
])('TLS from the first octet shows %s for what it is', async (_name, { certificate, name = 'localhost', found }) => {
  await using server = await serve(certificate)
  expect(await verify(server.port, name)).toBe(found)
})

test('the certificate names 127.0.0.1 too', async () => {
  await using server = await serve()
  const socket = connect({ port: server.port, host: '127.0.0.1', ca: authority.cert })
  await using client = new RawClient(socket)
  expect(await client.readLine()).toMatch(/^\* OK \[CAPABILITY IMAP4rev1 [^\]]*AUTH=PLAIN\]/)
})

test('before STARTTLS no login is taken, and after it the session is a new one (RFC 9051 §6.2.1)', async () => {
  await using server = await serve(good, { STARTTLS: true, LOGINDISABLED: true })
  await using client = await RawClient.open(server.port)
  expect(await client.command('CAPABILITY')).toMatch(/STARTTLS LOGINDISABLED LIST-EXTENDED CHILDREN\r\n/)
  expect(await client.command('LOGIN ada secret')).toBe('TAG NO [PRIVACYREQUIRED] TLS comes first\r\n')
  await client.startTls(authority.cert)
  expect(await client.command('LOGIN ada secret')).toMatch(/^TAG OK/)
  expect(await client.command('EXAMINE INBOX')).toContain('* 1 EXISTS')
  expect(await client.command('STARTTLS')).toBe('TAG BAD you are logged in\r\n')
})

test('what comes in plain text behind STARTTLS is forgotten (RFC 9051 §11.1)', async () => {
  await using server = await serve(good, { STARTTLS: true })
  await using client = await RawClient.open(server.port)
  client.send('x1 STARTTLS\r\nx2 LOGIN ada secret\r\n')
  await client.readUntil(/x1 OK [^\r]*\r\n/)
  await client.beginTls(authority.cert)
  expect(await client.command('EXAMINE INBOX')).toBe('TAG NO log in first\r\n')
  expect(server.commands.map(({ line }) => line)).toEqual(['x1 STARTTLS', 't1 EXAMINE INBOX'])
})

test('a client that speaks plain text to a TLS port is dropped, and the next one served', async () => {
  await using server = await serve()
  await using first = new RawClient(connectPlain(server.port, '127.0.0.1'))
  first.send('a1 LOGIN ada secret\r\n')
  expect(await first.readToEnd()).not.toContain('OK')
  expect(await verify(server.port, 'localhost')).toBe(undefined)
})

test('a reset under TLS is a reset of TCP', async () => {
  await using server = await serve()
  server.faults.add({ when: { command: /NOOP/ }, action: { kind: 'close', how: 'rst', when: 'before' } })
  await using client = new RawClient(connect({ port: server.port, host: '127.0.0.1', ca: authority.cert }))
  await client.readLine()
  client.send('a NOOP\r\n')
  await client.readToEnd()
  expect(client.error).toMatchObject({ code: 'ECONNRESET' })
})
