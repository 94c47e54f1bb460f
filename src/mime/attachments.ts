import type { AttachmentEntry } from '../search/extracted-message.ts'
import { isBodyText } from './body-texts.ts'
import type { Entity } from './entity.ts'
import { decodedLength } from './transfer-encoding.ts'

const longestName = 1000

/** Every part that is not the message's text, in order; a message within the message is one, and its own attachments are. A piece
 *  of the text that has a name is one too: it was a file to its sender. */
export function attachmentsOf(root: Entity): readonly AttachmentEntry[] {
  const found: AttachmentEntry[] = []
  // A walk without recursion: the tree may be as deep as its limit allows.
  const waiting: Entity[] = [root]
  for (let entity = waiting.pop(); entity !== undefined; entity = waiting.pop()) {
    const isMultipart = entity.type.value.startsWith('multipart/')
    if (!isMultipart && (!isBodyText(entity) || nameOf(entity) !== undefined)) found.push(toEntry(entity))
    waiting.push(...entity.children.toReversed())
  }
  return found
}

function toEntry(entity: Entity): AttachmentEntry {
  const { part, header, type, disposition, body, encoding } = entity
  const contentId = header.first('content-id')?.trim()
  return {
    part,
    name: nameOf(entity),
    type: type.value,
    octets: decodedLength(body, encoding),
    contentId: contentId === undefined || contentId === '' ? undefined : contentId.replace(/^<(.*)>$/, '$1'),
    inline:
      isBodyText(entity) || (disposition === undefined ? contentId !== undefined : disposition.value === 'inline'),
  }
}

function nameOf({ type, disposition }: Entity): string | undefined {
  const named = disposition?.parameters.get('filename') ?? type.parameters.get('name')
  return named === undefined || named === '' ? undefined : named.slice(0, longestName)
}
