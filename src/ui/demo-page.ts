import { wrapWords } from './cell-width.ts'
import { safeText } from './safe-text.ts'
import type { Style } from './style.ts'

/** What `demo` says between the commands that it runs. */
export function demoText(text: string, columns: number): readonly string[] {
  return ['', ...wrapWords(safeText(text), Math.min(columns - 1, 78))]
}

/** A command as a user would type it. */
export function demoCommand(commandLine: string, style: Style): readonly string[] {
  return ['', style.bold(`$ ${safeText(commandLine)}`)]
}

export interface DemoLogin {
  readonly port: number
  readonly user: string
  readonly password: string
  readonly configPath: string
}

/** How to reach the embedded server. */
export function demoLogin({ port, user, password, configPath }: DemoLogin): readonly string[] {
  return [
    'The embedded IMAP server is running (no TLS, this machine only):',
    '  host      127.0.0.1',
    `  port      ${port}`,
    `  user      ${safeText(user)}`,
    `  password  ${safeText(password)}`,
    `  config    ${safeText(configPath)}`,
    'Ctrl-C ends it.',
  ]
}
