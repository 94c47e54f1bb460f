import { AppError } from '../model/errors.ts'
import { cronTimes, daySeconds } from './repeat-times.ts'

/** What is to be started, and how often. Paths are absolute. */
export interface ScheduledSync {
  /** The program and its first arguments: node, and the script that it runs. */
  readonly program: readonly [node: string, script: string]
  readonly config: string
  readonly selects: readonly string[]
  /** A whole number of minutes. */
  readonly everySeconds: number
  /** When a sync ends by itself and leaves the rest to the next. */
  readonly maxSeconds: number
  readonly home: string
  /** Any whole number that stays the same for a user of a machine: not everybody asks the servers at the same minute. */
  readonly offset: number
  /** Names of systemd credentials that accounts take their passwords from. */
  readonly credentials: readonly string[]
  /** Variables that accounts take their passwords from: nobody sets them there. */
  readonly variables: readonly string[]
}

/** The arguments of one sync. @internal Exported for its test. */
export function scheduledCommand({ program, config, selects, maxSeconds }: ScheduledSync): readonly string[] {
  return [...program, '--config', config, 'sync', '--quiet', '--max-time', `${maxSeconds}s`, ...selects]
}

/** What is to be watched: as for a sync, but that it never ends by itself. */
export type ScheduledWatch = Pick<
  ScheduledSync,
  'program' | 'config' | 'selects' | 'everySeconds' | 'credentials' | 'variables'
>

/** The arguments of a watch. @internal Exported for its test. */
export function watchCommand({ program, config, selects, everySeconds }: ScheduledWatch): readonly string[] {
  return [...program, '--config', config, 'watch', '--quiet', '--every', `${everySeconds}s`, ...selects]
}

/** A systemd user service that syncs once. Throws USAGE for a path that a unit cannot hold. */
export function systemdService(sync: ScheduledSync): string {
  const lines = [
    '# mailmirror.service, a user unit. With mailmirror.timer beside it:',
    '#   mkdir -p ~/.config/systemd/user',
    '#   mailmirror schedule --print systemd --part service > ~/.config/systemd/user/mailmirror.service',
    '#   mailmirror schedule --print systemd --part timer > ~/.config/systemd/user/mailmirror.timer',
    '#   systemctl --user daemon-reload',
    '#   systemctl --user enable --now mailmirror.timer',
    '#   loginctl enable-linger          # also while nobody is logged in',
    '# What it did: systemctl --user status mailmirror; journalctl --user -u mailmirror',
    '',
    '[Unit]',
    'Description=Mirror IMAP mailboxes',
    ...networkLines('a sync that finds no network ends with 69, and the next one tries again'),
    '',
    '[Service]',
    'Type=oneshot',
    `ExecStart=${scheduledCommand(sync).map(systemdWord).join(' ')}`,
    '# 75: another sync holds the store, or a server asks for patience. The next run goes on; nothing is wrong.',
    'SuccessExitStatus=75',
    ...credentialLines(sync),
    ...environmentLines(sync),
    'Nice=10',
    'IOSchedulingClass=idle',
    ...confinement,
  ]
  return textOf(lines)
}

/** A systemd user service that watches. Throws USAGE for a path that a unit cannot hold. */
export function systemdWatch(watch: ScheduledWatch): string {
  return textOf([
    '# mailmirror-watch.service, a user unit: one process that keeps the mirror current, instead of mailmirror.timer.',
    '#   mkdir -p ~/.config/systemd/user',
    '#   mailmirror schedule --print systemd --watch > ~/.config/systemd/user/mailmirror-watch.service',
    '#   systemctl --user daemon-reload',
    '#   systemctl --user enable --now mailmirror-watch.service',
    '#   loginctl enable-linger          # also while nobody is logged in',
    '# After a change of the configuration: systemctl --user reload mailmirror-watch',
    '# What it does: systemctl --user status mailmirror-watch; journalctl --user -u mailmirror-watch',
    '',
    '[Unit]',
    'Description=Keep the mirror of IMAP mailboxes current',
    ...networkLines('a watch that finds no network waits for it'),
    '',
    '[Service]',
    'Type=notify',
    '# systemd-notify speaks for mailmirror.',
    'NotifyAccess=all',
    '# A new version may have much to do with a large store before it is ready.',
    'TimeoutStartSec=1h',
    '# Without --quiet the journal has a line for each event, with sender and subject of new mail.',
    `ExecStart=${watchCommand(watch).map(systemdWord).join(' ')}`,
    'ExecReload=kill -HUP $MAINPID',
    '# Its main loop has not moved for so long: it is killed, without an image of its memory, and started again.',
    'WatchdogSec=5min',
    'WatchdogSignal=SIGKILL',
    '# What it has started, such as a hook, it ends itself.',
    'KillMode=mixed',
    'SuccessExitStatus=143',
    'Restart=on-failure',
    'RestartSec=30s',
    '# No second attempt mends these: usage, no such account, login refused for every account, configuration.',
    'RestartPreventExitStatus=64 66 77 78',
    ...credentialLines(watch),
    ...environmentLines(watch),
    'Nice=10',
    ...confinement,
    '',
    '[Install]',
    'WantedBy=default.target',
  ])
}

