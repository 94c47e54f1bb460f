import { roffLines, roffProse, roffText } from './roff-text.ts'

/** A command as a manual tells of it. */
export interface ManualCommand {
  /** `profile report`; empty: the program itself. */
  readonly name: string
  /** `mailmirror profile report [options] [run]` */
  readonly usage: string
  readonly summary: string
  readonly description: string
  readonly options: readonly ManualTerm[]
  /** What the help says besides, shown as it is. */
  readonly notes: string
  readonly examples: readonly ManualTerm[]
  readonly exits: readonly ManualTerm[]
  readonly commands: readonly ManualCommand[]
}

/** An option, an example or a status, and what it means. */
export interface ManualTerm {
  readonly term: string
  readonly text: string
}

const environment: readonly ManualTerm[] = [
  { term: 'MAILMIRROR_CONFIG', text: 'The configuration, where `--config` does not name one.' },
  { term: 'XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_CACHE_HOME', text: 'Where the files below lie.' },
  { term: 'NO_COLOR', text: 'No colours, unless `--color=always`.' },
  { term: 'PAGER', text: 'Shows long messages on a terminal; empty or `cat`: none.' },
  { term: 'NODE_EXTRA_CA_CERTS', text: 'Certificates that are trusted besides; told with `-v`.' },
  { term: 'NODE_TLS_REJECT_UNAUTHORIZED', text: 'With 0 no command runs: no certificate would be checked.' },
  { term: 'NODE_DISABLE_COMPILE_CACHE', text: 'With 1 no compiled code is kept.' },
]

const files: readonly ManualTerm[] = [
  { term: '~/.config/mailmirror/config.toml', text: 'The configuration. Nobody else may be able to write it.' },
  { term: '~/.local/share/mailmirror/mail.db', text: 'The store: all messages, octet by octet (SQLite).' },
  {
    term: '~/.local/share/mailmirror/mail.index.db',
    text: 'The index for searching. May be deleted; `reindex` makes it anew.',
  },
  { term: '~/.local/share/mailmirror/mail.profile.db', text: 'Where the time of syncs went. May be deleted.' },
  { term: '~/.cache/mailmirror', text: 'Compiled code, and what was read of the configuration. May be deleted.' },
]

/** The manual in one page, as man(1) takes it. `date` is YYYY-MM-DD. */
export function manPage(
  program: ManualCommand,
  { version, date }: { readonly version: string; readonly date: string },
): string {
  const [first = '', ...rest] = program.description.split('\n\n')
  const lines = [
    `.TH MAILMIRROR 1 ${date} ${quoted(`mailmirror ${version}`)} ${quoted('User Commands')}`,
    '.SH NAME',
    String.raw`mailmirror \- mirror IMAP mailboxes into a local store`,
    '.SH SYNOPSIS',
    ...allCommands(program).flatMap(({ usage }, index) => [...(index === 0 ? [] : ['.br']), usageLine(usage)]),
    '.SH DESCRIPTION',
    ...paragraphs([first, ...rest].join('\n\n')),
    '.SH OPTIONS',
    'These stand before or after the name of any command.',
    ...terms(program.options),
    '.SH COMMANDS',
    ...allCommands(program).flatMap(commandLines),
    '.SH EXIT STATUS',
    ...terms(program.exits),
    '.SH ENVIRONMENT',
    ...terms(environment),
    '.SH FILES',
    ...terms(files),
    '.SH EXAMPLES',
    // No space of its own behind a heading.
    ...examples(program.examples).slice(1),
    '.SH SEE ALSO',
    String.raw`\fBmailmirror\fR \fICOMMAND\fR \fB\-\-help\fR tells the same of one command.`,
  ]
  return lines.map((line) => `${line}\n`).join('')
}

/** Those that do something, in the order of the help. */
function allCommands({ commands }: ManualCommand): readonly ManualCommand[] {
  return commands.flatMap((command) => [command, ...allCommands(command)])
}

function commandLines(command: ManualCommand): readonly string[] {
  const notes = command.notes.trim()
  return [
    `.SS ${quoted(command.name)}`,
    usageLine(command.usage),
    '.PP',
    ...paragraphs(command.description),
    ...terms(command.options),
    ...(notes === '' ? [] : ['.PP', ...roffLines(notes)]),
    '.PP',
    'Examples:',
    ...examples(command.examples),
    '.PP',
    'Exit status:',
    ...terms(command.exits),
  ]
}

function usageLine(usage: string): string {
  const [, name = '', rest = ''] = /^([a-z -]*[a-z])(.*)$/.exec(usage) ?? []
  return String.raw`\fB${roffText(name)}\fR${roffText(rest)}`
}

function paragraphs(text: string): readonly string[] {
  return text.split('\n\n').flatMap((one, index) => [...(index === 0 ? [] : ['.PP']), roffProse(one)])
}

function terms(all: readonly ManualTerm[]): readonly string[] {
  return all.flatMap(({ term, text }) => ['.TP', String.raw`\fB${roffText(term)}\fR`, roffProse(text)])
}

function examples(all: readonly ManualTerm[]): readonly string[] {
  return all.flatMap(({ term, text }) => ['.PP', ...roffLines(`    $ ${term}`), '.RS 8', roffProse(text), '.RE'])
}

/** An argument of a request. */
const quoted = (text: string): string => `"${roffText(text)}"`
