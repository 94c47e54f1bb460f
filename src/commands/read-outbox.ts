import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { OutboxEntry } from '../send/outbox.ts'
import { sourcePage } from '../ui/message-page.ts'
import { outboxLines, outboxTable } from '../ui/outbox-page.ts'
import type { NamedEntry } from '../ui/outbox-page.ts'
import { safeJson } from '../ui/safe-text.ts'
import { outboxJson } from '../ui/send-page.ts'
import { styleOf } from '../ui/style.ts'
import type { CommandContext } from './context.ts'
import { entryOf, noSuchInOutbox } from './outbox-entry.ts'
import { outboxNames } from './outbox-names.ts'

const recentMs = 86_400_000

export async function listOutbox(context: CommandContext, { all }: { readonly all?: true }): Promise<ExitStatus> {
  const config = await context.loadConfig()
  const parts = await context.sendParts()
  const found: NamedEntry[] = []
  const names = outboxNames(config)
  for (const store of new Set(config.accounts.map((account) => account.store))) {
    using reader = await parts.readOutbox(config, store)
    const entries = await reader.entries()
    found.push(...entries.map((entry) => ({ entry, name: names.nameOf(store, entry.id) })))
  }
  const isShown = ({ state, copy, updatedAtMs }: OutboxEntry): boolean =>
    (state !== 'sent' && state !== 'cancelled') || copy === 'wanted' || context.nowMs() - updatedAtMs < recentMs
  const shown = found.filter(({ entry }) => all === true || isShown(entry))
  const { out, err } = context.terminal
  if (context.options.json) {
    await out.write(`${safeJson({ v: 1, outbox: shown.map(({ entry, name }) => outboxJson(entry, name)) })}\n`)
    return exitStatus.done
  }
  const lines = outboxTable(shown, { columns: out.columns, style: styleOf(out) })
  await out.write(lines.map((line) => `${line}\n`).join(''))
  if (shown.length === 0 && !context.options.quiet) await err.write('mailmirror: the outbox is empty\n')
  return exitStatus.done
}

export async function showOutboxMessage(
  context: CommandContext,
  text: string,
  { raw }: { readonly raw?: true },
): Promise<ExitStatus> {
  const config = await context.loadConfig()
  const parts = await context.sendParts()
  const { store, id } = outboxNames(config).find(text)
  using reader = await parts.readOutbox(config, store)
  const entry = await entryOf(reader, { id, text })
  const { out } = context.terminal
  const octets = entry.octets === 0 ? undefined : await reader.octets(id)
  if (raw !== undefined) {
    if (octets === undefined)
      throw noSuchInOutbox(text, 'its octets were let go when its copy was filed: find it with `mailmirror search`')
    await out.write(out.isTty ? linesOf(sourcePage(octets)) : octets)
  } else if (context.options.json) await out.write(`${safeJson({ v: 1, ...outboxJson(entry, text) })}\n`)
  else {
    const page = octets === undefined ? [] : ['', ...sourcePage(octets)]
    await context.page([...outboxLines({ entry, name: text }), ...page])
  }
  return exitStatus.done
}

const linesOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')
