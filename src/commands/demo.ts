import type { Command } from 'commander'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { demoCommand, demoLogin, demoText } from '../ui/demo-page.ts'
import { styleOf } from '../ui/style.ts'
import type { CommandContext, CommandHost } from './context.ts'
import type { DemoServer } from './demo-server.ts'
import { demoUser, makeWorkspace } from './demo-workspace.ts'
import type { DemoWorkspace } from './demo-workspace.ts'
import { helpText } from './help-text.ts'
import { wholeNumber } from './option-parsers.ts'
import { runShow } from './run-show.ts'
import { status } from './status.ts'
import { sync } from './sync.ts'

const password = 'demo'
const defaultMessages = 500

interface DemoFlags {
  readonly keep?: string
  readonly messages: number
  readonly latency: number
  readonly serve?: true
}

export function defineDemo(command: Command, host: CommandHost): void {
  command
    .description(
      'Starts an embedded IMAP server with made-up mail on this machine, mirrors it with the same code as always, and looks at the result. Prints each command that it runs. Everything is removed at the end unless --keep is given.',
    )
    .option('--keep <dir>', 'keep configuration and store there, for trying more')
    .option('--messages <n>', 'how many messages', wholeNumber(1, 1_000_000), defaultMessages)
    .option('--latency <ms>', 'delay of each answer of the server', wholeNumber(0, 60_000), 0)
    .option('--serve', 'only run the server, until Ctrl-C')
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror demo', 'the tour'],
          ['mailmirror demo --keep ~/demo --messages 20000', 'a larger one, to look at afterwards'],
          ['mailmirror demo --serve --latency 50', 'a slow server to try commands on'],
        ],
        exits: [0, [1, 'a step ended badly; its own words say why'], 64, 70, 74, 130],
      }),
    )
    .action(() => host.run((context) => demo(context, command.opts<DemoFlags>())))
}

async function demo(context: CommandContext, flags: DemoFlags): Promise<ExitStatus> {
  const server = await context.startDemoServer({
    messages: flags.messages,
    latencyMs: flags.latency,
    user: demoUser,
    password,
  })
  try {
    const workspace = await makeWorkspace(context.files, flags.keep, { port: server.port, password })
    try {
      return flags.serve === true ? await serve(context, server, workspace) : await tour(context, flags, workspace)
    } finally {
      await workspace.remove()
    }
  } finally {
    await server.close()
  }
}

async function serve(
  context: CommandContext,
  { port }: DemoServer,
  { configPath }: DemoWorkspace,
): Promise<ExitStatus> {
  await say(context, demoLogin({ port, user: demoUser, password, configPath }))
  if (!context.signal.aborted) {
    await new Promise((resolve) => context.signal.addEventListener('abort', resolve, { once: true }))
  }
  return exitStatus.done
}

async function tour(
  context: CommandContext,
  flags: DemoFlags,
  { configPath, folder }: DemoWorkspace,
): Promise<ExitStatus> {
  const inner = context.withOptions({ config: configPath })
  const columns = context.terminal.out.columns
  const steps: readonly (readonly [text: string, command: string, run: () => Promise<ExitStatus>])[] = [
    ['Mirror the mailboxes of an embedded server, which has made-up mail:', 'sync', () => sync(inner, [], {})],
    ['What the mirror holds now, without asking the server:', 'status', () => status(inner, [])],
    ['One of the messages:', 'show 1', () => runShow(inner, '1', { pager: false })],
    ['Once more. What is there already is not downloaded again:', 'sync', () => sync(inner, [], {})],
  ]
  for (const [text, command, run] of steps) {
    context.signal.throwIfAborted()
    const commandLine = `${context.invocation} -c ${shellWord(configPath)} ${command}`
    await say(context, [...demoText(text, columns), ...demoCommand(commandLine, styleOf(context.terminal.out))])
    const ended = await run()
    if (ended !== exitStatus.done) return ended
  }
  const end =
    flags.keep === undefined
      ? 'All of it is removed now. With --keep DIR it stays, and the commands above can be repeated.'
      : `All of it stays in ${folder}. The server has ended: status, show and log go on without it, and \`${context.invocation} demo --serve --messages ${flags.messages} --keep ${shellWord(folder)}\` starts it again for sync.`
  await say(context, demoText(end, columns))
  return exitStatus.done
}

function say({ terminal }: CommandContext, lines: readonly string[]): Promise<void> {
  return terminal.out.write(lines.map((line) => `${line}\n`).join(''))
}

/** Quoted for a shell where that is needed. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
