import { timingSafeEqual } from 'node:crypto'
import { chmodSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { askMain } from './ask-main.ts'
import type { ProbeAnswer } from './main-probe.ts'
import { nowMicros } from './micros-clock.ts'
import type { Label } from './samples.ts'
import { mainThreadSchedule, mainThreadWaitsFor } from './thread-schedule.ts'
import type { ThreadSchedule } from './thread-schedule.ts'

export interface ControlOffer {
  /** Path of the socket. */
  readonly socket: string
  readonly token: string
}

/** What a client sends, as JSON. */
export interface ControlRequest {
  readonly token: string
  /** For how long the main thread is sampled before the answer comes; 0: what it has done in the last 50 ms. */
  readonly ms: number
}

/** What it gets. */
export type ControlReply = LiveState | { readonly error: string }

export interface LiveState {
  readonly v: 1
  readonly pid: number
  readonly uptimeMs: number
  /** Of the whole process. */
  readonly processCpuMs: number
  readonly residentOctets: number
  readonly main: {
    /** Since it was in its loop: that many milliseconds. */
    readonly beatAgeMs: number
    readonly schedule: ThreadSchedule | undefined
    readonly waitsFor: string
    /** For whom it works. */
    readonly label: Label
  }
  /** undefined: the main thread is in the system and does not answer. */
  readonly answer: ProbeAnswer | undefined
}

interface Watched {
  readonly beatAgeMs: number
  readonly label: Label
}

const lastMicros = 50_000
const longestMs = 60_000
const patienceMs = 700
const mostRequest = 4096

/** Answers through a socket that only its owner can reach, and only whoever knows the token; from a thread of its own, so that a main thread
 *  that hangs cannot hide. Opens no port. */
export function serveControl({ socket, token }: ControlOffer, watched: Watched): void {
  const key = Buffer.from(token)
  const server = createServer({ allowHalfOpen: true }, (client) => void serve(client, key, watched))
  server.on('error', () => undefined)
  server.listen(socket, () => chmodSync(socket, 0o600))
  server.unref()
}

async function serve(client: Socket, key: Buffer, watched: Watched): Promise<void> {
  client.on('error', () => undefined)
  client.setTimeout(longestMs + 10_000, () => client.destroy())
  try {
    const text = await requestOf(client)
    const reply = text === undefined ? { error: 'the request is too long' } : await replyTo(text, key, watched)
    client.end(JSON.stringify(reply satisfies ControlReply))
  } catch {
    client.destroy()
  }
}

/** undefined: it is too long. */
async function requestOf(client: Socket): Promise<string | undefined> {
  let text = ''
  for await (const chunk of client.iterator({ destroyOnReturn: false })) {
    text += String(chunk)
    if (text.length > mostRequest) return undefined
  }
  return text
}

async function replyTo(text: string, key: Buffer, watched: Watched): Promise<ControlReply> {
  const request = toRequest(text)
  if (request === undefined) return { error: 'the request is not understood' }
  const given = Buffer.from(request.token)
  if (given.length !== key.length || !timingSafeEqual(given, key)) return { error: 'denied' }
  // Each request has its own beginning: several may ask at once.
  const since = request.ms > 0 ? nowMicros() : nowMicros() - lastMicros
  if (request.ms > 0) await delay(Math.min(longestMs, request.ms))
  return stateSince(since, watched)
}

async function stateSince(since: number, watched: Watched): Promise<LiveState> {
  const answer = await askMain(since, patienceMs)
  const { user, system } = process.cpuUsage()
  return {
    v: 1,
    pid: process.pid,
    uptimeMs: Math.round(process.uptime() * 1000),
    processCpuMs: (user + system) / 1000,
    residentOctets: process.memoryUsage.rss(),
    main: {
      beatAgeMs: Math.round(watched.beatAgeMs),
      schedule: mainThreadSchedule(),
      waitsFor: mainThreadWaitsFor(),
      label: watched.label,
    },
    answer,
  }
}

function toRequest(text: string): ControlRequest | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('token' in value) || !('ms' in value)) return undefined
    return { token: String(value.token), ms: typeof value.ms === 'number' ? Math.max(0, value.ms) : 0 }
  } catch {
    return undefined
  }
}
