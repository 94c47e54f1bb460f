import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  cronLines,
  launchdPlist,
  scheduledCommand,
  systemdService,
  systemdTimer,
  systemdWatch,
  watchCommand,
} from '../../src/ui/schedule-units.ts'
import type { ScheduledSync } from '../../src/ui/schedule-units.ts'
import { isInstalled } from '../support/is-installed.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const plain: ScheduledSync = {
  program: ['/usr/bin/node', '/opt/mailmirror/bin/mailmirror.js'],
  config: '/home/ada/.config/mailmirror/config.toml',
  selects: [],
  everySeconds: 900,
  maxSeconds: 810,
  home: '/home/ada',
  offset: 7,
  credentials: [],
  variables: [],
}

/** What a home folder may be called. */
const oddPath = `/home/ad a's "50%" & $HOME <b>; ü/config.toml`
const odd: ScheduledSync = { ...plain, config: oddPath, selects: ['work/Archive/*', '$(touch x)'] }

/** Of systemd, where that is the machine's own. */
const analyzer = 'systemd-analyze'

/** What systemd says against the three units; nothing: they are good. */
function verify(sync: ScheduledSync): string {
  const folder = temporaryDirectory()
  writeFileSync(join(folder, 'mailmirror.service'), systemdService(sync))
  writeFileSync(join(folder, 'mailmirror.timer'), systemdTimer(sync))
  writeFileSync(join(folder, 'mailmirror-watch.service'), systemdWatch(sync))
  const runtime = join(folder, 'run')
  mkdirSync(runtime)
  const { status, stdout, stderr } = spawnSync(
    analyzer,
    ['verify', '--user', '--man=no', 'mailmirror.service', 'mailmirror.timer', 'mailmirror-watch.service'],
    { cwd: folder, encoding: 'utf8', env: { ...process.env, HOME: folder, XDG_RUNTIME_DIR: runtime } },
  )
  return `${stdout}${stderr}${status === 0 ? '' : `status ${status}`}`
}

/** The words of ExecStart as systemd.service(5) says they are read: double quotes with backslashes, `%%` and `$$`. */
function wordsOf(unit: string): readonly string[] {
  const line = /^ExecStart=(.*)$/m.exec(unit)?.[1] ?? ''
  expect(line).toMatch(/^(?:[^\s"'\\]+|"(?:[^"\\]|\\["\\])*")(?: (?:[^\s"'\\]+|"(?:[^"\\]|\\["\\])*"))*$/)
  expect(line.replaceAll('%%', '')).not.toContain('%')
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, bare]) =>
    (quoted?.replaceAll(/\\(.)/g, '$1') ?? bare ?? '').replaceAll('%%', '%').replaceAll('$$', '$'),
  )
}

test('the units are what a user is to install', () => {
  expect(systemdService(plain)).toContain(
    '\nExecStart=/usr/bin/node /opt/mailmirror/bin/mailmirror.js --config /home/ada/.config/mailmirror/config.toml sync --quiet --max-time 810s\n',
  )
  expect(systemdTimer(plain)).toContain('\nOnCalendar=*:0/15\n')
  expect(systemdTimer(plain)).toContain('\nRandomizedDelaySec=300s\n')
})