/** The timer that starts it. */
export function systemdTimer({ everySeconds }: ScheduledSync): string {
  const spreadSeconds = Math.min(300, Math.floor(everySeconds / 3))
  const calendar = calendarOf(everySeconds)
  const repeated =
    calendar === undefined
      ? [
          '# No calendar has this interval, so a run that was missed is not made up for; one follows the start of the session.',
          'OnStartupSec=2min',
          `OnUnitActiveSec=${everySeconds}s`,
        ]
      : [
          `OnCalendar=${calendar}`,
          '# A run that was missed while the machine was off or asleep is made up for.',
          'Persistent=true',
        ]
  return textOf([
    '# mailmirror.timer, a user unit: starts mailmirror.service, which says where both go.',
    '',
    '[Unit]',
    'Description=Mirror IMAP mailboxes now and then',
    '',
    '[Timer]',
    ...repeated,
    '# Not everybody asks the servers at the same second; this machine keeps to its own delay.',
    `RandomizedDelaySec=${spreadSeconds}s`,
    'FixedRandomDelay=true',
    '',
    '[Install]',
    'WantedBy=timers.target',
  ])
}

/** Lines for `crontab -e`. Throws USAGE for an interval that cron cannot express, and for a path that no crontab can hold. */
export function cronLines(sync: ScheduledSync): string {
  const times = cronTimes(sync.everySeconds, sync.offset)
  if (times === undefined) throw notForCron()
  const line = `${times} ${scheduledCommand(sync).map(cronWord).join(' ')}`
  if (line.length > 990) throw unfit('the command', 'it is too long for a crontab')
  return textOf([
    '# For `crontab -e`. cron mails what a job prints, and a sync that succeeds prints nothing: put this before the line.',
    '#   MAILTO=me@example.org',
    '# cron sets hardly any variables, and PATH is /usr/bin:/bin: a password command from elsewhere needs its whole path.',
    '# It makes up for nothing that was missed while the machine was off; what is new then, the next run fetches.',
    ...variableLines(sync, ['# Write NAME=value lines before it, or better use a file: password = { file = "…" }']),
    line,
  ])
}

/** A launchd agent. Throws USAGE for a path that XML cannot hold. */
export function launchdPlist(sync: ScheduledSync): string {
  const notes = variableLines(sync, ['# Add a dictionary EnvironmentVariables, or better use a file for the password.'])
  return textOf([
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<!-- ~/Library/LaunchAgents/mailmirror.sync.plist',
    '     To begin: launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/mailmirror.sync.plist',
    '     To end:   launchctl bootout gui/$(id -u)/mailmirror.sync',
    '     PATH is /usr/bin:/bin:/usr/sbin:/sbin here: a password command from elsewhere needs its whole path. -->',
    ...notes.map((note) => `<!-- ${note.slice(2)} -->`),
    '<plist version="1.0">',
    '<dict>',
    `  <key>Label</key>${plistString('mailmirror.sync')}`,
    '  <key>ProgramArguments</key>',
    '  <array>',
    ...scheduledCommand(sync).map((word) => `    ${plistString(word)}`),
    '  </array>',
    `  <key>StartInterval</key><integer>${sync.everySeconds}</integer>`,
    '  <key>RunAtLoad</key><true/>',
    `  <key>ProcessType</key>${plistString('Background')}`,
    '  <key>LowPriorityIO</key><true/>',
    `  <key>StandardErrorPath</key>${plistString(`${sync.home}/Library/Logs/mailmirror.log`)}`,
    '</dict>',
    '</plist>',
  ])
}

