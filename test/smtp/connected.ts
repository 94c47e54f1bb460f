import type { Account, ServerSettings } from '../../src/model/account.ts'
import { AppError } from '../../src/model/errors.ts'
import type { SmtpEnvelope } from '../../src/send/outbox.ts'
import type { SubmitConnection, SubmitOutcome } from '../../src/send/ports.ts'
import { createSubmitServer } from '../../src/smtp/submit-server.ts'
import { startScriptedSmtp } from '../servers/scripted-smtp.ts'
import type { SmtpScript } from '../servers/scripted-smtp.ts'
import { fixedPassword } from '../support/fixed-password.ts'

export const limits = { connectMs: 5000, replyMs: 5000, finalReplyMs: 5000, abortedMs: 100 }
export const noSignal = new AbortController().signal

export function accountAt(port: number, change: Partial<ServerSettings> = {}): Account {
  const server: ServerSettings = {
    host: '127.0.0.1',
    port,
    security: 'none',
    allowPlaintext: false,
    user: 'ada',
    password: undefined,
    caFile: undefined,
    fingerprint: undefined,
    ...change,
  }
  return {
    name: 'ada',
    email: 'ada@example.org',
    store: '/mail.db',
    connections: undefined,
    mailboxes: { include: ['*'], exclude: [] },
    imap: server,
    smtp: server,
    budget: undefined,
    maxMessage: undefined,
    disable: [],
    specialUse: {},
  }
}

export const secret = 'sesame-4711'
export const server = createSubmitServer({ secrets: fixedPassword(secret), limits })
export const withPassword = { password: { kind: 'env', name: 'X' } } as const

export const envelope: SmtpEnvelope = { from: 'ada@example.org', to: ['zoe@example.org', 'bob@example.org'] }
export const octets = Buffer.from('Subject: a\r\n\r\n.dot\r\n..two\r\n.\r\nend\r\n')

export async function submit(
  connection: SubmitConnection,
  change: {
    readonly octets?: Buffer
    readonly envelope?: SmtpEnvelope
    readonly beforeEnd?: () => Promise<boolean>
  } = {},
): Promise<SubmitOutcome> {
  return connection.submit({ envelope, octets, beforeEnd: () => Promise.resolve(true), ...change }, noSignal)
}

export async function connected(script: SmtpScript, change: Partial<ServerSettings> = {}) {
  const smtp = await startScriptedSmtp(script)
  const connection = await server.connect(accountAt(smtp.port, change), noSignal).catch(async (error: unknown) => {
    await smtp[Symbol.asyncDispose]()
    throw error
  })
  return {
    smtp,
    connection,
    [Symbol.asyncDispose]: async () => {
      await connection.close()
      await smtp[Symbol.asyncDispose]()
    },
  }
}

export const refusalOf = async (script: SmtpScript, change: Partial<ServerSettings> = {}): Promise<unknown> => {
  try {
    await using all = await connected(script, change)
    return all.connection
  } catch (error) {
    return error instanceof AppError ? error.code : error
  }
}
