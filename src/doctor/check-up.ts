import type { Account, Config } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
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

/** At once; each asks a server, and a hundred might ask the same one. */
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
  const visits = await sideBySide(accounts, accountsAtOnce, async (account): Promise<FindingGroup> => {
    const findings = await accountFindings(account, { config, states, request, ports, signal })
    return { about: { kind: 'account', name: account.name }, findings }
  })
  return [{ about: { kind: 'machine' }, findings: machine }, ...stores, ...visits]
}

interface AccountParts {
  readonly config: Config | undefined
  readonly states: ReadonlyMap<string, StoreState>
  readonly request: CheckUpRequest
  readonly ports: DoctorPorts
  readonly signal: AbortSignal
}

async function accountFindings(account: Account, parts: AccountParts): Promise<readonly Finding[]> {
  const { config, states, request, ports, signal } = parts
  if (config === undefined) throw new AppError({ code: 'CONFIG_INVALID', message: 'there are accounts but no config' })
  return checkUpAccount({ account, config, store: states.get(account.store), ...request, ports, signal })
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
