import type { Account, Config } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import { capabilityFindings, ceilingFindings, checkPassword, roomFinding } from './check-account.ts'
import { mirrorFindings } from './check-mirror.ts'
import { networkChecks } from './check-network.ts'
import { isProbeFresh, probeFindings } from './check-probe.ts'
import type { StoreState } from './check-store.ts'
import { findingsOf } from './finding.ts'
import type { Finding } from './finding.ts'
import type { DoctorPorts, MirrorLook, ProbedConnection, RememberedServer } from './ports.ts'
import { listWithCounts } from './list-with-counts.ts'
import { probeServer } from './probe-server.ts'
import { runCheck } from './run-check.ts'
import type { Check } from './run-check.ts'

export interface AccountVisit {
  readonly account: Account
  readonly config: Config
  readonly store: StoreState
  readonly isOnline: boolean
  readonly probes: boolean
  readonly ports: DoctorPorts
  readonly signal: AbortSignal
}

const nothingKnown: RememberedServer = { probed: undefined, connections: undefined, receivedOctets: 0 }

export interface CheckedAccount {
  readonly account: Account
  readonly findings: readonly Finding[]
  /** What is still to be found out about its server, when no other one is asked; undefined: nothing. */
  readonly probe: Check | undefined
}

/** From what needs no server to what needs a login; where one step on that way fails, those behind it are not tried. */
export async function checkUpAccount(visit: AccountVisit): Promise<CheckedAccount> {
  const { account, ports, isOnline } = visit
  const run = (check: Check): Promise<readonly Finding[]> => runCheck(check, ports.clock, visit.signal)
  const { findings, mirror, remembered } = await offline(visit, run)
  const ended = (...last: readonly Finding[]): CheckedAccount => ({
    account,
    findings: [...findings, ...last],
    probe: undefined,
  })
  const password = await run({
    name: 'password',
    limitMs: 40_000,
    run: (signal) => checkPassword(ports, account, signal),
  })
  findings.push(...password)
  if (!isOnline) return ended(...rememberedFindings(remembered, account, remembered.connections))
  for (const check of networkChecks(ports.network, account.imap, ports.machine.nowMs())) {
    const found = await run(check)
    findings.push(...found)
    if (isBad(found)) return ended()
  }
  if (isBad(password)) return ended()
  const login = await run({
    name: 'login',
    limitMs: 60_000,
    run: (signal) => logIn(visit, { mirror, remembered, signal }),
  })
  findings.push(...login)
  if (login.some(({ check, state }) => check === 'login' && state !== 'good')) return ended()
  const known = withoutProbe(visit, remembered)
  if (known !== undefined) return ended(...known)
  return { account, findings, probe: { name: 'probe', limitMs: 120_000, run: (signal) => probe(visit, signal) } }
}

const isBad = (findings: readonly Finding[]): boolean => findings.some(({ state }) => state === 'bad')

interface Offline {
  readonly findings: Finding[]
  readonly mirror: MirrorLook | undefined
  readonly remembered: RememberedServer
}

/** What the store knows of the account. */
async function offline(
  { account, config, store, ports }: AccountVisit,
  run: (check: Check) => Promise<readonly Finding[]>,
): Promise<Offline> {
  let mirror: MirrorLook | undefined
  let remembered = nothingKnown
  if (typeof store !== 'object') return { findings: [], mirror, remembered }
  const findings = await run({
    name: 'sync',
    limitMs: 20_000,
    run: async () => {
      remembered = await ports.stores.remembered(config, account)
      mirror = await ports.stores.mirror(config, account)
      return mirrorFindings(account, mirror, ports.machine.nowMs())
    },
  })
  return { findings: [...findings], mirror, remembered }
}

interface Knowledge {
  readonly mirror: MirrorLook | undefined
  readonly remembered: RememberedServer
  readonly signal: AbortSignal
}

async function logIn(visit: AccountVisit, { mirror, remembered, signal }: Knowledge): Promise<readonly Finding[]> {
  const { account, ports, store } = visit
  const connection = await ports.connect(account, signal)
  try {
    const { good } = findingsOf('login')
    const findings = [
      good(`${account.imap.user} is logged in`),
      ...capabilityFindings(connection, account),
      ...ceilingFindings(account, remembered),
    ]
    // Where what is held cannot be told, what is missing cannot either.
    if (store === undefined) return findings
    const place = await ports.machine.place(account.store)
    const listed = await listWithCounts(connection)
    const look = store === 'none yet' ? undefined : store
    return [...findings, roomFinding({ account, listed, look, mirror, place })]
  } finally {
    await connection.logout()
  }
}

/** What is remembered of a server. */
function rememberedFindings(
  { probed }: RememberedServer,
  { imap }: Account,
  borne: number | undefined,
): readonly Finding[] {
  if (probed === undefined || probed.host !== imap.host) return []
  return probeFindings({ probed, borne, tried: undefined })
}

/** Where there is nothing to find out, or nobody to remember it; undefined: the server is to be probed. */
function withoutProbe({ account, store, probes, ports }: AccountVisit, remembered: RememberedServer) {
  if (probes) return undefined
  // How many connections it bears stands among the limits.
  if (isProbeFresh(remembered, account, ports.machine.nowMs()))
    return rememberedFindings(remembered, account, undefined)
  if (typeof store === 'object') return undefined
  return [findingsOf('probe').note('it is probed once there is a store that can be read')]
}

async function probe(visit: AccountVisit, signal: AbortSignal): Promise<readonly Finding[]> {
  const { account, config, store, ports } = visit
  const isKept = typeof store === 'object'
  const isBusy = isKept && (await ports.stores.lockOwner(account.store)) !== undefined
  const connect = (): Promise<ProbedConnection> => ports.connect(account, signal)
  const mostConnections = Math.min(config.connections, config.connectionsPerHost)
  const parts = { account, clock: ports.clock, signal, connect, isBusy, mostConnections }
  const { quirks, borne, tried } = await probeServer(parts)
  const found = { host: account.imap.host, at: ports.machine.nowMs(), quirks }
  const report = { probed: found, borne, tried }
  if (!isKept) return probeFindings({ ...report, forgotten: 'there is no store yet that can be read' })
  try {
    await ports.stores.remember(config, account, { ...found, borne, tried })
    return probeFindings(report)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return probeFindings({ ...report, forgotten: error.message })
  }
}
