import type { Command, Help } from 'commander'
import type { ManualCommand, ManualTerm } from '../ui/man-page.ts'
import { addCommands, bareProgram } from './command-tree.ts'
import { programHelp } from './help-text.ts'

/** The program with all that every command has learned; nothing of it runs. */
export async function wholeTree(): Promise<Command> {
  const program = bareProgram().option('--version', 'show the version').addHelpText('after', programHelp)
  const load = addCommands(program, { run: () => Promise.resolve() })
  for (const command of program.commands) await load(command)
  return program
}

/** What the help of a command and of those below it says. */
export function readManual(command: Command): ManualCommand {
  const help = command.createHelp()
  const { notes, examples, exits } = readAfterHelp(afterHelp(command))
  return {
    name: nameOf(command),
    usage: help.commandUsage(command),
    summary: command.summary(),
    description: command.description(),
    options: [...argumentTerms(command, help), ...optionTerms(command, help)],
    notes,
    examples,
    exits,
    commands: help.visibleCommands(command).map(readManual),
  }
}

function nameOf(command: Command): string {
  if (command.parent === null) return ''
  return [nameOf(command.parent), command.name()].filter((part) => part !== '').join(' ')
}

function argumentTerms(command: Command, help: Help): readonly ManualTerm[] {
  return help
    .visibleArguments(command)
    .map((argument) => ({ term: help.argumentTerm(argument), text: help.argumentDescription(argument) }))
}

function optionTerms(command: Command, help: Help): readonly ManualTerm[] {
  const own = help.visibleOptions(command).filter(({ long }) => command.parent === null || long !== '--help')
  return own.map((option) => ({ term: help.optionTerm(option), text: help.optionDescription(option) }))
}

/** What commander prints behind the options; it has no other way to be asked for it. */
function afterHelp(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part) })
  command.outputHelp()
  return text.slice(command.helpInformation().length)
}

interface AfterHelp {
  readonly notes: string
  readonly examples: readonly ManualTerm[]
  readonly exits: readonly ManualTerm[]
}

/** Takes apart what `helpText` put together. */
function readAfterHelp(text: string): AfterHelp {
  const examples = /^Examples:\n((?: .*\n)*)/m.exec(text)
  const exits = /^Exit status:\n((?: .*\n?)*)/m.exec(text)
  const rest = [examples?.[0], exits?.[0]].reduce<string>((left, part = '') => left.replace(part, ''), text)
  return {
    notes: rest.trim(),
    examples: termsIn(examples?.[1] ?? '', /^ {2}\$ (.*)\n {6}(.*)$/gm),
    exits: termsIn(exits?.[1] ?? '', /^ *(\d+) {2}(.*)$/gm),
  }
}

function termsIn(text: string, pattern: RegExp): readonly ManualTerm[] {
  return [...text.matchAll(pattern)].map(([, term = '', meaning = '']) => ({ term, text: meaning }))
}
