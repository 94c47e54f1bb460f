import { messageOf } from '../model/errors.ts'
import { toIso } from '../model/instant.ts'
import { findingsOf } from './finding.ts'
import type { Finding } from './finding.ts'
import type { DoctorPorts, FoundConfig, FoundPath, MachineLook, StoreLook } from './ports.ts'
import { countOf } from './quantities.ts'
import type { Check } from './run-check.ts'
import { shellWord } from './modes.ts'

/** Of the program and its config. */
export function programChecks({ machine }: DoctorPorts, found: FoundConfig): readonly Check[] {
  return [
    { name: 'node', limitMs: 1000, run: () => Promise.resolve([checkNode(machine.nodeVersion)]) },
    { name: 'sqlite', limitMs: 5000, run: () => checkSqlite(machine) },
    { name: 'config', limitMs: 5000, run: () => checkConfig(machine, found) },
  ]
}

/** Of what is around it; `stores`: those that could be looked at. */
export function surroundingChecks({ machine }: DoctorPorts, stores: readonly StoreLook[]): readonly Check[] {
  return [
    { name: 'clock', limitMs: 5000, run: () => checkClock(machine, stores) },
    { name: 'schedule', limitMs: 10_000, run: () => checkSchedule(machine) },
    { name: 'environment', limitMs: 1000, run: () => Promise.resolve(checkEnvironment(machine)) },
  ]
}

/** As package.json's `engines` have it. */
function checkNode(version: string): Finding {
  const { good, bad } = findingsOf('node')
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number)
  const isGood = major >= 24 || (major === 22 && minor >= 15)
  if (isGood) return good(`Node ${version.replace(/^v/, '')}`)
  return bad(`Node ${version} is none that mailmirror works with`, { remedy: 'install Node 22.15 or newer, or 24' })
}

async function checkSqlite(machine: MachineLook): Promise<readonly Finding[]> {
  const { good, bad } = findingsOf('sqlite')
  try {
    const { version, hasFullText } = await machine.sqlite()
    if (hasFullText) return [good(`SQLite ${version} with FTS5`)]
    return [bad(`SQLite ${version} has no FTS5: nothing can be searched`, { remedy: reinstall })]
  } catch (error) {
    return [bad(`better-sqlite3 cannot be loaded: ${messageOf(error)}`, { remedy: reinstall })]
  }
}

const reinstall = 'install mailmirror again, with the Node that runs it'

async function checkConfig(machine: MachineLook, { path, config, error }: FoundConfig): Promise<readonly Finding[]> {
  const { good, bad, note } = findingsOf('config')
  const file = await machine.path(path)
  const close = `chmod 600 ${shellWord(path)}`
  if (file !== undefined && isWritable(file) && error?.code === 'CONFIG_UNSAFE') {
    return [bad(`${error.message}: nothing in it is believed`, { remedy: close })]
  }
  const accounts = countOf(config?.accounts.length ?? 0, 'account')
  const findings = [error === undefined ? good(`${path}: ${accounts}`) : bad(error.message, { remedy: error.hint })]
  if (file === undefined || !isReadable(file) || error?.code === 'CONFIG_UNSAFE') return findings
  return [...findings, note(`${path} can be read by other users; it holds no secret`, { remedy: close })]
}

const isWritable = ({ mode = 0 }: FoundPath): boolean => (mode & 0o022) !== 0
const isReadable = ({ mode = 0 }: FoundPath): boolean => (mode & 0o044) !== 0

const toleranceMs = 60_000

/** IMAP tells no time of day. What is known here must not lie in the future. */
async function checkClock(machine: MachineLook, stores: readonly StoreLook[]): Promise<readonly Finding[]> {
  const { good, bad } = findingsOf('clock')
  const known: readonly (readonly [number, string])[] = [
    [await machine.programWrittenMs(), 'this program was installed'],
    ...stores.map(({ newestMs }) => [newestMs, 'the store was last written'] as const),
  ]
  const [newestMs, what] = known.reduce((one, other) => (other[0] > one[0] ? other : one))
  const now = toIso(machine.nowMs())
  if (newestMs <= machine.nowMs() + toleranceMs) {
    return [good(`${now}; nothing that is known here is newer, and no IMAP server tells the time`)]
  }
  const text = `the clock says ${now}, but ${what} at ${toIso(newestMs)}`
  return [bad(text, { remedy: 'set the clock: certificates are judged by it (`timedatectl set-ntp true`)' })]
}

async function checkSchedule(machine: MachineLook): Promise<readonly Finding[]> {
  const { good, note } = findingsOf('schedule')
  const found = await machine.schedules()
  if (found.length > 0) {
    return found.map(({ where, when }) => good(`${where} runs mailmirror${when === '' ? '' : `: ${when}`}`))
  }
  return [
    note('nothing runs mailmirror by itself: neither cron, nor a timer or service of systemd, nor launchd', {
      remedy: 'mailmirror schedule --print cron',
    }),
  ]
}

function checkEnvironment({ environmentNotes }: MachineLook): readonly Finding[] {
  const { note } = findingsOf('environment')
  return environmentNotes.map((text) => note(text, { remedy: 'unset it unless you have set it yourself' }))
}
