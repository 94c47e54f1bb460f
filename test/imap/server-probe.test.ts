import { createServer } from 'node:net'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { DemoServer, DemoServerOptions } from '../../src/demo/demo-server.ts'
import { MailStore } from '../../src/demo/mail-store.ts'
import { createServerProbe } from '../../src/imap/server-probe.ts'
import { AppError } from '../../src/model/errors.ts'
import type { CertificateTrust } from '../../src/setup/lookup-ports.ts'
import { makeCertificate } from '../support/certificate.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const authority = makeCertificate({ subject: 'Test Authority', isAuthority: true })
const good = makeCertificate({ issuer: authority })
const whenever = new AbortController().signal
const plainTrust: CertificateTrust = { caFile: undefined, fingerprint: undefined }

async function serve(options: Partial<DemoServerOptions> = {}): Promise<DemoServer> {
  const server = await startDemoServer({ store: new MailStore(), users: {}, ...options })
  onTestFinished(() => server.close())
  return server
}

function trusting(): CertificateTrust {
  const caFile = join(temporaryDirectory(), 'ca.pem')
  writeFileSync(caFile, authority.cert)
  return { caFile, fingerprint: undefined }
}

const probe = createServerProbe()

test('a server says what it offers before the login, and nobody logs in', async () => {
  const server = await serve({ tls: good })
  const place = { host: 'localhost', port: server.port, security: 'tls' } as const
  const found = await probe.capabilities(place, trusting(), whenever)
  expect([found.has('IMAP4REV1'), found.has('AUTH=PLAIN')]).toEqual([true, true])
  expect(server.commands.map(({ line }) => line.replace(/^\w+ /, ''))[0]).toBe('CAPABILITY')
  expect(server.commands.some(({ line }) => /LOGIN|AUTH/.test(line))).toBe(false)
})

test('after STARTTLS it says it again', async () => {
  const server = await serve({ tls: good, extensions: { STARTTLS: true, LOGINDISABLED: true } })
  const place = { host: 'localhost', port: server.port, security: 'starttls' } as const
  const found = await probe.capabilities(place, trusting(), whenever)
  expect([found.has('AUTH=PLAIN'), found.has('LOGINDISABLED')]).toEqual([true, false])
})

test('a certificate that is not trusted is refused with its fingerprint, and taken when that is pinned', async () => {
  const own = makeCertificate()
  const server = await serve({ tls: own })
  const place = { host: 'localhost', port: server.port, security: 'tls' } as const
  await expect(probe.capabilities(place, plainTrust, whenever)).rejects.toMatchObject({
    code: 'TLS_REFUSED',
    fingerprint: own.fingerprint,
  })
  const found = await probe.capabilities(place, { caFile: undefined, fingerprint: own.fingerprint }, whenever)
  expect(found.has('IMAP4REV1')).toBe(true)
})

/** What becomes of a server that says this and closes. */
async function outcomeOf(said: string, security: 'none' | 'starttls' | 'tls' = 'none'): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.end(said)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const error: unknown = await probe
    .capabilities({ host: '127.0.0.1', port, security }, plainTrust, whenever)
    .catch((thrown: unknown) => thrown)
  return error instanceof AppError ? `${error.code}: ${error.message.replace(String(port), 'PORT')}` : 'no error'
}

test.each([
  ['* BYE too many\r\n', 'none', 'SERVER_UNREACHABLE: could not reach 127.0.0.1:PORT: it said BYE: too many'],
  [
    '220 smtp.example.org ESMTP\r\n',
    'none',
    'PROTOCOL_VIOLATION: could not greet the server: what answers is no IMAP server',
  ],
  [
    '',
    'none',
    'SERVER_UNREACHABLE: could not reach 127.0.0.1:PORT: it closed the connection before the login was done (ClosedAfterConnectText)',
  ],
  [
    '* OK hi\r\np NO no\r\n',
    'starttls',
    'TLS_REFUSED: could not secure the connection to 127.0.0.1:PORT: the server does not offer STARTTLS, or somebody in between hides it',
  ],
  [
    '* OK hi\r\np OK go\r\np OK you are in\r\n',
    'starttls',
    'TLS_REFUSED: could not secure the connection to 127.0.0.1:PORT: there came data between STARTTLS and TLS, as if somebody in between had put it there',
  ],
  [
    `* OK ${'x'.repeat(70_000)}\r\n`,
    'none',
    'PROTOCOL_VIOLATION: could not log in to 127.0.0.1:PORT: it says too much (ResponseTooLarge)',
  ],
] as const)('a server that says what no IMAP server says is refused (%#)', async (said, security, outcome) => {
  expect(await outcomeOf(said, security)).toBe(outcome)
})

test('a host that is not there, and one that is silent, are unreachable', async () => {
  const gone = { host: '127.0.0.1', port: 1, security: 'tls' } as const
  await expect(probe.capabilities(gone, plainTrust, whenever)).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' })
  const silent = createServer((socket) => socket.on('error', () => undefined))
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  onTestFinished(() => void silent.close())
  const address = silent.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const hasty = createServerProbe({ timeoutMs: 50 })
  const place = { host: '127.0.0.1', port, security: 'none' } as const
  await expect(hasty.capabilities(place, plainTrust, whenever)).rejects.toMatchObject({
    code: 'SERVER_UNREACHABLE',
    message: `could not reach 127.0.0.1:${port}: it sent no greeting in time (GREETING_TIMEOUT)`,
  })
  await expect(hasty.capabilities(place, plainTrust, AbortSignal.abort())).rejects.toMatchObject({
    code: 'INTERRUPTED',
  })
})
