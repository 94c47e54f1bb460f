import type { CommandRecord, RunProfile } from '../run-profile.ts'

interface TraceEvent {
  readonly name: string
  readonly ph: 'X' | 'M'
  readonly pid: number
  readonly tid: number
  /** Microseconds. */
  readonly ts?: number
  readonly dur?: number
  readonly args: Readonly<Record<string, unknown>>
}

/** Connections as threads, commands and their phases as slices: Chrome's trace format, which Perfetto and chrome://tracing open. */
export function traceJson({ commands }: RunProfile): string {
  const lanes = new Map(commands.map(({ lane, account }) => [lane, account]))
  const events: TraceEvent[] = [...lanes].map(([lane, account]) => ({
    name: 'thread_name',
    ph: 'M',
    pid: 1,
    tid: lane,
    args: { name: `${account} #${lane}` },
  }))
  events.push(...commands.flatMap(slicesOf))
  return JSON.stringify({ displayTimeUnit: 'ms', traceEvents: events })
}

function slicesOf(command: CommandRecord): readonly TraceEvent[] {
  const { lane, mailbox, name, sentAt, firstAt, endedAt, receivedOctets, cpuMicros, queuedMicros } = command
  const slice = (title: string, from: number, to: number): TraceEvent => {
    return { name: title, ph: 'X', pid: 1, tid: lane, ts: from, dur: Math.max(0, to - from), args: {} }
  }
  return [
    { ...slice(name, sentAt, endedAt), args: { mailbox, receivedOctets, cpuMicros, queuedMicros } },
    slice('first octet', sentAt, firstAt),
    slice('transfer', firstAt, endedAt),
  ]
}
