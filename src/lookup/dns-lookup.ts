import { Resolver } from 'node:dns/promises'
import type { DnsLookup } from '../setup/lookup-ports.ts'

export interface DnsOptions {
  /** `address` or `address:port`; undefined: those of the system. */
  readonly servers: readonly string[] | undefined
  /** Of one question to one server; milliseconds. */
  readonly timeoutMs?: number
}

/** What an answer may hold before the rest is left alone. */
const maxRecords = 20
/** There is no such name, or no such record of it. */
const absent: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA'])

export function createDnsLookup(options: DnsOptions): DnsLookup {
  return {
    srv: async (name, signal) => {
      const records = await ask(options, signal, (resolver) => resolver.resolveSrv(name))
      return records
        .slice(0, maxRecords)
        .map(({ name: target, port, priority, weight }) => ({ target: withoutDot(target), port, priority, weight }))
    },
    mx: async (domain, signal) => {
      const records = await ask(options, signal, (resolver) => resolver.resolveMx(domain))
      return records
        .slice(0, maxRecords)
        .toSorted((a, b) => a.priority - b.priority)
        .map(({ exchange }) => withoutDot(exchange))
    },
    hasAddress: async (host, signal) => (await lookUpAddresses(options, host, signal)).length > 0,
  }
}

/** IPv4 before IPv6. */
export async function lookUpAddresses(
  options: DnsOptions,
  host: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const four = await ask(options, signal, (resolver) => resolver.resolve4(host))
  return four.length > 0 ? four : ask(options, signal, (resolver) => resolver.resolve6(host))
}

async function ask<T>(
  { servers, timeoutMs = 2000 }: DnsOptions,
  signal: AbortSignal,
  question: (resolver: Resolver) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 2 })
  if (servers !== undefined) resolver.setServers(servers)
  const cancel = (): void => resolver.cancel()
  signal.throwIfAborted()
  signal.addEventListener('abort', cancel)
  try {
    return await question(resolver)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (absent.has(code)) return []
    throw new Error(reasons.get(code) ?? `the DNS answered ${code}`, { cause: error })
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['ETIMEOUT', 'no DNS server answered in time'],
  ['ECONNREFUSED', 'no DNS server answers'],
  ['ESERVFAIL', 'the DNS server has trouble of its own'],
  ['ECANCELLED', 'no answer in time'],
  ['EBADRESP', 'the DNS server answered nonsense'],
])

function withoutDot(name: string): string {
  return name.replace(/\.$/, '')
}
