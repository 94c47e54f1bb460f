import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Command, runCommand, type RunOptions } from './run-command.ts'

/** What one run of a command took. */
export interface Figures {
  /** Seconds from start to end of the process, start-up included. */
  readonly wall: number
  /** User and system seconds of the command and of all processes that it waited for. */
  readonly cpu: number
  /** Resident memory of its largest single process, in 10^6 octets. */
  readonly peak: number
  /** CPU seconds of the server meanwhile. */
  readonly server: number
  /** CPU seconds of everything else on the machine; much of it spoils the run. */
  readonly other: number
  readonly status: number
}

/** One entrant of a step, with what has to be done before each of its runs and looked at after it. */
export interface Entrant {
  readonly name: string
  readonly command: Command
  readonly prepare: () => Promise<void>
  /** What is wrong with what the run left behind. */
  readonly check: () => Promise<string | undefined>
}

export interface Measured {
  readonly name: string
  readonly runs: readonly Figures[]
  readonly spoiled: boolean
  readonly complaint: string | undefined
}

export interface MeterOptions extends RunOptions {
  /** The compiled usage.c. */
  readonly usageProgram: string
  /** The server's parent process. */
  readonly masterPid: number
  /** Results are appended to it, a line of JSON for each counted run. */
  readonly resultsFile: string
}

export interface Plan {
  readonly label: string
  readonly runs: number
  readonly warmUps: number
  readonly repeats: number
}

/** The kernel counts CPU time in these. */
const TICKS_PER_SECOND = 100
/** The server's processes end a moment after their client; only then their parent knows what they used. */
const SETTLE_MS = 200

/** Runs the entrants in turn, A B C A B C, so that what drifts on the machine meets all of them alike. */
export async function measureInTurn(
  entrants: readonly Entrant[],
  plan: Plan,
  meter: MeterOptions,
): Promise<readonly Measured[]> {
  console.error(`${plan.label}: ${plan.warmUps} warm-ups and ${plan.runs} runs of each`)
  const rows = entrants.map((entrant): Row => ({ entrant, runs: [], complaint: undefined }))
  for (let turn = 0; turn < plan.warmUps; turn++) {
    for (const row of rows) await attempt(row, meter)
  }
  let repeats = plan.repeats
  for (let turn = 0; turn < plan.runs; turn++) {
    for (const row of rows) {
      let figures = await attempt(row, meter)
      for (; repeats > 0 && figures !== undefined && isSpoiled(figures); repeats--) figures = await attempt(row, meter)
      if (figures !== undefined) count(row, figures, { label: plan.label, resultsFile: meter.resultsFile })
    }
  }
  return rows.map(({ entrant, runs, complaint }) => ({
    name: entrant.name,
    runs,
    spoiled: runs.some(isSpoiled),
    complaint,
  }))
}

interface Row {
  readonly entrant: Entrant
  readonly runs: Figures[]
  /** Whoever failed once does not run again. */
  complaint: string | undefined
}

async function attempt(row: Row, meter: MeterOptions): Promise<Figures | undefined> {
  if (row.complaint !== undefined) return undefined
  await row.entrant.prepare()
  const figures = await measure(row.entrant.command, meter)
  console.error(`  ${row.entrant.name}: ${figures.wall.toFixed(2)} s${isSpoiled(figures) ? ', spoiled' : ''}`)
  row.complaint = figures.status === 0 ? await row.entrant.check() : `ended with ${figures.status}`
  return figures
}

function count(row: Row, figures: Figures, place: { readonly label: string; readonly resultsFile: string }): void {
  row.runs.push(figures)
  const { label, resultsFile } = place
  const line = { at: new Date().toISOString(), label, name: row.entrant.name, ...figures, complaint: row.complaint }
  appendFileSync(resultsFile, `${JSON.stringify({ ...line, spoiled: isSpoiled(figures) })}\n`)
}

/** Whether others used so much of the machine that the run says little. */
function isSpoiled({ wall, other }: Figures): boolean {
  return other > 0.1 + 0.15 * wall
}

async function measure(command: Command, meter: MeterOptions): Promise<Figures> {
  const report = `${meter.outputFile}.usage`
  const [server, machine] = [serverCpu(meter.masterPid), machineCpu()]
  const status = await runCommand({ ...command, argv: [meter.usageProgram, report, ...command.argv] }, meter)
  if (status !== 0) throw new Error(`${meter.usageProgram} ended with ${status}`)
  const total = machineCpu() - machine
  await delay(SETTLE_MS)
  const served = serverCpu(meter.masterPid) - server
  const [wall = 0, user = 0, system = 0, peakKib = 0, exit = 0] = readFileSync(report, 'utf8').split(' ').map(Number)
  return {
    wall,
    cpu: user + system,
    peak: (peakKib * 1024) / 1e6,
    server: served,
    other: Math.max(0, total - user - system - served),
    status: exit,
  }
}

function machineCpu(): number {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (
    readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? ''
  )
    .split(/\s+/)
    .map(Number)
  return (user + nice + system + irq + softirq) / TICKS_PER_SECOND
}

/** CPU seconds of Dovecot since its start: the master, those it has reaped, those that live. */
function serverCpu(masterPid: number): number {
  let total = processTimes(masterPid)?.seconds ?? 0
  for (const entry of readdirSync('/proc')) {
    const times = /^\d+$/.test(entry) ? processTimes(Number(entry)) : undefined
    if (times?.parent === masterPid) total += times.seconds
  }
  return total
}

/** The parent, and the CPU seconds of the process and of its children that have ended. */
function processTimes(pid: number): { readonly parent: number; readonly seconds: number } | undefined {
  try {
    const text = readFileSync(join('/proc', String(pid), 'stat'), 'utf8')
    // The name in front may hold spaces and parentheses.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0)
    return { parent: fields[1] ?? 0, seconds: ticks / TICKS_PER_SECOND }
  } catch {
    return undefined // it has ended
  }
}