/** The end of a service's section. */
const confinement: readonly string[] = [
  'UMask=0077',
  '# What a user manager can do without privileges. The file system cannot be hidden from here, and',
  '# MemoryDenyWriteExecute= would stop Node itself.',
  'NoNewPrivileges=yes',
  'LockPersonality=yes',
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'SystemCallArchitectures=native',
]

function networkLines(without: string): readonly string[] {
  return [
    "# Of effect only where the user's own manager has this unit: it does not know the system's. Without it",
    `# ${without}.`,
    'Wants=network-online.target',
    'After=network-online.target',
  ]
}

function environmentLines(what: Pick<ScheduledSync, 'variables'>): readonly string[] {
  return variableLines(what, [
    '# EnvironmentFile=%h/.config/mailmirror/environment    # a line NAME=value for each; chmod 600',
  ])
}

function credentialLines({ credentials }: Pick<ScheduledSync, 'credentials'>): readonly string[] {
  if (credentials.length === 0) return []
  return [
    '# Passwords. systemd refuses to start this without the files, which only you can read (chmod 600); from systemd 256 on',
    '# LoadCredentialEncrypted= and `systemd-creds --user encrypt` keep them sealed to this machine.',
    ...credentials.map((name) => {
      if (!/^[\w.-]+$/.test(name)) throw unfit(`the credential ${JSON.stringify(name)}`, 'its name has odd characters')
      return `LoadCredential=${name}:%h/.config/mailmirror/credentials/${name}`
    }),
  ]
}

function variableLines({ variables }: Pick<ScheduledSync, 'variables'>, remedy: readonly string[]): readonly string[] {
  if (variables.length === 0) return []
  const names = variables.filter((name) => /^\w+$/.test(name))
  return [`# The configuration takes passwords from variables that nobody sets here: ${names.join(', ')}`, ...remedy]
}

/** `*-*-* *:0/15:00` and the like; undefined: the calendar has no such interval. */
function calendarOf(everySeconds: number): string | undefined {
  const minutes = everySeconds / 60
  if (minutes <= 60 && 60 % minutes === 0) return minutes === 60 ? '*:00' : `*:0/${minutes}`
  if (daySeconds % everySeconds !== 0 || minutes % 60 !== 0) return undefined
  return minutes === 1440 ? '*-*-* 00:00' : `0/${minutes / 60}:00`
}

/** One word of ExecStart (systemd.service, "Command lines"): specifiers and variables are meant literally. The path of the
 *  program knows no escapes at all. */
function systemdWord(word: string, index: number): string {
  refuseControls(word, 'a unit')
  if (index === 0 && /["'\\$]/.test(word))
    throw unfit(JSON.stringify(word), 'a unit starts no program from such a path')
  const literal = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  if (/^[\w@%+=:,./$-]+$/.test(literal)) return literal
  return `"${literal.replaceAll('\\', String.raw`\\`).replaceAll('"', String.raw`\"`)}"`
}

/** For the shell that cron starts. Most crons take `%` for a line break unless a backslash is before it, and take that away; others
 *  leave both to the shell. Outside of quotes the shell reads either as `%`. No cron does the same with a backslash. */
function cronWord(word: string): string {
  refuseControls(word, 'a crontab')
  if (word.includes('\\')) throw unfit(JSON.stringify(word), 'crons disagree about backslashes')
  return word
    .split(/([%'])/)
    .map((part) => {
      if (part === '%') return String.raw`\%`
      if (part === "'") return `"'"`
      return /^[\w@+=:,./-]*$/.test(part) ? part : `'${part}'`
    })
    .join('')
}

function plistString(text: string): string {
  refuseControls(text, 'a plist')
  return `<string>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</string>`
}

function refuseControls(text: string, what: string): void {
  if (/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\uFFFE\uFFFF]/u.test(text)) {
    throw unfit(JSON.stringify(text), `${what} cannot hold line breaks and control characters`)
  }
}

function unfit(what: string, why: string): AppError {
  return new AppError({
    code: 'USAGE',
    message: `could not write a schedule with ${what}: ${why}`,
    hint: 'move it to a plainer path, or write the schedule by hand',
  })
}

function notForCron(): AppError {
  return new AppError({
    code: 'USAGE',
    message: 'cron has no such interval',
    hint: 'take minutes that divide an hour (5m, 15m, 30m) or hours that divide a day (1h, 6h, 24h)',
  })
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}
