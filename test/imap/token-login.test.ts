import { describe, expect, onTestFinished, test } from 'vitest'
import type { LoginSecret, Secrets } from '../../src/model/secrets.ts'
import { startScriptedServer } from '../servers/scripted-server.ts'
import type { ScriptedServer, ScriptedServerOptions } from '../servers/scripted-server.ts'
import { connectTo } from './connections.ts'
import { NotingLane } from './noting-lane.ts'
import { errorOf } from './outcome.ts'

const canary = 'canary-8d21'
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const xoauth2 = (token: string): string => base64(`user=ada\u0001auth=Bearer ${token}\u0001\u0001`)
const bearer = (token: string, port: number): string =>
  base64(`n,a=ada,\u0001host=127.0.0.1\u0001port=${port}\u0001auth=Bearer ${token}\u0001\u0001`)

/** Tokens in this order: the next one whenever one is refused. */
function tokens(...list: readonly string[]): Secrets & { readonly asked: string[] } {
  const secretOf = (index: number): LoginSecret | undefined => {
    const token = list[index]
    return token === undefined ? undefined : { kind: 'token', token }
  }
  const asked: string[] = []
  return {
    asked,
    login: () => {
      asked.push('login')
      return Promise.resolve({ kind: 'token', token: list[0] ?? '' })
    },
    renewed: (_source, refused) => {
      asked.push('renewed')
      const token = refused.kind === 'token' ? refused.token : ''
      return Promise.resolve(secretOf(list.indexOf(token) + 1))
    },
  }
}

async function scripted(options: ScriptedServerOptions): Promise<ScriptedServer> {
  const server = await startScriptedServer(options)
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

const logins = ({ received }: ScriptedServer): readonly string[] => received.filter((line) => line.startsWith('AUTH'))

const accepting: NonNullable<ScriptedServerOptions['answer']> = ({ text }) =>
  text.startsWith('AUTH') ? 'TAG OK in\r\n' : undefined

describe('logging in with an access token', () => {
  test('uses OAUTHBEARER where the server has it (RFC 7628), else XOAUTH2', async () => {
    const both = await scripted({ capabilities: 'IMAP4rev1 SASL-IR AUTH=XOAUTH2 AUTH=OAUTHBEARER', answer: accepting })
    await connectTo(both, { secrets: tokens('one') })
    expect(logins(both)).toEqual([`AUTHENTICATE OAUTHBEARER ${bearer('one', both.port)}`])
    const old = await scripted({ capabilities: 'IMAP4rev1 SASL-IR AUTH=XOAUTH2', answer: accepting })
    await connectTo(old, { secrets: tokens('one') })
    expect(logins(old)).toEqual([`AUTHENTICATE XOAUTH2 ${xoauth2('one')}`])
  })

  test('F21 tries a fresh one once, on a new connection', async () => {
    const server = await scripted({
      capabilities: 'IMAP4rev1 SASL-IR AUTH=XOAUTH2',
      answer: ({ text }) => (text.startsWith('AUTH') ? 'TAG NO [AUTHENTICATIONFAILED] no\r\n' : undefined),
    })
    const secrets = tokens('one', 'two', 'three')
    const lane = new NotingLane()
    expect(await errorOf(connectTo(server, { secrets, lane }))).toMatchObject({ code: 'LOGIN_REJECTED' })
    expect(logins(server)).toEqual(['one', 'two'].map((token) => `AUTHENTICATE XOAUTH2 ${xoauth2(token)}`))
    expect([server.connections, secrets.asked, lane.isClosed]).toEqual([2, ['login', 'renewed'], true])
  })

  test.each(['[UNAVAILABLE] later', '[LIMIT] too many'])('keeps a token that was not refused: %s', async (words) => {
    const server = await scripted({
      capabilities: 'IMAP4rev1 SASL-IR AUTH=XOAUTH2',
      answer: ({ text }) => (text.startsWith('AUTH') ? `TAG NO ${words}\r\n` : undefined),
    })
    const secrets = tokens('one', 'two')
    expect(await errorOf(connectTo(server, { secrets }))).toMatchObject({ code: 'THROTTLED' })
    expect(secrets.asked).toEqual(['login'])
  })

  test.each([
    ['as it is', () => canary],
    ['as XOAUTH2', () => xoauth2(canary)],
    ['as OAUTHBEARER', (port: number) => bearer(canary, port)],
  ])('S08 does not repeat what a server repeats: the token %s', async (_name, repeated) => {
    const said: { port: number } = { port: 0 }
    const server = await scripted({
      capabilities: 'IMAP4rev1 SASL-IR AUTH=XOAUTH2',
      answer: ({ text }) => (text.startsWith('AUTH') ? `TAG NO what is ${repeated(said.port)}\r\n` : undefined),
    })
    said.port = server.port
    const error = await errorOf(connectTo(server, { secrets: tokens(canary) }))
    expect(error.message).toBe(`could not log in to 127.0.0.1:${server.port} as ada: NO what is (secret)`)
    expect(error.cause).toBeUndefined()
  })
})
