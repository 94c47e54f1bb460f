import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import type { Delivery, DeliveryOutcome } from '../hooks/ports.ts'
import { messageOf } from '../model/errors.ts'

export interface CommandOptions {
  /** All that the program inherits. */
  readonly environment: Readonly<Record<string, string>>
  readonly limitMs: number
  /** What the program has printed, cut; unsafe. */
  readonly onOutput: (hook: string, text: string) => void
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>

/** EX_TEMPFAIL. */
const tryLater = 75
const mostOutput = 4096
/** For what it has printed to arrive when it has ended. */
const outputMs = 100
/** Elsewhere a process of its own group would get a window of its own. */
const hasGroups = process.platform !== 'win32'

/** Hands changes to a program, a line of JSON each, without a shell (S28). It ends with its process group at the latest when the time is up or
 *  the signal fires. Whether it reads its input is its own affair: its exit status counts. */
export async function receiveByCommand(
  argv: readonly string[],
  { hook, id, lines }: Delivery,
  options: CommandOptions & { readonly signal: AbortSignal },
): Promise<DeliveryOutcome> {
  const { signal, limitMs } = options
  if (signal.aborted) return { kind: 'interrupted' }
  const environment = { ...options.environment, MAILMIRROR_HOOK: hook.name, MAILMIRROR_DELIVERY: id }
  const started = start(argv, environment)
  if (!('child' in started)) return { kind: 'unavailable', reason: started.trouble }
  const { child } = started
  const timeUp = AbortSignal.timeout(limitMs)
  const ending = AbortSignal.any([signal, timeUp])
  const onEnding = (): void => killGroup(child)
  ending.addEventListener('abort', onEnding)
  const said = collectOutput(child)
  const isAborted = (): boolean => signal.aborted
  // Whoever does not read has said nothing by that.
  child.stdin.on('error', () => undefined)
  child.stdin.end(lines.map((line) => `${line}\n`).join(''))
  try {
    const ended = await endOf(child)
    // It may have ended well in the moment in which we gave up.
    const hasTaken = ended.kind === 'exit' && ended.code === 0
    if (isAborted() && !hasTaken) return { kind: 'interrupted' }
    if (timeUp.aborted && !hasTaken)
      return { kind: 'unavailable', reason: `it took longer than ${limitMs / 1000} s`, isSuspect: true }
    return outcomeOf(ended)
  } finally {
    ending.removeEventListener('abort', onEnding)
    // A grandchild may hold the pipes for ever.
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
    const text = said()
    if (text !== '') options.onOutput(hook.name, text)
  }
}

type Ending =
  | { readonly kind: 'exit'; readonly code: number | null; readonly killedBy: string | null }
  | { readonly kind: 'error'; readonly text: string }

function outcomeOf(ended: Ending): DeliveryOutcome {
  // It never ran: no change is to blame.
  if (ended.kind === 'error') return { kind: 'unavailable', reason: ended.text }
  const { code, killedBy } = ended
  if (code === 0) return { kind: 'delivered' }
  if (code === tryLater) return { kind: 'unavailable', reason: 'exit status 75: it wants to be asked later' }
  return {
    kind: 'refused',
    reason: code === null ? `it was ended by ${killedBy ?? 'a signal'}` : `exit status ${code}`,
  }
}

function start(
  [program = '', ...rest]: readonly string[],
  environment: Readonly<Record<string, string>>,
): { readonly child: Child } | { readonly trouble: string } {
  try {
    const stdio = ['pipe', 'pipe', 'pipe'] as const
    return {
      child: spawn(program, rest, { env: environment, stdio: [...stdio], detached: hasGroups, windowsHide: true }),
    }
  } catch (error) {
    return { trouble: messageOf(error) }
  }
}

function endOf(child: Child): Promise<Ending> {
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ kind: 'error', text: messageOf(error) }))
    child.on('exit', (code, killedBy) => {
      const ending = { kind: 'exit', code, killedBy } as const
      child.on('close', () => resolve(ending))
      // Whoever it has started may keep its output open for ever.
      void setTimeout(outputMs).then(() => resolve(ending))
    })
  })
}

/** The beginning of what it prints; the rest is read and forgotten. */
function collectOutput(child: Child): () => string {
  const parts: Buffer[] = []
  let octets = 0
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('error', () => undefined)
    stream.on('data', (part: Buffer) => {
      if (octets < mostOutput) parts.push(part.subarray(0, mostOutput - octets))
      octets = Math.min(mostOutput, octets + part.length)
    })
  }
  return () => Buffer.concat(parts).toString('utf8').trim()
}

function killGroup(child: Child): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    if (hasGroups) process.kill(-child.pid, 'SIGKILL')
    else child.kill('SIGKILL')
  } catch (error) {
    // It has ended in this moment.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
