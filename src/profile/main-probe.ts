import type { LaneNow } from './account-sums.ts'
import { SourceNames } from './source-names.ts'

/** What another thread may have the main one say, in the middle of whatever it does. */
export interface ProbeAnswer {
  /** Functions from the root on, with semicolons between; of the moment. */
  readonly stack: string
  readonly lanes: readonly LaneNow[]
  /** Microseconds by stack of what was sampled since the instant that was asked for. */
  readonly stacks: readonly (readonly [string, number])[]
}

export interface ProbeParts {
  lanes(): readonly LaneNow[]
  /** Since that instant by `nowMicros`. */
  stacksSince(micros: number): ReadonlyMap<string, number>
}

const probeName = 'mailmirror probe'
const mostFrames = 100

/** What `Runtime.evaluate` is to run: it answers with JSON. `since`: by `nowMicros`; undefined: no samples are asked for. */
export function probeExpression(since: number | undefined): string {
  return `globalThis[Symbol.for('${probeName}')]?.(${since ?? ''})`
}

/** Lets other threads of this process ask. */
export function openProbe(parts: ProbeParts): Disposable {
  const names = new SourceNames()
  const key = Symbol.for(probeName)
  const answer = (since?: number): string => {
    const stack = stackNow(names, answer)
    const stacks = since === undefined ? [] : [...parts.stacksSince(since)]
    return JSON.stringify({ stack, lanes: parts.lanes(), stacks } satisfies ProbeAnswer)
  }
  Object.defineProperty(globalThis, key, { value: answer, configurable: true })
  return { [Symbol.dispose]: () => void Reflect.deleteProperty(globalThis, key) }
}

/** Of whatever was interrupted, without the probe itself. */
function stackNow(names: SourceNames, above: unknown): string {
  const before = Error.stackTraceLimit
  const holder: { stack?: string } = {}
  Error.stackTraceLimit = mostFrames
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is a function
    Error.captureStackTrace(holder, above as () => void)
  } finally {
    Error.stackTraceLimit = before
  }
  const lines = (holder.stack ?? '').split('\n').slice(1)
  return lines
    .flatMap((line) => frameOf(line, names))
    .toReversed()
    .join(';')
}

/** `    at name (file:///x/y.js:12:34)`; lines and columns from 1. */
function frameOf(line: string, names: SourceNames): readonly string[] {
  const [, name = '', url = '', row = '0', column = '0'] =
    /^ *at (?:(.*) \()?(.*?)(?::(\d+):(\d+))?\)?$/.exec(line) ?? []
  if (url === '' || url === '<anonymous>') return []
  const place = { url, lineNumber: Number(row) - 1, columnNumber: Number(column) - 1 }
  return [names.of({ functionName: name, ...place }).replaceAll(';', '%3B')]
}
