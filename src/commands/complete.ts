import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { readBashLine } from '../ui/bash-words.ts'
import { bashAnswer, completionAnswer } from '../ui/completion-answer.ts'
import { commandList } from './command-list.ts'
import type { Completions } from '../ui/completion-answer.ts'
import { completeFrom } from './complete-from.ts'
import type { CommandContext, GlobalOptions } from './context.ts'
import { toGlobalOptions } from './global-flags.ts'

type CreateContext = (options: GlobalOptions) => CommandContext

/** What the shell's function asks. Silent whatever goes wrong: nobody wants an error in the middle of a line. */
export async function complete(
  { shell, words }: { readonly shell: string; readonly words: readonly string[] },
  createContext: CreateContext,
): Promise<ExitStatus> {
  const { terminal } = createContext(toGlobalOptions({}))
  const lines = await answer({ shell, words }, createContext).catch(() => [])
  await terminal.out.write(lines.map((line) => `${line}\n`).join(''))
  return exitStatus.done
}

async function answer(
  { shell, words }: { readonly shell: string; readonly words: readonly string[] },
  createContext: CreateContext,
): Promise<readonly string[]> {
  if (shell === 'bash') {
    const line = readBashLine(words[1] ?? '', words[0] ?? '')
    return bashAnswer(await completionsFor(line.words.slice(1), line.current, createContext), line)
  }
  const last = words.at(-1) ?? ''
  const current = shell === 'powershell' ? last.replace(/^=/, '') : last
  return completionAnswer(await completionsFor(words.slice(0, -1), current, createContext), current)
}

async function completionsFor(
  before: readonly string[],
  current: string,
  createContext: CreateContext,
): Promise<Completions> {
  // The commonest case, and it needs no parser.
  if (before.length === 0 && !current.startsWith('-')) {
    const candidates = commandList
      .filter(({ isHidden }) => isHidden !== true)
      .map(({ usage, summary }) => ({ value: usage.split(' ')[0] ?? '', note: summary }))
    return { kind: 'words', candidates, isOpen: false }
  }
  const { wantedAt } = await import('./wanted-words.ts')
  const wanted = await wantedAt(before, current)
  return completeFrom(wanted, current, () => createContext({ ...toGlobalOptions({}), config: configIn(before) }))
}

/** The file that the line names. */
function configIn(words: readonly string[]): string | undefined {
  const place = words.findLastIndex((word) => /^(?:-c|--config)(?:=|$)/.test(word))
  const word = words[place] ?? ''
  return word.includes('=') ? word.slice(word.indexOf('=') + 1) : words[place + 1]
}
