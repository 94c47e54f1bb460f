import type { CommanderError } from 'commander'
import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { safeText } from '../ui/safe-text.ts'

/** commander's own errors in our words: throws USAGE. Help that was asked for is none. */
export function usageStatus(error: CommanderError): ExitStatus {
  if (error.code === 'commander.helpDisplayed' || error.code === 'commander.version') return exitStatus.done
  // No command was named: the help has been written to stderr.
  if (error.code === 'commander.help') return exitStatus.usage
  const [first = '', suggestion] = error.message.replace(/^error: /, '').split('\n')
  throw new AppError({
    code: 'USAGE',
    message: safeText(first),
    hint: suggestion === undefined ? 'see `mailmirror --help`' : suggestion.replace(/^\(Did (.*)\)$/, 'did $1'),
    cause: error,
  })
}
