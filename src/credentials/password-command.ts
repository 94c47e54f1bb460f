import { spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Readable } from 'node:stream'
import { messageOf, type AppError } from '../model/errors.ts'
import { interrupted, maxOctets, octetsToPassword, unavailable } from './password-text.ts'

export interface CommandRules {
  /** All that the command inherits. */
  readonly environment: Readonly<Record<string, string>>
  readonly limitMs: number
}

const hint = 'run it by hand: it must print the password on the first line of its output and end with exit status 0'
const maxErrorOctets = 4096
/** Elsewhere a process of its own group would get a window of its own. */
const hasGroups = process.platform !== 'win32'

/** The first line that a program prints, without a shell (S28). Its input is empty, its output bounded. It ends with its
 *  process group at the latest when the time is up, the output too long, or the signal fires. */
export async function runPasswordCommand(
  argv: readonly string[],
  rules: CommandRules,
  signal: AbortSignal,
): Promise<string> {
  const where = `the command ${JSON.stringify(argv[0])}`
  if (signal.aborted) throw interrupted()
  const run = new CommandRun(argv, where, rules)
  const timeUp = AbortSignal.timeout(rules.limitMs)
  const onAbort = (): void => run.stop(interrupted())
  const onTimeUp = (): void => run.timeUp(rules.limitMs)
  signal.addEventListener('abort', onAbort)
  timeUp.addEventListener('abort', onTimeUp)
  try {
    return octetsToPassword(firstLine(await run.output), where)
  } finally {
    signal.removeEventListener('abort', onAbort)
    timeUp.removeEventListener('abort', onTimeUp)
  }
}

/** One run of a command. `output` settles once and for all; nothing of the process is left to us then. */
class CommandRun {
  readonly #where: string
  readonly #child: ChildProcessByStdio<null, Readable, Readable>
  readonly #done = Promise.withResolvers<Buffer>()
  readonly #printed: Buffer[] = []
  #printedOctets = 0
  #errorTail = Buffer.alloc(0)
  /** How the process ended; undefined while it runs. */
  #ending: { readonly code: number | null; readonly signal: string | null } | undefined

  constructor(argv: readonly string[], where: string, { environment }: CommandRules) {
    this.#where = where
    this.#child = start(argv, where, environment)
    this.#child.on('error', (cause) => this.#fail(unavailable(where, messageOf(cause), { hint, cause })))
    this.#child.on('exit', (code, signal) => {
      this.#ending = { code, signal }
      this.#finishEarly()
    })
    this.#child.on('close', () => this.#finish())
    this.#child.stdout.on('data', (octets: Buffer) => this.#print(octets))
    this.#child.stderr.on('data', (octets: Buffer) => {
      this.#errorTail = Buffer.concat([this.#errorTail, octets]).subarray(-maxErrorOctets)
    })
  }

  /** What the process printed, once it has ended well. */
  get output(): Promise<Buffer> {
    return this.#done.promise
  }

  stop(error: AppError): void {
    // A process that has ended may have left its number to another one.
    if (this.#ending === undefined) killGroup(this.#child)
    this.#fail(error)
  }

  /** A process that has ended, but whose output another one keeps open, failed by its exit status if that says so. */
  timeUp(limitMs: number): void {
    if (this.#ending !== undefined && this.#ending.code !== 0) this.#finish()
    else this.stop(unavailable(this.#where, `it took longer than ${limitMs / 1000} s`, { hint }))
  }

  #print(octets: Buffer): void {
    this.#printed.push(octets)
    this.#printedOctets += octets.length
    if (this.#printedOctets > maxOctets) {
      this.stop(unavailable(this.#where, 'it printed more than 64 KiB', { hint }))
    } else this.#finishEarly()
  }

  /** An agent that the command started may keep its output open for ever: the first line is enough. */
  #finishEarly(): void {
    if (this.#ending?.code === 0 && this.#printed.some((octets) => octets.includes('\n'))) this.#finish()
  }

  #finish(): void {
    const { code, signal } = this.#ending ?? { code: null, signal: null }
    if (code === 0) {
      this.#done.resolve(Buffer.concat(this.#printed))
      this.#release()
      return
    }
    const said = harmlessLine(this.#errorTail, Buffer.concat(this.#printed))
    const how = code === null ? `it was ended by ${signal ?? 'a signal'}` : `exit status ${code}`
    this.#fail(unavailable(this.#where, said === undefined ? how : `${how}: ${said}`, { hint }))
  }

  #fail(error: AppError): void {
    this.#done.reject(error)
    this.#release()
  }

  #release(): void {
    this.#printed.length = 0
    this.#child.stdout.destroy()
    this.#child.stderr.destroy()
    this.#child.unref()
  }
}

function start(
  argv: readonly string[],
  where: string,
  environment: Readonly<Record<string, string>>,
): ChildProcessByStdio<null, Readable, Readable> {
  const [program = '', ...rest] = argv
  try {
    return spawn(program, rest, {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: hasGroups,
      windowsHide: true,
    })
  } catch (cause) {
    throw unavailable(where, messageOf(cause), { hint, cause })
  }
}

function killGroup(child: ChildProcessByStdio<null, Readable, Readable>): void {
  if (child.pid === undefined) return
  try {
    if (hasGroups) process.kill(-child.pid, 'SIGKILL')
    else child.kill('SIGKILL')
  } catch (error) {
    // It has ended in this moment.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function firstLine(printed: Buffer): Buffer {
  const end = printed.indexOf('\n')
  return end < 0 ? printed : printed.subarray(0, end + 1)
}

/** The last line that a command complained with, safe to show; undefined when there is none, or when it holds what the
 *  command printed, which may be the password (S08). */
function harmlessLine(complaint: Buffer, printed: Buffer): string | undefined {
  const [line] = linesOf(complaint).slice(-1)
  if (line === undefined || linesOf(printed).some((secret) => line.includes(secret))) return undefined
  const safe = line.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
  return safe.length > 200 ? `${safe.slice(0, 200)}…` : safe
}

function linesOf(octets: Buffer): readonly string[] {
  return octets
    .toString()
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
