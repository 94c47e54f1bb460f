import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'

/** Of util-linux: runs a command on a terminal of its own. */
const recorder = 'script'

/** A program on a pseudo-terminal of 80 columns and 24 rows. */
export interface RunningTerminal {
  /** Resolves when the program has written this since the last key. */
  shows(text: string): Promise<void>
  /** Sends keys, then waits until this is written. */
  type(keys: string, text: string): Promise<void>
  /** Exit status. */
  readonly ended: Promise<number | null>
}

/** Runs a command of the shell in `folder`; it is ended when the running test has finished. */
export function openTerminal(command: string, folder: string): RunningTerminal {
  const child = spawn(recorder, ['-qefc', `stty cols 80 rows 24; exec ${command}`, '/dev/null'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', TERM: 'xterm-256color', TZ: 'UTC' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill())
  let written = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written += text))
  const ended = once(child, 'close').then(() => child.exitCode)
  const shows = async (text: string): Promise<void> => {
    while (!written.includes(text)) {
      const more = await Promise.race([once(child.stdout, 'data'), ended.then(() => undefined)])
      if (more === undefined && !written.includes(text))
        throw new Error(`it ended before it showed ${JSON.stringify(text)}`)
    }
  }
  return {
    shows,
    type: async (keys, text) => {
      written = ''
      child.stdin.write(keys)
      await shows(text)
    },
    ended,
  }
}
