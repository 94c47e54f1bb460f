import { readManual, wholeTree } from '../../src/commands/manual-tree.ts'
import { completionScripts } from '../../src/ui/completion-scripts.ts'
import { manPage } from '../../src/ui/man-page.ts'
import { systemdService, systemdTimer, systemdWatch } from '../../src/ui/schedule-units.ts'
import type { ScheduledSync } from '../../src/ui/schedule-units.ts'

/** What `mailmirror man` prints, dated by the commit. */
export async function manualPage(of: { readonly version: string; readonly epoch: number }): Promise<string> {
  const date = new Date(of.epoch * 1000).toISOString().slice(0, 10)
  return manPage(readManual(await wholeTree()), { version: of.version, date })
}

/** Named as their shells look for them. */
export const completionFiles: readonly (readonly [name: string, text: string])[] = [
  ['mailmirror.bash', completionScripts.bash],
  ['_mailmirror', completionScripts.zsh],
  ['mailmirror.fish', completionScripts.fish],
  ['mailmirror.ps1', completionScripts.powershell],
]

/** The paths are nobody's: a package knows no user, and what tells of them is replaced. */
const anySchedule: ScheduledSync = {
  program: ['/usr/bin/mailmirror', '-'],
  config: '/-',
  selects: [],
  everySeconds: 15 * 60,
  maxSeconds: 810,
  home: '/-',
  offset: 0,
  credentials: [],
  variables: [],
}

interface PackagedUnit {
  readonly name: string
  readonly text: string
}

/** The user units of a package: those that `mailmirror schedule --print systemd` prints, for whoever switches them on. */
export function packagedUnits(): readonly PackagedUnit[] {
  const service = packaged(systemdService(anySchedule), {
    start: 'systemctl --user enable --now mailmirror.timer',
    command: 'sync --quiet --max-time 810s',
    unit: 'mailmirror',
    printed: 'mailmirror schedule --print systemd',
  })
  const watch = packaged(systemdWatch(anySchedule), {
    start: 'systemctl --user enable --now mailmirror-watch.service      # instead of mailmirror.timer',
    command: 'watch --quiet',
    unit: 'mailmirror-watch',
    printed: 'mailmirror schedule --print systemd --watch',
  })
  return [
    { name: 'mailmirror.service', text: service },
    { name: 'mailmirror.timer', text: systemdTimer(anySchedule) },
    { name: 'mailmirror-watch.service', text: watch },
  ]
}

interface Switched {
  readonly start: string
  readonly command: string
  readonly unit: string
  /** What prints it with the needs of a config. */
  readonly printed: string
}

function packaged(unit: string, { start, command, unit: name, printed }: Switched): string {
  const notes = [
    'A user unit; nothing starts it before you say so:',
    `  ${start}`,
    '  loginctl enable-linger          # also while nobody is logged in',
    `What it does: systemctl --user status ${name}; journalctl --user -u ${name}`,
    `Passwords that come from credentials or variables: \`${printed}\` prints units that have them.`,
    "`node` is looked for in the PATH of the user's manager (systemctl --user show-environment).",
  ]
  return unit
    .replace(/^(?:#.*\n)+/, notes.map((line) => `# ${line}\n`).join(''))
    .replace(/^ExecStart=.*$/m, `ExecStart=/usr/bin/mailmirror ${command}`)
}
