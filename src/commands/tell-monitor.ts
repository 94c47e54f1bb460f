import { messageOf } from '../model/errors.ts'
import { pingText } from '../ui/ping-text.ts'
import { safeText } from '../ui/safe-text.ts'
import type { CommandContext } from './context.ts'
import { pingFor, pingUrl } from './ping.ts'
import type { Ping } from './ping.ts'
import type { MonitoredEnd } from './run-watch.ts'
import { TimeLimit } from './time-limit.ts'

export type Pinging = Pick<CommandContext, 'clock' | 'options' | 'sendPing' | 'terminal'>

/** Of each request. */
const limitMs = 5000

/** Goes on beside the sync. Gives what went wrong; never throws. */
export function tellStart(context: Pinging, ping: URL): Promise<string | undefined> {
  return send(context, { url: pingUrl(ping, 'start'), method: 'GET' })
}

/** After the start has been told, or has failed. Never throws for a monitor. */
export async function tellEnd(
  context: Pinging,
  ping: URL,
  { end, startTrouble }: { readonly end: MonitoredEnd; readonly startTrouble: string | undefined },
): Promise<void> {
  const url = pingUrl(ping, pingFor(end.status))
  const trouble = (await send(context, { url, method: 'POST', text: pingText(end) })) ?? startTrouble
  // cron would mail this line, every time; the monitor itself notices what it was not told.
  if (trouble === undefined || context.options.quiet) return
  await context.terminal.err.write(`mailmirror: ${safeText(trouble)}; the sync itself is as it was\n`)
}

async function send(context: Pinging, ping: Omit<Ping, 'signal'>): Promise<string | undefined> {
  // A signal that has come ends the sync, not the word of it.
  using limit = new TimeLimit(context.clock, new AbortController().signal, limitMs)
  return await context.sendPing({ ...ping, signal: limit.signal }).then(() => undefined, messageOf)
}
