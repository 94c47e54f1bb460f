import { createServer, type Server, type Socket } from 'node:net'
import type { SecretSource } from '../../src/model/account.ts'
import type { Keychain } from '../../src/credentials/keychain.ts'
import { createSecrets } from '../../src/credentials/secrets.ts'
import type { SecretsOptions } from '../../src/credentials/secrets.ts'
import { AppError } from '../../src/model/errors.ts'
import type { Secrets } from '../../src/model/secrets.ts'

export const never = new AbortController().signal

/** A keychain that does not answer. */
export const absentKeychain: Keychain = {
  read: () => Promise.reject(new AppError({ code: 'SECRET_UNAVAILABLE', message: 'no keychain here' })),
  store: () => Promise.reject(new AppError({ code: 'SECRET_UNAVAILABLE', message: 'no keychain here' })),
  remove: () => Promise.reject(new AppError({ code: 'SECRET_UNAVAILABLE', message: 'no keychain here' })),
}

/** Secrets without a keychain, a terminal and granted access, unless `options` has them. */
export function openSecrets(options: Partial<SecretsOptions>): Secrets {
  return createSecrets({
    variables: {},
    keychain: absentKeychain,
    ask: undefined,
    grants: () => Promise.reject(new Error('no access was granted')),
    clock: { monotonicMs: () => 0, nowMs: () => 0 },
    ...options,
  })
}

interface Passwords {
  password(source: SecretSource, signal: AbortSignal): Promise<string>
}

export function openPasswords(options: Partial<SecretsOptions>): Passwords {
  const secrets = openSecrets(options)
  return {
    password: async (source, signal) => {
      const secret = await secrets.login(source, signal)
      return secret.kind === 'password' ? secret.password : `token ${secret.token}`
    },
  }
}

/** A password command that runs `script` in Node, with `args` as process.argv from 1 on. */
export function nodeCommand(script: string, ...args: readonly string[]): SecretSource {
  return { kind: 'command', argv: [process.execPath, '-e', script, '--', ...args] }
}

/** Code and message of the error that `act` ends with; the program's path stands as NODE. */
export async function failureOf(act: Promise<unknown>): Promise<string> {
  try {
    await act
  } catch (error) {
    if (error instanceof AppError) return `${error.code} ${error.message.replaceAll(process.execPath, 'NODE')}`
    throw error
  }
  throw new Error('nothing was thrown')
}

/** Processes report to it by connecting; it knows when they live and when all of them have died. */
export class Roll implements AsyncDisposable {
  readonly path: string
  readonly #server: Server
  readonly #sockets: Socket[] = []
  readonly #waiting: (() => void)[] = []

  private constructor(path: string) {
    this.path = path
    this.#server = createServer((socket) => {
      this.#sockets.push(socket)
      socket.on('error', () => socket.destroy())
      for (const wake of this.#waiting.splice(0)) wake()
    })
  }

  static async open(path: string): Promise<Roll> {
    const roll = new Roll(path)
    await new Promise<void>((resolve) => roll.#server.listen(path, resolve))
    return roll
  }

  async present(count: number): Promise<void> {
    while (this.#sockets.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  tellAll(text: string): void {
    for (const socket of this.#sockets) socket.write(text)
  }

  async allDead(): Promise<void> {
    for (const socket of this.#sockets) {
      socket.resume()
      if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
