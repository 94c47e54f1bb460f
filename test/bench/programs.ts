import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findProgram, isDovecotInstalled } from '../servers/dovecot.ts'
import { runCommand, type RunOptions } from './run-command.ts'

const sources = fileURLToPath(new URL('.', import.meta.url))

/** The Debian packages that are missing here. */
export function missingPackages(competitors: readonly string[]): readonly string[] {
  const needed: [package_: string, present: boolean][] = [
    ['dovecot-imapd (Dovecot 2.3)', isDovecotInstalled()],
    ['isync', !competitors.some((name) => name.startsWith('mbsync')) || findProgram('mbsync') !== undefined],
    ['notmuch', !competitors.includes('notmuch') || findProgram('notmuch') !== undefined],
    ['maildir-utils', !competitors.includes('mu') || findProgram('mu') !== undefined],
    ['gcc', findProgram('cc') !== undefined],
    ['python3', findProgram('python3') !== undefined],
  ]
  return needed.filter(([, present]) => !present).map(([name]) => name)
}

export interface Programs {
  readonly usage: string
  readonly drain: string
}

/** Compiles usage.c and drain.c into `directory`, when they are newer than what is there. */
export async function compilePrograms(directory: string, options: RunOptions): Promise<Programs> {
  mkdirSync(directory, { recursive: true })
  const compile = async (name: string): Promise<string> => {
    const [source, program] = [join(sources, `${name}.c`), join(directory, name)]
    if (existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs) return program
    const status = await runCommand({ argv: ['cc', '-O2', '-pthread', '-o', program, source] }, options)
    if (status !== 0) throw new Error(`could not compile ${source}: see ${options.outputFile}`)
    return program
  }
  return { usage: await compile('usage'), drain: await compile('drain') }
}
