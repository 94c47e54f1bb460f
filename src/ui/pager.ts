import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { OutputStream } from './terminal.ts'

/** What `less` does unless the user has said otherwise: colours, and no waiting where all fits on the screen. */
const lessOptions = 'FRX'
const notFound = 127

type Variables = Readonly<Record<string, string | undefined>>

/** Shows lines on a terminal through the user's pager ($PAGER as the shell reads it, else less); where there is no terminal, no pager
 *  or $PAGER is empty or `cat`, they are written as they are. Ends when the reader has left the pager. */
export async function page(lines: readonly string[], out: OutputStream, variables: Variables): Promise<void> {
  const text = lines.map((line) => `${line}\n`).join('')
  const command = variables['PAGER'] ?? 'less'
  const isPaged = out.redraws && lines.length >= out.rows && command.trim() !== '' && command !== 'cat'
  if (!isPaged || !(await pipe(text, command, variables))) await out.write(text)
}

/** False: there is no such program, so nobody has seen anything. */
async function pipe(text: string, command: string, variables: Variables): Promise<boolean> {
  const env = { ...variables, LESS: variables['LESS'] ?? lessOptions, LV: variables['LV'] ?? '-c' }
  const pager = spawn(command, { shell: true, stdio: ['pipe', 'inherit', 'ignore'], env })
  // Whoever leaves before the end has read enough.
  pager.stdin.on('error', () => undefined)
  pager.stdin.end(text)
  const ended: readonly unknown[] = await once(pager, 'close').catch(() => [notFound])
  return ended[0] !== notFound
}
