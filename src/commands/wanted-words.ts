import type { Command, Option } from 'commander'
import type { Candidate } from '../ui/completion-answer.ts'
import { addCommands, bareProgram } from './command-tree.ts'
import { ofArgument, ofOption } from './wanted-kinds.ts'
import type { Wanted } from './wanted-kinds.ts'

const none: Wanted = { kind: 'nothing', prefix: '', candidates: [] }

interface Place {
  readonly command: Command
  /** The option whose value comes next. */
  readonly pending: Option | undefined
  readonly positionals: number
  /** Behind `--`. */
  readonly isPlain: boolean
}

/** Reads the words before the cursor as the program would, and says what may follow. */
export async function wantedAt(before: readonly string[], current: string): Promise<Wanted> {
  const program = bareProgram().option('--version', 'show the version')
  const load = addCommands(program, { run: () => Promise.resolve() })
  let place: Place = { command: program, pending: undefined, positionals: 0, isPlain: false }
  for (const [index, word] of before.entries()) {
    // `help sync` is `sync --help`.
    if (index === 0 && word === 'help') continue
    const { command } = place
    place = stepOver(place, word, program)
    if (place.command !== command) await load(place.command)
  }
  return wantedIn(place, current)
}

function stepOver(place: Place, word: string, program: Command): Place {
  const { command, pending, positionals, isPlain } = place
  if (pending !== undefined) return { ...place, pending: undefined }
  if (word === '--' && !isPlain) {
    // `profile -- sync …` goes on as a sync.
    return command.name() === 'profile' ? { ...place, command: program } : { ...place, isPlain: true }
  }
  if (word.startsWith('-') && !isPlain) {
    const option = optionNamed(word, command)
    return option !== undefined && takesNext(option) ? { ...place, pending: option } : place
  }
  const next = positionals > 0 || isPlain ? undefined : visibleCommands(command).find((one) => one.name() === word)
  if (next !== undefined) return { ...place, command: next }
  return { ...place, positionals: positionals + 1 }
}

function wantedIn({ command, pending, positionals, isPlain }: Place, current: string): Wanted {
  if (pending !== undefined) return ofOption(pending, '')
  const [, prefix = '', name = ''] = /^((--[\w-]+)=)/.exec(current) ?? []
  const assigned = isPlain ? undefined : optionNamed(name, command)
  if (assigned !== undefined) return ofOption(assigned, prefix)
  const wanted = argumentAt(command, positionals)
  if (current.startsWith('-') && !isPlain) {
    const candidates = [...wanted.candidates, ...optionCandidates(command)]
    // `-in:` is a word of a query.
    return { ...wanted, kind: wanted.kind === 'query' ? 'query' : 'nothing', candidates }
  }
  if (positionals > 0) return wanted
  const commands = visibleCommands(command).map((one) => ({ value: one.name(), note: one.summary() }))
  return { ...wanted, candidates: [...wanted.candidates, ...commands] }
}

function argumentAt({ registeredArguments }: Command, place: number): Wanted {
  const argument = registeredArguments[place] ?? registeredArguments.findLast((one) => one.variadic)
  return argument === undefined ? none : ofArgument(argument)
}

/** What follows the option as a word of its own; a value that may be left out is one only behind `=`. */
const takesNext = (option: Option): boolean => option.required

const visibleCommands = (command: Command): readonly Command[] => command.createHelp().visibleCommands(command)

function allOptions(command: Command): readonly Option[] {
  const help = command.createHelp()
  help.showGlobalOptions = true
  return [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)]
}

function optionNamed(word: string, command: Command): Option | undefined {
  return allOptions(command).find((option) => option.long === word || option.short === word)
}

function optionCandidates(command: Command): readonly Candidate[] {
  return allOptions(command).flatMap(({ long, description }) =>
    long === undefined ? [] : [{ value: long, note: description }],
  )
}
