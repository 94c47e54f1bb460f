import { request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import type { LookupFunction } from 'node:net'
import type { TextFetcher } from '../setup/lookup-ports.ts'
import { lookUpAddresses } from './dns-lookup.ts'
import type { DnsOptions } from './dns-lookup.ts'

export interface FetcherOptions {
  readonly dns: DnsOptions
  readonly version: string
  /** PEM of what is trusted in place of the system's roots. */
  readonly ca?: string
  /** In place of 443: for a server that may not have that. */
  readonly port?: number
}

const maxOctets = 64 * 1024
const maxRedirects = 3

export function createTextFetcher(options: FetcherOptions): TextFetcher {
  return {
    fetchText: async (url, signal) => {
      let place = new URL(url)
      for (let redirects = 0; redirects <= maxRedirects; redirects++) {
        refuseOtherSchemes(place)
        const answer = await get(place, options, signal)
        if (typeof answer === 'string' || answer === undefined) return answer
        place = new URL(answer.location, place)
      }
      throw new Error(`it leads from page to page, more than ${maxRedirects} times`)
    },
  }
}

function refuseOtherSchemes({ protocol, username, password }: URL): void {
  if (protocol !== 'https:') throw new Error('it leads to a page that is not protected by TLS')
  if (username !== '' || password !== '') throw new Error('it leads to a page with a password in its address')
}

interface Redirect {
  readonly location: string
}

async function get(url: URL, options: FetcherOptions, signal: AbortSignal): Promise<string | Redirect | undefined> {
  // By the same DNS servers as everything else.
  const [address] = await lookUpAddresses(options.dns, url.hostname, signal)
  if (address === undefined) throw new Error('there is no such host')
  const { promise, resolve, reject } = Promise.withResolvers<string | Redirect | undefined>()
  const asked = request(
    url,
    {
      signal,
      lookup: lookupOf(address),
      port: options.port ?? (url.port === '' ? 443 : Number(url.port)),
      ...(options.ca === undefined ? {} : { ca: options.ca }),
      headers: { 'user-agent': `mailmirror/${options.version}`, accept: 'text/xml, application/xml' },
      agent: false,
      maxHeaderSize: 16 * 1024,
    },
    (response) => resolve(readResponse(response)),
  )
  asked.on('error', (error) => reject(new Error(reasonOf(error), { cause: error })))
  asked.end()
  return promise
}

async function readResponse(response: IncomingMessage): Promise<string | Redirect | undefined> {
  const { statusCode = 0, headers } = response
  if (statusCode !== 200) {
    response.destroy()
    const isRedirect = [301, 302, 303, 307, 308].includes(statusCode) && headers.location !== undefined
    return isRedirect ? { location: headers.location ?? '' } : undefined
  }
  const chunks: Uint8Array[] = []
  let octets = 0
  for await (const chunk of response) {
    if (!(chunk instanceof Uint8Array)) continue
    octets += chunk.length
    if (octets > maxOctets) {
      response.destroy()
      throw new Error('it is larger than 64 KB')
    }
    chunks.push(chunk)
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
}

function lookupOf(address: string): LookupFunction {
  const family = familyOf(address)
  return (_host, { all }, callback) => {
    if (all === true) callback(null, [{ address, family }])
    else callback(null, address, family)
  }
}

const familyOf = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4)

function reasonOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ECONNREFUSED') return 'nothing listens there'
  if (code === 'ABORT_ERR') return 'no answer in time'
  return code === '' ? error.message : `it could not be fetched (${code})`
}
