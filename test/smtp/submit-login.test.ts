import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { SecretSource } from '../../src/model/account.ts'
import { AppError } from '../../src/model/errors.ts'
import { createSubmitServer } from '../../src/smtp/submit-server.ts'
import { startScriptedSmtp } from '../servers/scripted-smtp.ts'
import { makeCertificate } from '../support/certificate.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { accountAt, connected, limits, noSignal, secret, server, withPassword } from './connected.ts'

const isTokenLine = (line: string): boolean => line.startsWith('AUTH') || line === '' || line === 'AQ=='

const isLoginStep = (line: string): boolean =>
  line.startsWith('AUTH LOGIN') || /^(?!GREETING|QUIT)[A-Za-z0-9+/=]+$/.test(line)

describe('a login', () => {
  const auth = { extensions: ['AUTH PLAIN LOGIN'] }

  test('is made once, with the mechanism that the server has', async () => {
    for (const mechanism of ['PLAIN', 'LOGIN']) {
      const steps = ['334 VXNlcm5hbWU6', '334 UGFzc3dvcmQ6', '235 welcome']
      const reply = (line: string): string | undefined =>
        mechanism === 'LOGIN' && isLoginStep(line) ? steps.shift() : undefined
      await using all = await connected({ extensions: [`AUTH ${mechanism}`], reply }, withPassword)
      expect(
        all.smtp.commands.filter((line) => line.startsWith('AUTH')).map((line) => line.slice(0, 10).trim()),
      ).toEqual([mechanism === 'PLAIN' ? 'AUTH PLAIN' : 'AUTH LOGIN'])
    }
  })

  test.each([
    ['535 5.7.8 wrong', 'LOGIN_REJECTED'],
    ['535 5.7.8 temporary? no, wrong', 'LOGIN_REJECTED'],
    ['454 4.7.0 temporary failure', 'THROTTLED'],
    ['421 4.7.0 too many logins', 'THROTTLED'],
    ['534 5.7.9 too many attempts, try again later', 'THROTTLED'],
  ])('F95 answered %s is %s, and is not tried again (F24)', async (answer, code) => {
    const smtp = await startScriptedSmtp({ ...auth, reply: (line) => (line.startsWith('AUTH') ? answer : undefined) })
    await using all = smtp
    await expect(server.connect(accountAt(all.port, withPassword), noSignal)).rejects.toMatchObject({ code })
    expect(all.commands.filter((line) => line.startsWith('AUTH')).length).toBe(1)
  })

  test('that the server repeats in its refusal is not told (S08)', async () => {
    const plain = Buffer.from(`\0ada\0${secret}`).toString('base64')
    const reply = (line: string): string | undefined =>
      line.startsWith('AUTH') ? `535 no ${secret} ${plain}` : undefined
    await using smtp = await startScriptedSmtp({ ...auth, reply })
    const error: unknown = await server
      .connect(accountAt(smtp.port, withPassword), noSignal)
      .catch((thrown: unknown) => thrown)
    const text = error instanceof AppError ? `${error.message}${error.stack ?? ''}` : ''
    expect([text.includes('(secret)'), text.includes(secret), text.includes(plain)]).toEqual([true, false, false])
  })

  test('without a password is none, and only on this machine', async () => {
    await using all = await connected(auth)
    expect(all.smtp.commands.some((line) => line.startsWith('AUTH'))).toBe(false)
    const asked: SecretSource[] = []
    const nobody = createSubmitServer({
      secrets: {
        login: (source) => {
          asked.push(source)
          return Promise.reject(new AppError({ code: 'SECRET_UNAVAILABLE', message: 'nobody is there to be asked' }))
        },
        renewed: () => Promise.resolve(undefined),
      },
      limits,
    })
    await expect(nobody.connect(accountAt(1, { host: 'smtp.example.org' }), noSignal)).rejects.toMatchObject({
      code: 'SECRET_UNAVAILABLE',
    })
    expect(asked).toEqual([{ kind: 'prompt', account: 'ada', user: 'ada' }])
  })

  test.each([
    ['XOAUTH2', 'AUTH PLAIN XOAUTH2', 'user=ada\u0001auth=Bearer token-2\u0001\u0001'],
    ['OAUTHBEARER', 'AUTH PLAIN OAUTHBEARER', 'n,a=ada,\u0001auth=Bearer token-2\u0001\u0001'],
  ])('by an access token is %s, once more with a fresh one after a refusal (F21)', async (name, extension, words) => {
    const replies = ['334 eyJzdGF0dXMiOiI0MDAifQ==', '535 5.7.8 expired', '235 2.7.0 welcome']
    await using smtp = await startScriptedSmtp({
      extensions: [extension],
      reply: (line) => (isTokenLine(line) ? replies.shift() : undefined),
    })
    const tokens = createSubmitServer({
      secrets: {
        login: () => Promise.resolve({ kind: 'token', token: 'token-1' }),
        renewed: () => Promise.resolve({ kind: 'token', token: 'token-2' }),
      },
      limits,
    })
    const connection = await tokens.connect(accountAt(smtp.port, withPassword), noSignal)
    const logins = smtp.commands.filter((line) => line.startsWith('AUTH'))
    expect(logins.at(-1)).toBe(`AUTH ${name} ${Buffer.from(words).toString('base64')}`)
    expect(logins.length).toBe(2)
    await connection.close()
  })

  test('by an access token that is refused for good is LOGIN_REJECTED, and says nothing of the token (S08)', async () => {
    await using smtp = await startScriptedSmtp({
      extensions: ['AUTH XOAUTH2'],
      reply: (line) => (line.startsWith('AUTH') ? '535 5.7.8 no token-1' : undefined),
    })
    const tokens = createSubmitServer({
      secrets: {
        login: () => Promise.resolve({ kind: 'token', token: 'token-1' }),
        renewed: () => Promise.resolve(undefined),
      },
      limits,
    })
    const error: unknown = await tokens
      .connect(accountAt(smtp.port, withPassword), noSignal)
      .catch((one: unknown) => one)
    expect(error).toMatchObject({ code: 'LOGIN_REJECTED' })
    expect(error instanceof Error ? error.message : '').not.toContain('token-1')
  })
})

