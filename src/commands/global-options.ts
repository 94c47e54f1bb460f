import { Option } from 'commander'
import type { ProgressChoice } from '../ui/sync-reporter.ts'
import type { ColorChoice } from '../ui/terminal.ts'
import type { GlobalOptions } from './context.ts'

/** As commander hands them over. */
export interface GlobalFlags {
  readonly config?: string
  readonly json?: true
  readonly quiet?: true
  readonly verbose?: number
  readonly progress?: ProgressChoice
  readonly color?: ColorChoice
  readonly debug?: true
}

export function globalOptions(): readonly Option[] {
  return [
    new Option('-c, --config <file>', 'configuration to use'),
    new Option('--json', 'JSON instead of text for people'),
    new Option('-q, --quiet', 'nothing but errors'),
    new Option('-v, --verbose', 'more; repeat it for all').argParser(
      (_, before: number | undefined) => (before ?? 0) + 1,
    ),
    new Option('--progress <how>', 'how progress is shown').choices(['auto', 'tty', 'plain', 'json', 'none']),
    new Option('--color <when>', 'colours').choices(['auto', 'always', 'never']),
    new Option('--debug', 'stack traces of errors'),
  ]
}

export function toGlobalOptions(flags: GlobalFlags): GlobalOptions {
  return {
    config: flags.config,
    json: flags.json ?? false,
    quiet: flags.quiet ?? false,
    verbosity: flags.verbose ?? 0,
    progress: flags.progress ?? 'auto',
    color: flags.color ?? 'auto',
    debug: flags.debug ?? false,
  }
}
