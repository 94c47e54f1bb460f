import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { FoundSchedule } from '../doctor/ports.ts'

const run = promisify(execFile)
const limitMs = 3000
const maxOctets = 2 ** 20
/** Of the lines of cron, its times. */
const cronTimes = /^\s*(@\w+|(?:\S+\s+){4}\S+)\s.*\bmailmirror\b/

export interface SchedulePlaces {
  readonly homeFolder: string
  /** `$XDG_CONFIG_HOME`, or what stands for it. */
  readonly configFolder: string
  readonly variables: Readonly<Record<string, string | undefined>>
}

/** What starts mailmirror by itself for this user, as far as that can be seen without asking long: entries of cron, timers of
 *  systemd and a service that watches, agents of launchd. */
export async function findSchedules(places: SchedulePlaces): Promise<readonly FoundSchedule[]> {
  const found = await Promise.all([userCrontab(places), systemCron(), timers(places), services(places), agents(places)])
  return found.flat()
}

async function userCrontab({ variables }: SchedulePlaces): Promise<readonly FoundSchedule[]> {
  return cronEntries('crontab', await outputOf('crontab', ['-l'], variables))
}

async function systemCron(): Promise<readonly FoundSchedule[]> {
  const names = await namesIn('/etc/cron.d')
  const paths = ['/etc/crontab', ...names.map((name) => join('/etc/cron.d', name))]
  const texts = await Promise.all(paths.map(textOf))
  return paths.flatMap((path, index) => cronEntries(path, texts[index] ?? ''))
}

function cronEntries(where: string, text: string): readonly FoundSchedule[] {
  return text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .flatMap((line) => {
      const when = cronTimes.exec(line)?.[1]
      return when === undefined ? [] : [{ where, when }]
    })
}

async function timers({ configFolder, variables }: SchedulePlaces): Promise<readonly FoundSchedule[]> {
  const listed = await outputOf('systemctl', ['--user', 'list-timers', '--all', '--no-legend', '--no-pager'], variables)
  const active = [...listed.matchAll(/(\S*mailmirror\S*\.timer)/g)].map((match) => match[1] ?? '')
  if (active.length > 0) return active.map((where) => ({ where, when: '' }))
  const folder = join(configFolder, 'systemd', 'user', 'timers.target.wants')
  const enabled = (await namesIn(folder)).filter((name) => name.includes('mailmirror'))
  return enabled.map((name) => ({ where: join(folder, name), when: '' }))
}

/** Those that begin with the session. */
async function services({ configFolder }: SchedulePlaces): Promise<readonly FoundSchedule[]> {
  const folder = join(configFolder, 'systemd', 'user', 'default.target.wants')
  const enabled = (await namesIn(folder)).filter((name) => /mailmirror.*\.service$/.test(name))
  return enabled.map((name) => ({ where: join(folder, name), when: '' }))
}

async function agents({ homeFolder }: SchedulePlaces): Promise<readonly FoundSchedule[]> {
  const folder = join(homeFolder, 'Library', 'LaunchAgents')
  const names = (await namesIn(folder)).filter((name) => name.endsWith('.plist'))
  const texts = await Promise.all(names.map((name) => textOf(join(folder, name))))
  return names
    .filter((name, index) => name.includes('mailmirror') || (texts[index] ?? '').includes('mailmirror'))
    .map((name) => ({ where: join(folder, name), when: '' }))
}

/** Empty where the program is not there, fails or takes too long. */
async function outputOf(
  program: string,
  args: readonly string[],
  variables: SchedulePlaces['variables'],
): Promise<string> {
  try {
    const { stdout } = await run(program, [...args], { env: { ...variables }, timeout: limitMs, maxBuffer: maxOctets })
    return stdout
  } catch {
    return ''
  }
}

/** None where it is not there, or may not be read. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch {
    return []
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).slice(0, maxOctets)
  } catch {
    return ''
  }
}
