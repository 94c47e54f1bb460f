import { CommanderError } from 'commander'
import type { Command } from 'commander'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { styleOf } from '../ui/style.ts'
import type { Terminal } from '../ui/terminal.ts'
import { addCommands, bareProgram } from './command-tree.ts'
import type { CommandContext, CommandHost, GlobalOptions } from './context.ts'
import { toGlobalOptions } from './global-flags.ts'
import type { GlobalFlags } from './global-flags.ts'
import { programHelp } from './help-text.ts'
import { protectQuery } from './query-arguments.ts'
import { usageStatus } from './usage-error.ts'

export interface ProgramOptions {
  readonly terminal: Terminal
  readonly version: string
  readonly createContext: (options: GlobalOptions) => CommandContext
}

/** Runs what the arguments name. Throws USAGE for arguments that name nothing, and whatever the command throws. */
export async function runProgram(argv: readonly string[], options: ProgramOptions): Promise<ExitStatus> {
  const { terminal } = options
  let status: ExitStatus = exitStatus.done
  const text = { out: '', err: '' }
  const program = createProgram(options, text, (ended) => (status = ended))
  try {
    await program.parseAsync(protectQuery(withoutHelpCommand(argv)), { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    status = usageStatus(error)
  }
  if (text.out !== '') await terminal.out.write(text.out)
  if (text.err !== '') await terminal.err.write(text.err)
  return status
}

/** `help sync` is `sync --help`. */
function withoutHelpCommand(argv: readonly string[]): readonly string[] {
  return argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv
}

function createProgram(
  { terminal, version, createContext }: ProgramOptions,
  text: { out: string; err: string },
  onEnd: (status: ExitStatus) => void,
): Command {
  const { bold } = styleOf(terminal.out)
  const program = bareProgram()
    .version(version, '--version', 'show the version')
    .configureHelp({ showGlobalOptions: true, styleTitle: bold })
    .configureOutput({
      writeOut: (part) => (text.out += part),
      writeErr: (part) => (text.err += part),
      outputError: () => undefined,
      getOutHelpWidth: () => Math.min(terminal.out.columns, 100),
      getErrHelpWidth: () => Math.min(terminal.err.columns, 100),
      getOutHasColors: () => terminal.out.hasColors,
      getErrHasColors: () => false,
    })
    .exitOverride()
    .addHelpText('after', programHelp)
  const host: CommandHost = {
    run: async (action) => onEnd(await action(createContext(toGlobalOptions(program.opts<GlobalFlags>())))),
  }
  const load = addCommands(program, host)
  program.hook('preSubcommand', (_, command) => load(command))
  return program
}
