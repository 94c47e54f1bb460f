import type { Account, Config } from '../model/account.ts'
import { checkUpAccount } from './check-up-account.ts'
import { programChecks, surroundingChecks } from './check-machine.ts'
import { storeChecks } from './check-store.ts'
import type { StoreState } from './check-store.ts'
import type { Finding, FindingGroup } from './finding.ts'
import type { DoctorPorts, FoundConfig } from './ports.ts'
import { runCheck } from './run-check.ts'
import type { Check } from './run-check.ts'

export interface CheckUpRequest {
  readonly found: FoundConfig
  /** Accounts of the config that it is about. */
  readonly accounts: readonly Account[]
  /** Servers are asked. */
  readonly isOnline: boolean
  /** Servers are probed also where it is known what they do not keep. */
  readonly probes: boolean
}

/** At once, each with a connection, if the config allows as many. */
const accountsAtOnce = 8

/** Looks at everything: the machine, each store, each account. Nothing is made, and no server is written to. What fails is a finding and
 *  stops nothing else; only an interruption is thrown. */
export async function checkUp(
  request: CheckUpRequest,
  ports: DoctorPorts,
  signal: AbortSignal,
): Promise<readonly FindingGroup[]> {
  const { found, accounts } = request
  const { config } = found
  const states = new Map<string, StoreState>()
  const stores: FindingGroup[] = []
  const program = await inTurn(programChecks(ports, found), ports, signal)
  const isLoaded = program.every(({ check, state }) => check !== 'sqlite' || state !== 'bad')
  for (const path of new Set(accounts.map(({ store }) => store))) {
    if (config === undefined) break
    const checks = storeChecks(ports, { config, path, isLoaded, onState: (state) => states.set(path, state) })
    stores.push({ about: { kind: 'store', path }, findings: await inTurn(checks, ports, signal) })
  }
  const looks = [...states.values()].filter((state) => typeof state === 'object')
  const machine = [...program, ...(await inTurn(surroundingChecks(ports, looks), ports, signal))]
  const { connections = 1, connectionsPerHost = 1 } = config ?? {}
  const atOnce = Math.min(accountsAtOnce, connections, connectionsPerHost)
  const checked = await sideBySide(accounts, atOnce, (account) =>
    checkUpAccount({ account, config: usable(config), store: states.get(account.store), ...request, ports, signal }),
  )
  const visited: FindingGroup[] = []
  // One after the other: together they would have more connections than the config allows.
  for (const { account, findings, probe } of checked) {
    const found = probe === undefined ? [] : await runCheck(probe, ports.clock, signal)
    visited.push({ about: { kind: 'account', name: account.name }, findings: [...findings, ...found] })
  }
  return [{ about: { kind: 'machine' }, findings: machine }, ...stores, ...visited]
}

function usable(config: Config | undefined): Config {
  if (config === undefined) throw new Error('accounts come from a config')
  return config
}

async function inTurn(checks: readonly Check[], { clock }: DoctorPorts, signal: AbortSignal): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const check of checks) findings.push(...(await runCheck(check, clock, signal)))
  return findings
}

/** In the order of the items, so many at a time. */
async function sideBySide<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = []
  const entries = items.entries()
  const workers = Array.from({ length: atOnce }, async () => {
    for (const [index, item] of entries) results[index] = await work(item)
  })
  await Promise.all(workers)
  return results
}
