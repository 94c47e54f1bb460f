import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { DemoServer } from '../../src/demo/demo-server.ts'
import type { ExtensionSwitches } from '../../src/demo/extensions.ts'
import { MailStore } from '../../src/demo/mail-store.ts'
import type { ServerSettings } from '../../src/model/account.ts'
import { makeCertificate } from '../support/certificate.ts'
import { password } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { startScriptedServer } from '../servers/scripted-server.ts'
import type { ScriptedServer, ScriptedServerOptions } from '../servers/scripted-server.ts'
import { connectTo } from './connections.ts'
import { namelessCertificate } from './nameless-certificate.ts'
import { NotingLane } from './noting-lane.ts'
import { errorOf } from './outcome.ts'

const day = 24 * 3600 * 1000
const authority = makeCertificate({ subject: 'Test Authority', isAuthority: true })
const good = makeCertificate({ issuer: authority })
const expired = makeCertificate({
  issuer: authority,
  notBefore: new Date(Date.now() - 9 * day),
  notAfter: new Date(Date.now() - day),
})
const early = makeCertificate({ issuer: authority, notBefore: new Date(Date.now() + day) })
const misnamed = makeCertificate({
  issuer: authority,
  subject: 'mail.example.org',
  names: ['mail.example.org'],
  addresses: [],
})
const selfSigned = makeCertificate()
const stranger = makeCertificate({ subject: 'Stranger', isAuthority: true })
const strange = makeCertificate({ issuer: stranger })

interface Pair {
  readonly key: string
  readonly cert: string
}

async function demoServer(tls: Pair, extensions: ExtensionSwitches = {}): Promise<DemoServer> {
  const server = await startDemoServer({ store: new MailStore(), users: { ada: password }, tls, extensions })
  onTestFinished(() => server.close())
  return server
}

