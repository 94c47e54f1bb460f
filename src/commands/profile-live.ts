import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { LiveState } from '../profile/control-server.ts'
import { attachPage, dumpPage, liveJson } from '../ui/live-page.ts'
import { styleOf } from '../ui/style.ts'
import type { CommandContext, CommandHost } from './context.ts'
import { askRunning, findRunning } from './find-running.ts'
import { helpText } from './help-text.ts'
import { parseDuration } from './option-parsers.ts'

const topMs = 500

/** `profile attach`, `profile dump` and `profile top`. */
export function defineLive(command: Command, host: CommandHost): void {
  const exits = [0, 64, [66, 'no sync runs that can be asked'], 78] as const
  const attach = command
    .command('attach')
    .argument('[pid]', 'of which process (default: the one that runs)', parsePid)
    .summary('what a running sync does, sampled for a while')
    .description(
      'Looks at a sync that is running, without stopping it: what its connections wait for and what its main thread does. Only its owner can; syncs can be asked from their fourth second on.',
    )
    .option('-d, --duration <duration>', 'for how long', parseDuration, 10_000)
    .addHelpText('after', helpText({ examples: [['mailmirror profile attach -d 30s', 'half a minute']], exits }))
  attach.action((pid: number | undefined) =>
    host.run((context) => look(context, pid, { ms: attach.opts<{ duration: number }>().duration, page: attachPage })),
  )
  command
    .command('dump')
    .argument('[pid]', 'of which process (default: the one that runs)', parsePid)
    .summary('what a running sync is doing at this moment')
    .description('Prints what each connection is doing now and where the main thread is, even if that hangs.')
    .addHelpText('after', helpText({ examples: [['mailmirror profile dump', 'of the sync that runs']], exits }))
    .action((pid: number | undefined) => host.run((context) => look(context, pid, { ms: 0, page: dumpPage })))
  command
    .command('top')
    .argument('[pid]', 'of which process (default: the one that runs)', parsePid)
    .summary('the same, followed on the screen')
    .description(
      'Follows a running sync on the screen, even while it hangs, until it ends or q is pressed. With --json, or if stdout is no terminal, a line of JSON twice a second.',
    )
    .addHelpText('after', helpText({ examples: [['mailmirror profile top', 'the sync that runs']], exits }))
    .action((pid: number | undefined) => host.run((context) => top(context, pid)))
}

interface Look {
  readonly ms: number
  readonly page: typeof dumpPage
}

async function look(context: CommandContext, pid: number | undefined, { ms, page }: Look): Promise<ExitStatus> {
  const state = await askRunning(context, pid, ms)
  const { out } = context.terminal
  const layout = { columns: out.columns, style: styleOf(out) }
  const lines = context.options.json ? [liveJson(state)] : page(state, layout)
  await out.write(lines.map((line) => `${line}\n`).join(''))
  return exitStatus.done
}

async function top(context: CommandContext, pid: number | undefined): Promise<ExitStatus> {
  const { terminal, options, signal } = context
  const process = await findRunning(context, pid)
  if (terminal.out.redraws && !options.json) {
    const { openTopScreen } = await import('../ui/top-screen.tsx')
    const hasEnded = await openTopScreen({ style: styleOf(terminal.out), look: () => process.ask(topMs) })
    if (hasEnded) await terminal.err.write(`mailmirror: process ${process.pid} has ended\n`)
    return exitStatus.done
  }
  for (;;) {
    const state: LiveState | undefined = signal.aborted ? undefined : await process.ask(topMs).catch(() => undefined)
    if (state === undefined) return exitStatus.done
    await terminal.out.write(`${liveJson(state)}\n`)
  }
}

function parsePid(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Expected the number of a process.')
}