test('the unit of a watch tells systemd of it, is read anew and ended for its sake, and is not tried again in vain', () => {
  const settings = new Map(
    [...systemdWatch(plain).matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  )
  const wanted = [
    'Type',
    'NotifyAccess',
    'ExecStart',
    'ExecReload',
    'WatchdogSec',
    'Restart',
    'RestartPreventExitStatus',
  ]
  expect(wanted.map((name) => settings.get(name))).toEqual([
    'notify',
    'all',
    '/usr/bin/node /opt/mailmirror/bin/mailmirror.js --config /home/ada/.config/mailmirror/config.toml watch --quiet --every 900s',
    'kill -HUP $MAINPID',
    '5min',
    'on-failure',
    '64 66 77 78',
  ])
})

test('every line of the units is a comment, a section or an assignment', () => {
  const sync = { ...odd, credentials: ['mail-password'], variables: ['ADA_PASSWORD'] }
  for (const line of `${systemdService(sync)}${systemdTimer(sync)}${systemdWatch(sync)}`.trimEnd().split('\n')) {
    expect(line).toMatch(/^(?:#.*|\[[A-Z][a-z]+\]|[A-Z][A-Za-z]+=\S.*|)$/)
  }
})

test.skipIf(!isInstalled(analyzer))('systemd finds nothing wrong with them', () => {
  const node = process.execPath
  for (const everySeconds of [60, 900, 3600, 21_600, 86_400, 2700, 172_800]) {
    expect(verify({ ...plain, program: [node, '/opt/mailmirror.js'], everySeconds })).toBe('')
  }
  expect(verify({ ...odd, program: [node, '/opt/a "b" %h.js'], credentials: ['mail-password'] })).toBe('')
})

test('paths with blanks, quotes, percent and dollar signs reach the program as they are', () => {
  expect(wordsOf(systemdService(odd))).toEqual(scheduledCommand(odd))
  expect(wordsOf(systemdWatch(odd))).toEqual(watchCommand(odd))
  const backslash = { ...odd, config: String.raw`/a\b\x41"` }
  expect(wordsOf(systemdService(backslash))).toEqual(scheduledCommand(backslash))
})

test.each([systemdService, systemdWatch, cronLines, launchdPlist])(
  '%o refuses what could become a line of its own',
  (write) => {
    for (const path of ['/a\nb', '/a\rb', '/a\u0000b', '/a\u2028b', '/a\u0085b']) {
      expect(() => write({ ...plain, config: path })).toThrow('cannot hold line breaks')
      expect(() => write({ ...plain, program: [path, '/opt/mailmirror.js'] })).toThrow('cannot hold line breaks')
    }
  },
)

test('a path that systemd starts nothing from, and one that crons disagree about, is refused', () => {
  expect(() => systemdService({ ...plain, program: ['/opt/my "node"', '/x.js'] })).toThrow('starts no program')
  expect(() => cronLines({ ...plain, config: String.raw`/a\b` })).toThrow('crons disagree')
  expect(() => cronLines({ ...plain, config: `/${'a'.repeat(1000)}` })).toThrow('too long')
  expect(() => systemdService({ ...plain, credentials: ['../x'] })).toThrow('odd characters')
})

test('credentials and variables that accounts need are named where they are missing', () => {
  const sync = { ...plain, credentials: ['mail-password'], variables: ['ADA_PASSWORD'] }
  for (const text of [systemdService(sync), systemdWatch(sync)]) {
    expect(text).toContain('\nLoadCredential=mail-password:%h/.config/mailmirror/credentials/mail-password\n')
  }
  for (const text of [systemdService(sync), systemdWatch(sync), cronLines(sync), launchdPlist(sync)])
    expect(text).toContain('ADA_PASSWORD')
})

test.each([
  [60, '* * * * *'],
  [300, '2,7,12,17,22,27,32,37,42,47,52,57 * * * *'],
  [900, '7,22,37,52 * * * *'],
  [3600, '7 * * * *'],
  [21_600, '7 2,8,14,20 * * *'],
  [86_400, '7 2 * * *'],
])('every %d s are %s in a crontab', (everySeconds, times) => {
  const lines = cronLines({ ...plain, everySeconds, offset: 127 })
    .trimEnd()
    .split('\n')
  expect(lines.at(-1)?.startsWith(`${times} /usr/bin/node `)).toBe(true)
  expect(lines.slice(0, -1).every((line) => line.startsWith('#'))).toBe(true)
})

test.each([420, 5400, 25_200, 172_800])('cron cannot do every %d s, systemd can', (everySeconds) => {
  expect(() => cronLines({ ...plain, everySeconds })).toThrow('cron has no such interval')
  expect(systemdTimer({ ...plain, everySeconds })).toContain(`\nOnUnitActiveSec=${everySeconds}s\n`)
})

test('in a crontab no percent sign is without its backslash, and either kind of cron starts the same command', () => {
  const [line = ''] = cronLines(odd).trimEnd().split('\n').toReversed()
  const command = line.split(' ').slice(5).join(' ')
  expect(command.replaceAll(String.raw`\%`, '')).not.toMatch(/[%\\\n]/)
  for (const given of [command, command.replaceAll(String.raw`\%`, '%')]) {
    const shown = `set -- ${given}; printf '%s\\n' "$@"`
    const { stdout } = spawnSync('sh', ['-c', shown], { encoding: 'utf8', cwd: temporaryDirectory() })
    expect(stdout.trimEnd().split('\n')).toEqual(scheduledCommand(odd))
  }
})

test('the plist says the same to Python, whatever the paths are', () => {
  const read =
    'import json, plistlib, sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read(), fmt=plistlib.FMT_XML)))'
  const input = launchdPlist({ ...odd, variables: ['ADA_PASSWORD'], home: '/Users/a & b' })
  const { stdout, stderr } = spawnSync('python3', ['-c', read], { input, encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toEqual({
    Label: 'mailmirror.sync',
    ProgramArguments: scheduledCommand(odd),
    StartInterval: 900,
    RunAtLoad: true,
    ProcessType: 'Background',
    LowPriorityIO: true,
    StandardErrorPath: '/Users/a & b/Library/Logs/mailmirror.log',
  })
})
