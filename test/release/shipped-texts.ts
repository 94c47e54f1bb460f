import { readManual, wholeTree } from '../../src/commands/manual-tree.ts'
import { completionScripts } from '../../src/ui/completion-scripts.ts'
import { manPage } from '../../src/ui/man-page.ts'
import { systemdService, systemdTimer } from '../../src/ui/schedule-units.ts'
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

/** The user units of a package: those that `mailmirror schedule --print systemd` prints, for whoever switches them on. */
export function packagedUnits(): { readonly service: string; readonly timer: string } {
  const printed = systemdService(anySchedule)
  const notes = `# A user unit; nothing starts it before you say so:
#   systemctl --user enable --now mailmirror.timer
#   loginctl enable-linger          # also while nobody is logged in
# What it did: systemctl --user status mailmirror; journalctl --user -u mailmirror
# Passwords that come from credentials or variables: \`mailmirror schedule --print systemd\` prints units that have them.
# \`node\` is looked for in the PATH of the user's manager (systemctl --user show-environment).
`
  const start = 'ExecStart=/usr/bin/mailmirror sync --quiet --max-time 810s'
  const service = printed.replace(/^(?:#.*\n)+/, notes).replace(/^ExecStart=.*$/m, start)
  return { service, timer: systemdTimer(anySchedule) }
}