async function scripted(options: ScriptedServerOptions): Promise<ScriptedServer> {
  const server = await startScriptedServer(options)
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

function caFile(...certificates: readonly Pair[]): string {
  const path = join(temporaryDirectory(), 'ca.pem')
  writeFileSync(path, certificates.map(({ cert }) => cert).join(''))
  return path
}

type Settings = Partial<ServerSettings>
const tls = (settings: Settings = {}) => ({ account: { server: { security: 'tls', ...settings } } }) as const
const startTls = (settings: Settings = {}) => tls({ security: 'starttls', ...settings })

/** Both ways to TLS; the server takes either. */
const ways = [
  ['TLS', tls, {}],
  ['STARTTLS', startTls, { STARTTLS: true }],
] as const

describe.each(ways)('a certificate over %s', (_name, settings, extensions) => {
  test.each(['localhost', '127.0.0.1'])('by an authority of the ca-file is accepted for %s', async (host) => {
    const server = await demoServer(good, extensions)
    const connection = await connectTo(server, settings({ host, caFile: caFile(stranger, authority) }))
    expect(await connection.examine('INBOX')).toMatchObject({ messages: 0 })
  })

  test('that is itself in the ca-file is accepted', async () => {
    const server = await demoServer(selfSigned, extensions)
    await expect(connectTo(server, settings({ caFile: caFile(selfSigned) }))).resolves.toBeDefined()
  })

  test.each([selfSigned, expired, misnamed, strange])(
    'that is pinned is accepted whatever else it is',
    async (pinned) => {
      const server = await demoServer(pinned, extensions)
      const fingerprint = pinned.fingerprint.toUpperCase().replace('SHA256', 'sha256')
      await expect(connectTo(server, settings({ fingerprint }))).resolves.toBeDefined()
    },
  )

  test.each([
    ['expired', expired, 'localhost', 'it has expired'],
    ['not valid yet', early, 'localhost', 'it is not valid yet'],
    ['for another name', misnamed, 'localhost', 'it was made for another name'],
    ['for another address', misnamed, '127.0.0.1', 'it was made for another name'],
    ['signed by itself', selfSigned, 'localhost', 'it is signed by itself'],
    [
      'by an unknown authority',
      strange,
      'localhost',
      'the server does not send the certificates that lead to a known authority',
    ],
  ] as const)('S05 that is %s is refused before anything is sent', async (...[, certificate, host, why]) => {
    const server = await demoServer(certificate, extensions)
    const error = await errorOf(connectTo(server, settings({ host, caFile: caFile(authority) })))
    expect(error).toMatchObject({
      code: 'TLS_REFUSED',
      scope: 'account',
      hint: `if you know it to be the right one, set \`ca-file\`, or \`fingerprint = "${certificate.fingerprint}"\` in the config`,
    })
    expect(error.message).toContain(
      `could not trust the certificate of ${host}: ${why} (subject ${certificate.subject}, valid until `,
    )
    expectNoLogin(server)
  })

  test('S05 that is not the pinned one is refused although its authority is trusted', async () => {
    const server = await demoServer(good, extensions)
    const { fingerprint } = selfSigned
    const error = await errorOf(connectTo(server, settings({ fingerprint, caFile: caFile(authority) })))
    expect(error.code).toBe('TLS_REFUSED')
    expect(error.message).toMatch(
      /^could not trust the certificate of 127\.0\.0\.1: it is not the one that the config pins \(/,
    )
    expect(error.hint).toContain(good.fingerprint)
    expectNoLogin(server)
  })

  test('S05 without ca-file and pin only the authorities of the system count', async () => {
    const server = await demoServer(good, extensions)
    expect(await errorOf(connectTo(server, settings()))).toMatchObject({ code: 'TLS_REFUSED' })
    expectNoLogin(server)
  })

  test('S05 without a subject is refused like any other', async () => {
    const server = await demoServer(namelessCertificate, extensions)
    const error = await errorOf(connectTo(server, settings()))
    expect(error.code).toBe('TLS_REFUSED')
    expect(error.message).toContain('(subject DNS:nameless.example.org, valid until ')
  })

  test('S06 NODE_TLS_REJECT_UNAUTHORIZED=0 does not make one acceptable', async () => {
    const server = await demoServer(selfSigned, extensions)
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    onTestFinished(() => {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    })
    expect(await errorOf(connectTo(server, settings()))).toMatchObject({ code: 'TLS_REFUSED' })
    expectNoLogin(server)
  })

  test('the lane waits for TLS in its own state', async () => {
    const server = await demoServer(good, extensions)
    const lane = new NotingLane()
    await connectTo(server, { ...settings({ caFile: caFile(authority) }), lane })
    const states = lane.calls.filter((call) => call.startsWith('wait: '))
    expect(states.filter((state, index) => state !== states[index - 1])).toEqual(
      settings === tls
        ? ['wait: connect', 'wait: tls', 'wait: auth']
        : ['wait: connect', 'wait: auth', 'wait: tls', 'wait: auth'],
    )
  })
})

function expectNoLogin({ commands }: DemoServer): void {
  expect(commands.filter(({ line }) => !/^\S+ (?:CAPABILITY|STARTTLS)$/.test(line))).toEqual([])
}

test('a ca-file that cannot be read is named', async () => {
  const server = await demoServer(good)
  const path = join(temporaryDirectory(), 'none.pem')
  expect(await errorOf(connectTo(server, tls({ caFile: path })))).toMatchObject({
    code: 'CONFIG_INVALID',
    message: `could not read the ca-file ${path}`,
  })
  expect(server.connections).toBe(0)
})

test('a ca-file that holds no certificate trusts nobody', async () => {
  const server = await demoServer(good)
  const path = join(temporaryDirectory(), 'odd.pem')
  writeFileSync(path, 'no certificate\n')
  expect(await errorOf(connectTo(server, tls({ caFile: path })))).toMatchObject({ code: 'TLS_REFUSED' })
})

describe('STARTTLS (S01 to S04)', () => {
  const plain = 'IMAP4rev1 STARTTLS LOGINDISABLED X-PLAIN AUTH=PLAIN ID'
  const capabilities = ({ isSecure }: { isSecure: boolean }): string => (isSecure ? 'IMAP4rev1 AUTH=PLAIN ID' : plain)

  test('S04 what was said before TLS is forgotten, and nothing but STARTTLS is sent before it', async () => {
    const server = await scripted({ tls: good, startTls: true, capabilities })
    const connection = await connectTo(server, startTls({ caFile: caFile(authority) }))
    expect([...connection.capabilities].toSorted()).toEqual(['AUTH=PLAIN', 'ID', 'IMAP4REV1'])
    expect(server.received.map((line) => line.split(' ', 1)[0])).toEqual([
      'CAPABILITY',
      'STARTTLS',
      'CAPABILITY',
      'ID',
      'AUTHENTICATE',
      'CAPABILITY',
      'ID',
      'LIST',
    ])
  })

  test.each([
    ['does not offer it', { capabilities: 'IMAP4rev1 AUTH=PLAIN' }, 'the server does not offer STARTTLS, or somebody'],
    [
      'refuses it',
      {
        capabilities: plain,
        answer: ({ text }: { text: string }) => (text === 'STARTTLS' ? 'TAG NO not now\r\n' : undefined),
      },
      'the server does not offer STARTTLS, or somebody',
    ],
    [
      'logs in unasked',
      { greeting: '* PREAUTH welcome\r\n', capabilities: plain },
      'the server logs in unasked, without TLS',
    ],
  ])('S01 S03 where the server %s, no octet of a login leaves', async (_name, options, why) => {
    const server = await scripted(options)
    const error = await errorOf(connectTo(server, startTls()))
    expect(error.code).toBe('TLS_REFUSED')
    expect(error.message).toContain(`could not secure the connection to 127.0.0.1:${server.port}: ${why}`)
    expect(error.hint).toContain('use port 993 with `security = "tls"`')
    expect(server.received.filter((line) => !/^(?:CAPABILITY|STARTTLS)$/.test(line))).toEqual([])
    expect(server.connections).toBe(1)
  })

  test('S02 data between STARTTLS and TLS is refused', async () => {
    const injected = 'TAG OK begin\r\n* CAPABILITY IMAP4rev1 X-INJECTED\r\n'
    const server = await scripted({
      tls: good,
      startTls: true,
      capabilities: plain,
      answer: ({ text, tag }) =>
        text === 'STARTTLS' ? (peer) => peer.startTls(injected.replace('TAG', tag)) : undefined,
    })
    const error = await errorOf(connectTo(server, startTls({ caFile: caFile(authority) })))
    expect(error).toMatchObject({
      code: 'TLS_REFUSED',
      message: `could not secure the connection to 127.0.0.1:${server.port}: there came data between STARTTLS and TLS, as if somebody in between had put it there`,
    })
    expect(server.received).toEqual(['CAPABILITY', 'STARTTLS'])
  })

  test.each(['silence', 'an end', 'garbage'])('F17 %s in place of the handshake ends', async (what) => {
    const server = await scripted({
      capabilities: plain,
      answer: ({ text, tag }) =>
        text === 'STARTTLS'
          ? async (peer) => {
              await peer.send(`${tag} OK begin\r\n`)
              if (what === 'an end') peer.end()
              if (what === 'garbage') await peer.sendAfter(20, 'HTTP/1.1 400 Bad Request\r\n\r\n')
              await peer.untilClosed()
            }
          : undefined,
    })
    const error = await errorOf(connectTo(server, { ...startTls(), connectTimeoutMs: 100 }))
    expect(['SERVER_UNREACHABLE', 'TLS_REFUSED']).toContain(error.code)
    expect(server.received).toEqual(['CAPABILITY', 'STARTTLS'])
  })
})

describe('port and security that do not go together', () => {
  const portHint = 'check `port` and `security` in the config: 993 goes with "tls", 143 with "starttls"'

  test('TLS to a server that waits for STARTTLS', async () => {
    const server = await demoServer(good, { STARTTLS: true })
    expect(await errorOf(connectTo(server, tls()))).toMatchObject({
      code: 'TLS_REFUSED',
      message: `could not secure the connection to 127.0.0.1:${server.port}: the server does not speak TLS there`,
      hint: portHint,
    })
  })

  test.each([startTls, () => ({})])('plain text to a server that waits for TLS', async (settings) => {
    const server = await demoServer(good)
    const error = await errorOf(connectTo(server, { ...settings(), connectTimeoutMs: 100 }))
    expect(error).toMatchObject({ code: 'SERVER_UNREACHABLE', hint: portHint })
    expect(server.commands).toEqual([])
  })

  test('F17 silence in place of a handshake', async () => {
    const silent = createServer((socket) => socket.on('error', () => socket.destroy()))
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve)
    })
    onTestFinished(() => {
      silent.close()
    })
    const address = silent.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    expect(await errorOf(connectTo({ port }, { ...tls(), connectTimeoutMs: 100 }))).toMatchObject({
      code: 'SERVER_UNREACHABLE',
      message: `could not reach 127.0.0.1:${port}: it did not answer in time (CONNECT_TIMEOUT)`,
    })
  })
})
