import { spawn } from 'node:child_process'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { AppError, messageOf } from '../model/errors.ts'
import type { KeychainAnswer, KeychainOrder } from './keychain-process.ts'

/** The keychain of this user: Keychain, Credential Manager, or the Secret Service (gnome-keyring, KWallet). Every method throws
 *  SECRET_UNAVAILABLE with the real reason when it does not answer, which never looks like an entry that is not there. */
export interface Keychain {
  /** undefined: nothing is kept under that name. */
  read(entry: string): Promise<string | undefined>
  /** Replaces what is there. */
  store(entry: string, secret: string): Promise<void>
  /** False: there was nothing. */
  remove(entry: string): Promise<boolean>
}

export interface KeychainOptions {
  /** keychain-process.js. */
  readonly program: URL
  /** All that it inherits. */
  readonly environment: Readonly<Record<string, string>>
  /** Default 2 s. */
  readonly limitMs?: number
}

const service = 'mailmirror'

export function createKeychain(options: KeychainOptions): Keychain {
  const ask = (order: KeychainOrder): Promise<string | undefined> => askKeychain(order, options)
  return {
    read: (entry) => ask({ kind: 'read', service, entry }),
    store: async (entry, secret) => {
      await ask({ kind: 'store', service, entry, secret })
    },
    remove: async (entry) => (await ask({ kind: 'remove', service, entry })) !== undefined,
  }
}

/** Ends with its process at the latest when the time is up. */
async function askKeychain(order: KeychainOrder, options: KeychainOptions): Promise<string | undefined> {
  const { program, environment, limitMs = 2000 } = options
  const late = AbortSignal.timeout(limitMs)
  const child = spawn(process.execPath, [fileURLToPath(program)], {
    env: environment,
    stdio: ['pipe', 'pipe', 'ignore'],
    signal: late,
    killSignal: 'SIGKILL',
    // Ctrl-C reaches the whole group: it shall not end this one in the middle of storing. Windows would open a window.
    detached: process.platform !== 'win32',
    windowsHide: true,
  })
  // One that has ended early breaks the pipe; its end tells more.
  child.stdin.on('error', () => undefined)
  child.stdin.end(JSON.stringify(order))
  const ended = new Promise<string | undefined>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (_code, signal) => resolve(signal ?? undefined))
  })
  try {
    const [said, signal] = await Promise.all([buffer(child.stdout), ended])
    if (signal !== undefined) throw unavailable(order, `it was ended by ${signal}`)
    return readAnswer(said, order)
  } catch (error) {
    if (error instanceof AppError) throw error
    const why = late.aborted ? `it did not answer within ${limitMs / 1000} s` : messageOf(error)
    throw unavailable(order, why)
  }
}

function readAnswer(said: Buffer, order: KeychainOrder): string | undefined {
  let answer: KeychainAnswer
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both ends are in this folder
    answer = JSON.parse(said.toString()) as KeychainAnswer
  } catch {
    // What it said instead may hold anything.
    throw unavailable(order, 'it ended without an answer')
  }
  if ('trouble' in answer) throw unavailable(order, answer.trouble)
  return answer.found ?? undefined
}

const attempts: Readonly<Record<KeychainOrder['kind'], string>> = {
  read: 'get the password from',
  store: 'keep the password in',
  remove: 'remove the password from',
}

function unavailable({ kind }: KeychainOrder, why: string): AppError {
  return new AppError({
    code: 'SECRET_UNAVAILABLE',
    message: `could not ${attempts[kind]} the keychain: ${why}`,
    hint: 'open a session with a keychain (on servers and in cron there is none), or name another source: { command = […] }, { file = "…" }, { credential = "…" }',
  })
}
