import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { MailStore } from '../../src/demo/mail-store.ts'
import { homeAt, mailOf, parsed } from '../support/mirrored-home.ts'
import type { Home } from '../support/mirrored-home.ts'
import { writeHome } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'

type DemoOptions = Omit<Parameters<typeof startDemoServer>[0], 'store' | 'users'>

export interface Diagnosed {
  readonly cause: string
  readonly share: number
  readonly sentence: string
  readonly json: Readonly<Record<string, unknown>>
}

export const letter = (index: number, octets: number): string =>
  `Message-ID: <${index}@x>\r\nSubject: ${index}\r\n\r\n${`${index} `.repeat(octets).slice(0, octets)}\r\n`

/** So many mailboxes with so many messages each. */
export function mail(mailboxes: number, messages: number, octets: number): MailStore {
  const boxes: Record<string, readonly string[]> = {}
  for (let box = 0; box < mailboxes; box++) {
    const texts = Array.from({ length: messages }, (_, index) => letter(box * 1000 + index, octets))
    boxes[box === 0 ? 'INBOX' : `Box ${box}`] = texts
  }
  return mailOf(boxes)
}

export async function profileOf(
  store: MailStore,
  options: DemoOptions,
  config = 'connections = 1',
): Promise<Diagnosed & { readonly commands: readonly string[] }> {
  await using server = await startDemoServer({ store, users: { ada: password }, ...options })
  const home = homeAt(server.port)
  writeHome(home.home, server.port, config)
  await home.run('sync', '-q', '--no-index')
  const found = await diagnosed(home)
  return { ...found, commands: server.commands.map(({ line }) => line) }
}

/** The last run, as `profile report` tells it. */
export async function diagnosed({ run }: Home): Promise<Diagnosed> {
  const { stdout } = await run('profile', 'report', '--format', 'json')
  const json = parsed(stdout)
  const { findings } = json
  const finding = parsed(JSON.stringify(Array.isArray(findings) ? findings[0] : undefined))
  return {
    cause: String(finding['cause']),
    share: Number(finding['share']),
    sentence: String(finding['sentence']),
    json,
  }
}
