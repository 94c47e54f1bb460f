import type { AttachmentEntry, ExtractedMessage, MessageParser, ReadableMessage } from '../search/extracted-message.ts'
import { attachmentsOf } from './attachments.ts'
import { bodyTexts } from './body-texts.ts'
import type { Entity } from './entity.ts'
import { parseEntity } from './entity.ts'
import { readableValue } from './header.ts'
import { readFields } from './message-fields.ts'
import { decodeTransfer } from './transfer-encoding.ts'

/** Characters of text that are indexed. */
const mostIndexed = 2 ** 22

export function createMessageParser(): MessageParser {
  return { extract, read, partData, document }
}

function extract(octets: Uint8Array): ExtractedMessage {
  const { root, trouble } = parseEntity(toBuffer(octets))
  return extractedFrom(root, trouble)
}

function read(octets: Uint8Array): ReadableMessage {
  const { root, trouble } = parseEntity(toBuffer(octets))
  const charset = declaredCharset(root)
  return {
    ...extractedFrom(root, trouble),
    headers: root.header.fields.map(({ name, value }) => ({ name, value: readableValue(value, charset) })),
    html: bodyTexts(root, Number.POSITIVE_INFINITY).html,
  }
}

async function document(octets: Uint8Array): Promise<string> {
  // Loaded here: nothing else needs a sanitizer.
  const { htmlDocument, pictureTypes } = await import('./html-document.ts')
  const { root } = parseEntity(toBuffer(octets))
  const { fields, text, html, attachments } = read(octets)
  return htmlDocument({
    fields,
    text,
    html,
    attachments: attachments.filter(({ inline }) => !inline).map(({ name, type }) => name ?? type),
    picture: (contentId) => {
      const known = attachments.find((one) => one.contentId === contentId || one.contentId === decodedId(contentId))
      const found = known !== undefined && pictureTypes.includes(known.type) ? findPart(root, known.part) : undefined
      return found === undefined
        ? undefined
        : { type: found.type.value, data: decodeTransfer(found.body, found.encoding) }
    },
  })
}

/** A `cid:` URL is percent-encoded (RFC 2392). */
function decodedId(contentId: string): string | undefined {
  try {
    return decodeURIComponent(contentId)
  } catch {
    return undefined
  }
}

function partData(octets: Uint8Array, part: string): Uint8Array | undefined {
  const found = findPart(parseEntity(toBuffer(octets)).root, part)
  return found === undefined ? undefined : decodeTransfer(found.body, found.encoding)
}

function extractedFrom(root: Entity, structureTrouble: readonly string[]): ExtractedMessage {
  const attachments: readonly AttachmentEntry[] = attachmentsOf(root)
  const { text, isWhole } = bodyTexts(root, mostIndexed)
  const trouble = isWhole
    ? structureTrouble
    : [...structureTrouble, 'its text is too long: only the beginning is searched']
  return {
    fields: readFields(root.header, declaredCharset(root)),
    text,
    attachments,
    trouble: trouble.length === 0 ? undefined : trouble.join('; '),
  }
}

/** What the message says of its first text: the best guess for a header in raw octets. */
function declaredCharset(root: Entity): string | undefined {
  for (let entity: Entity | undefined = root; entity !== undefined; entity = entity.children[0]) {
    const charset = entity.type.parameters.get('charset')
    if (charset !== undefined) return charset
  }
  return undefined
}

function findPart(entity: Entity, part: string): Entity | undefined {
  if (entity.part === part && !entity.type.value.startsWith('multipart/')) return entity
  for (const child of entity.children) {
    const found = findPart(child, part)
    if (found !== undefined) return found
  }
  return undefined
}

function toBuffer(octets: Uint8Array): Buffer {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
}
