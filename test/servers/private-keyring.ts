import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { TemporaryDirectory } from '../support/temporary-directory.ts'
import { findProgram } from './dovecot.ts'

/** For `describe.skipIf`. MAILMIRROR_REQUIRE_KEYRING=1 says that gnome-keyring and dbus have to be there: then such tests run, and
 *  fail. */
export const withoutKeyring =
  process.env['MAILMIRROR_REQUIRE_KEYRING'] !== '1' &&
  ['gnome-keyring-daemon', 'dbus-daemon', 'dbus-send'].some((name) => findProgram(name) === undefined)

const run = promisify(execFile)

/** A gnome-keyring of one's own on a bus of its own, unlocked. */
export class PrivateKeyring implements AsyncDisposable {
  /** What a program needs to find it. */
  readonly environment: Readonly<Record<string, string>>
  readonly #directory: TemporaryDirectory
  readonly #bus: ChildProcess
  readonly #daemon: ChildProcess

  private constructor(
    { environment, directory }: Place,
    { bus, daemon }: { readonly bus: ChildProcess; readonly daemon: ChildProcess },
  ) {
    this.environment = environment
    this.#directory = directory
    this.#bus = bus
    this.#daemon = daemon
  }

  static async start(): Promise<PrivateKeyring> {
    const directory = new TemporaryDirectory()
    const { bus, address } = await startBus(directory)
    const environment = { ...homeIn(directory), DBUS_SESSION_BUS_ADDRESS: address }
    const daemon = spawn(
      findProgram('gnome-keyring-daemon') ?? '',
      ['--foreground', '--unlock', '--components=secrets'],
      {
        env: environment,
        stdio: ['pipe', 'ignore', 'ignore'],
      },
    )
    daemon.stdin.end('keyring password')
    const keyring = new PrivateKeyring({ environment, directory }, { bus, daemon })
    // Of a test that runs into its limit nothing else would end them.
    onTestFinished(() => keyring[Symbol.asyncDispose]())
    while (
      !(await keyring.#send('/', 'org.freedesktop.DBus.NameHasOwner', 'string:org.freedesktop.secrets')).includes(
        'true',
      )
    ) {
      await delay(10)
    }
    return keyring
  }

  async lock(): Promise<void> {
    const collection = 'array:objpath:/org/freedesktop/secrets/collection/login'
    await this.#send('/org/freedesktop/secrets', 'org.freedesktop.Secret.Service.Lock', collection)
  }

  /** It stays on the bus and answers nobody. */
  hang(): void {
    this.#daemon.kill('SIGSTOP')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of [this.#daemon, this.#bus]) {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await ended
    }
    this.#directory[Symbol.dispose]()
  }

  async #send(object: string, method: string, argument: string): Promise<string> {
    const to = method.startsWith('org.freedesktop.DBus') ? 'org.freedesktop.DBus' : 'org.freedesktop.secrets'
    const call = ['--session', '--print-reply', `--dest=${to}`, object, method, argument]
    return (await run(findProgram('dbus-send') ?? '', call, { env: this.environment })).stdout
  }
}

interface Place {
  readonly environment: Readonly<Record<string, string>>
  readonly directory: TemporaryDirectory
}

function homeIn({ path }: TemporaryDirectory): Readonly<Record<string, string>> {
  mkdirSync(join(path, 'run'), { mode: 0o700, recursive: true })
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: path,
    XDG_DATA_HOME: join(path, 'data'),
    XDG_RUNTIME_DIR: join(path, 'run'),
  }
}

async function startBus(
  directory: TemporaryDirectory,
): Promise<{ readonly bus: ChildProcess; readonly address: string }> {
  const listen = `unix:path=${join(directory.path, 'bus')}`
  const bus = spawn(
    findProgram('dbus-daemon') ?? '',
    ['--session', '--nofork', '--nopidfile', '--nosyslog', '--print-address', `--address=${listen}`],
    { env: homeIn(directory), stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const line = await new Promise<Buffer>((resolve) => bus.stdout.once('data', resolve))
  return { bus, address: line.toString().trim() }
}
