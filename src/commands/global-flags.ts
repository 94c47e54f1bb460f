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
