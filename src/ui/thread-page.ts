import type { Address } from '../search/extracted-message.ts'
import type { IndexedMessage } from '../search/search-reader.ts'
import type { ThreadPlace } from '../search/thread.ts'
import { truncateEnd } from './cell-width.ts'
import { formatLocalTime } from './format-date.ts'
import { messageObject } from './message-json.ts'
import type { PageLayout } from './message-page.ts'
import { safeJson, safeText } from './safe-text.ts'

type Place = ThreadPlace<IndexedMessage>
/** How `show` takes a message's number. */
type Naming = (id: number) => number | string

const deepestIndent = 10

interface ThreadLayout extends PageLayout {
  /** Number of the message that is marked. */
  readonly shown: number
  readonly nameOf: Naming
  readonly wraps: boolean
}

/** A line for each message of a thread, answers indented; the subject where it is another than above. */
export function threadPage(places: readonly Place[], layout: ThreadLayout): readonly string[] {
  return places.map(({ message, depth }, index) => {
    const { id, date, from, subject } = message
    const mark = id === layout.shown ? '*' : ' '
    const same = index > 0 && topic(subject) === topic(places[index - 1]?.message.subject)
    const facts = [
      `${mark} ${layout.nameOf(id)}`,
      date === undefined ? '(no date)' : formatLocalTime(date * 1000),
      senderOf(from),
      same ? '' : subject,
    ]
    const indent = '  '.repeat(Math.min(depth, deepestIndent))
    const text = safeText(`${indent}${facts.filter((fact) => fact !== undefined && fact !== '').join('  ')}`)
    const line = layout.wraps ? truncateEnd(text, layout.columns) : text
    return id === layout.shown ? layout.style.bold(line) : line
  })
}

/** A line of `show --thread --json`: as `search --json`, with `depth` and `parent`. */
export function threadJson({ message, depth, parent }: Place, nameOf: Naming): string {
  const object = messageObject({ ...message, id: nameOf(message.id), snippet: undefined })
  return safeJson({ ...object, depth, parent: parent === undefined ? undefined : nameOf(parent) })
}

function senderOf([sender]: readonly Address[]): string {
  if (sender === undefined) return '(no sender)'
  return sender.name === '' ? sender.address : `${sender.name} <${sender.address}>`
}

function topic(subject: string | undefined): string {
  return (subject ?? '').replace(/^(?:(?:re|aw|fwd?|wg) *: *)+/i, '').trim()
}
