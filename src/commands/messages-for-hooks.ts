import type { HookIndex, LoggedChange } from '../hooks/ports.ts'
import type { IndexedMessage, OpenSearchReader } from '../search/search-reader.ts'
import { hookChangeJson } from '../ui/change-json.ts'

/** What hooks have to know of messages, from the index of a store. `nameOf` gives the id of a message as `show` takes it. */
export function messagesForHooks(reader: OpenSearchReader, nameOf: (id: number) => number | string): HookIndex {
  const described = (changes: readonly LoggedChange[]): ReadonlyMap<number, IndexedMessage> => {
    const added = changes.filter(({ change }) => change.kind === 'message-added')
    const ids = [...new Set(added.flatMap(({ content }) => content ?? []))]
    if (ids.length === 0 || reader.indexedUpTo() === 0) return new Map()
    return new Map(reader.describe(ids).map((message) => [message.id, message]))
  }
  return {
    indexedUpTo: () => reader.indexedUpTo(),
    among: (query, account, contents) => {
      if (contents.length === 0) return new Set()
      // What has happened to a message since is no reason not to tell what happened before.
      const anywhere = { kind: 'and', of: [query, { kind: 'anywhere' }] } as const
      return new Set(reader.among({ query: anywhere, accounts: [account] }, contents))
    },
    lines: (changes) => {
      const messages = described(changes)
      return changes.map(({ change, content }) => {
        const message = messages.get(content ?? 0)
        return hookChangeJson(change, message && { ...message, id: nameOf(message.id), snippet: undefined })
      })
    },
    [Symbol.dispose]: () => reader.close(),
  }
}
