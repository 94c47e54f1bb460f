import { messageOf } from '../model/errors.ts'
import { pingText } from '../ui/ping-text.ts'
import type { CommandContext } from './context.ts'
import { pingFor, pingUrl } from './ping.ts'
import type { Ping } from './ping.ts'
import type { MonitoredEnd } from './run-watch.ts'
import { TimeLimit } from './time-limit.ts'

export type Pinging = Pick<CommandContext, 'clock' | 'sendPing'>

/** Of each request. */
const limitMs = 5000

/** Goes on beside the sync. Gives what went wrong; never throws. */
export function tellStart(context: Pinging, ping: URL): Promise<string | undefined> {
  return send(context, { url: pingUrl(ping, 'start'), method: 'GET' })
}

/** After the start has been told, or has failed. Gives what went wrong; never throws for a monitor. */
export function tellEnd(context: Pinging, ping: URL, end: MonitoredEnd): Promise<string | undefined> {
  return send(context, { url: pingUrl(ping, pingFor(end.status)), method: 'POST', text: pingText(end) })
}

async function send(context: Pinging, ping: Omit<Ping, 'signal'>): Promise<string | undefined> {
  // A signal that has come ends the sync, not the word of it.
  using limit = new TimeLimit(context.clock, new AbortController().signal, limitMs)
  return await context.sendPing({ ...ping, signal: limit.signal }).then(() => undefined, messageOf)
}
