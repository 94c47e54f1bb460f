import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'

/** A request to a monitor. */
export interface Ping {
  readonly url: URL
  readonly method: 'GET' | 'POST'
  readonly text?: string
  readonly signal: AbortSignal
}

/** Where a monitor listens: https, or http on this machine. Throws USAGE, and never repeats what was typed: such an address is
 *  a secret. */
export function parsePingUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) throw badUrl('no URL', 'such as https://hc.example.org/ping/1234')
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isThisMachine(url.hostname))) {
    throw badUrl('neither https nor http on this machine', 'what is sent without TLS can be read and forged on the way')
  }
  if (url.username !== '' || url.password !== '') {
    throw badUrl('a URL with a password', 'every user of this machine can read the arguments of a program')
  }
  url.hash = ''
  return url
}

/** The address for one of the things a monitor may be told; a query stays as it is. */
export function pingUrl(base: URL, what: 'start' | 'fail' | 'log' | undefined): URL {
  const url = new URL(base)
  if (what !== undefined) url.pathname = `${url.pathname.replace(/\/+$/, '')}/${what}`
  return url
}

/** What the end of a run is to a monitor. A run that is told to come back later is neither: the one that holds the store tells how it
 *  ends, and a server that goes on refusing is noticed by the success that is missing. */
export function pingFor(status: ExitStatus): 'fail' | 'log' | undefined {
  if (status === exitStatus.done) return undefined
  return status === exitStatus.tryLater ? 'log' : 'fail'
}

/** URL has made canonical whatever way an address was written in. */
function isThisMachine(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

function badUrl(what: string, hint: string): AppError {
  return new AppError({ code: 'USAGE', message: `--ping was given ${what}`, hint })
}
