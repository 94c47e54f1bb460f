const meanings = {
  0: 'done, complete',
  1: 'finished, but something is missing or failed; the next run retries it',
  64: 'usage: unknown option or bad argument',
  65: 'damaged data found',
  66: 'no such account, mailbox or message',
  69: 'server unreachable, or Node too old',
  70: 'a bug (stack trace with --debug)',
  74: 'local storage: disk full, I/O error, permission',
  75: 'try again later: another sync holds the store, or the server throttles',
  76: 'protocol or TLS refused: bad certificate, STARTTLS missing',
  77: 'login rejected or needed',
  78: 'configuration: no file, or an invalid key',
  130: 'interrupted (143: terminated): what was committed stays',
} as const

type Status = keyof typeof meanings

export interface HelpText {
  /** A command line and what it does. */
  readonly examples: readonly (readonly [command: string, does: string])[]
  /** Statuses with which the command may end; some in words of its own. */
  readonly exits: readonly (Status | readonly [Status, string])[]
}

/** What follows the options in the help of a command. */
export function helpText({ examples, exits }: HelpText): string {
  return [
    '',
    'Examples:',
    ...examples.flatMap(([command, does]) => [`  $ ${command}`, `      ${does}`]),
    '',
    'Exit status:',
    ...exits.map(exitLine),
  ].join('\n')
}

function exitLine(exit: Status | readonly [Status, string]): string {
  const [status, meaning] = typeof exit === 'number' ? [exit, meanings[exit]] : exit
  return `  ${String(status).padStart(3)}  ${meaning}`
}

export const programHelp = helpText({
  examples: [
    ['mailmirror demo', 'sync from an embedded server and look at the result; needs no account'],
    ['mailmirror sync', 'mirror all accounts of the configuration'],
    ['mailmirror status --json', 'what the mirror holds, for scripts'],
    ['mailmirror sync --help', 'the options of a command'],
  ],
  exits: [0, 1, 64, 65, 66, 69, 70, 74, 75, 76, 77, 78, 130],
})
