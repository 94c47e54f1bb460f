import { checkUp } from '../doctor/check-up.ts'
import type { FindingGroup } from '../doctor/finding.ts'
import type { Account } from '../model/account.ts'
import type { FoundConfig } from '../doctor/ports.ts'
import { AppError } from '../model/errors.ts'
import { showProgress } from './audit-stores.ts'
import type { CommandContext } from './context.ts'
import { selectAccounts } from './select-accounts.ts'

export interface DoctorFlags {
  readonly probe?: true
  readonly offline?: true
}

export interface DoctorRun {
  readonly groups: readonly FindingGroup[]
  /** There is no config at all. */
  readonly isUnconfigured: boolean
  readonly hasUnicode: boolean
}

/** Throws NO_SUCH_ACCOUNT and USAGE; whatever else is wrong is a finding. */
export async function runDoctor(
  context: CommandContext,
  name: string | undefined,
  flags: DoctorFlags,
): Promise<DoctorRun> {
  if (flags.probe === true && flags.offline === true) {
    throw new AppError({ code: 'USAGE', message: 'a server cannot be probed with --offline', hint: 'leave one out' })
  }
  const parts = await context.doctorParts()
  const found = parts.findConfig(await context.configPath())
  const accounts = chooseAccounts(found, name)
  await showProgress(context, flags.offline === true ? 'looking at the store' : 'looking at stores and servers')
  const request = { found, accounts, isOnline: flags.offline !== true, probes: flags.probe === true }
  const groups = await checkUp(request, parts.ports(found.config, context), context.signal)
  await showProgress(context, '')
  return { groups, isUnconfigured: found.error?.code === 'CONFIG_MISSING', hasUnicode: parts.hasUnicode }
}

/** Of a config that is broken, an account that is not among those that can be used may well be one of the others. */
function chooseAccounts({ config, error }: FoundConfig, name: string | undefined): readonly Account[] {
  const known = config?.accounts ?? []
  if (name === undefined) return known
  if (error !== undefined) return known.filter((account) => account.name === name)
  if (name.includes('/')) {
    throw new AppError({
      code: 'USAGE',
      message: `"${name}" is no account`,
      hint: 'name an account, without a mailbox',
    })
  }
  return config === undefined ? [] : selectAccounts(config, [name]).accounts
}