describe('S05 certificates', () => {
  const { cert: certificate, key, fingerprint } = makeCertificate()
  /** The certificate as a file that is trusted. */
  const trustFile = (): string => {
    const file = join(temporaryDirectory(), 'ca.pem')
    writeFileSync(file, certificate)
    return file
  }

  test.each([
    ['tls', 'file', 'accepted'],
    ['starttls', 'file', 'accepted'],
    ['tls', fingerprint, 'accepted'],
    ['starttls', fingerprint, 'accepted'],
    ['tls', undefined, 'TLS_REFUSED'],
    ['starttls', undefined, 'TLS_REFUSED'],
    ['tls', `sha256:${'0'.repeat(64)}`, 'TLS_REFUSED'],
  ] as const)('%s trusting %s: %s, before any login', async (security, trust, expected) => {
    const rules = trust === 'file' ? { caFile: trustFile() } : { fingerprint: trust }
    const tls = { certificate, key, isStartTls: security === 'starttls' }
    await using smtp = await startScriptedSmtp({ tls, extensions: ['AUTH PLAIN'] })
    const account = accountAt(smtp.port, { ...withPassword, security, ...rules })
    const connection = await server.connect(account, noSignal).catch((error: unknown) => error)
    const outcome = connection instanceof AppError ? connection.code : 'accepted'
    const logins = smtp.commands.filter((line) => line.startsWith('AUTH')).length
    expect([outcome, logins]).toEqual([expected, expected === 'accepted' ? 1 : 0])
  })

  test('S01 STARTTLS that is not offered sends no password in plain text', async () => {
    await using smtp = await startScriptedSmtp({ extensions: ['AUTH PLAIN'] })
    const account = accountAt(smtp.port, { ...withPassword, security: 'starttls' })
    await expect(server.connect(account, noSignal)).rejects.toMatchObject({ code: 'TLS_REFUSED' })
    expect(smtp.commands.some((line) => line.startsWith('AUTH'))).toBe(false)
  })

  test('S02 what follows the answer to STARTTLS is not believed', async () => {
    const tls = { certificate, key, isStartTls: true }
    await using smtp = await startScriptedSmtp({ tls, injected: '250-evil\r\n250 SIZE 1\r\n' })
    const connection = await server
      .connect(accountAt(smtp.port, { security: 'starttls', caFile: trustFile() }), noSignal)
      .catch(() => undefined)
    expect(connection?.maxOctets).not.toBe(1)
    await connection?.close()
  })
})
