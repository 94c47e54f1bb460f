import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { MessageParser } from '../search/extracted-message.ts'
import type { SearchOrder } from '../search/search-reader.ts'
import type { SearchedStore } from '../search/search-stores.ts'
import { messageBody } from '../ui/message-body.ts'
import { messagePage } from '../ui/message-page.ts'
import type { SearchRow } from '../ui/search-page.ts'
import type { SearchSession } from '../ui/search-screen.tsx'
import { styleOf } from '../ui/style.ts'
import { goBackAsOf } from './go-back.ts'
import type { CommandContext } from './context.ts'
import type { StoreReader } from './store-reader.ts'
import { findAsTyped } from './find-as-typed.ts'
import { openSomeReaders } from './open-readers.ts'
import { storeNames } from './store-names.ts'

interface InteractiveOptions {
  readonly order: SearchOrder
  readonly byThread: boolean
  readonly asOf: string | undefined
}

interface BrowsedStore extends SearchedStore {
  readonly messages: StoreReader
}

/** Search on the whole screen. Throws USAGE off a terminal. */
export async function runInteractiveSearch(
  context: CommandContext,
  query: string,
  options: InteractiveOptions,
): Promise<ExitStatus> {
  const { out } = context.terminal
  if (!out.redraws) {
    throw new AppError({
      code: 'USAGE',
      message: 'search -i needs a terminal with a screen, and stdout is none',
      hint: 'for scripts: mailmirror search --json QUERY',
    })
  }
  const config = await context.loadStores()
  using readers = await openSomeReaders(context, config)
  if (options.asOf !== undefined)
    await goBackAsOf(
      context,
      readers.all.map(({ reader }) => reader),
      options.asOf,
    )
  const paths = [...new Set(config.accounts.map(({ store }) => store))]
  const names = storeNames(paths)
  const stores: BrowsedStore[] = []
  for (const { path, reader } of readers.all) {
    const name = paths.length > 1 ? names.get(path) : undefined
    stores.push({ name, reader: await reader.searchReader(), messages: reader })
  }
  const parser = await context.messageParser()
  const { openSearchScreen } = await import('../ui/search-screen.tsx')
  await openSearchScreen(sessionOf({ context, stores, parser, options }), query)
  return exitStatus.done
}

interface SessionParts {
  readonly context: CommandContext
  readonly stores: readonly BrowsedStore[]
  readonly parser: MessageParser
  readonly options: InteractiveOptions
}

function sessionOf({ context, stores, parser, options }: SessionParts): SearchSession {
  const style = styleOf(context.terminal.out)
  const octetsOf = ({ found }: SearchRow): Uint8Array | undefined =>
    stores.find(({ reader }) => reader === found.store.reader)?.messages.read(found.message.id)
  return {
    style,
    find: (query) => findAsTyped(query, { ...options, stores, nowMs: context.nowMs() }),
    lines: (row, columns, isWhole) => {
      const layout = { columns, style, wraps: true }
      const octets = octetsOf(row)
      if (octets === undefined) return []
      const readable = parser.read(octets)
      const body = messageBody(readable, layout)
      return isWhole ? [...messagePage(row.found.message, readable, layout), ...body] : body.slice(1)
    },
    save: async (row) => {
      const octets = octetsOf(row)
      if (octets === undefined) return 'the message is not there any more'
      const type = 'message/rfc822'
      const name = `${row.found.message.subject ?? 'message'}.eml`
      const entry = {
        part: row.name.replaceAll(':', '-'),
        name,
        type,
        octets: octets.length,
        contentId: undefined,
        inline: false,
      }
      return `saved as ${await context.writeAttachment('.', entry, octets)}`
    },
    copy: async ({ name }) => {
      // OSC 52: the terminal puts it where its user pastes from; one that cannot does nothing.
      await context.terminal.out.write(`\u001b]52;c;${Buffer.from(name).toString('base64')}\u0007`)
      return `copied: ${name}`
    },
  }
}
