import type { SpecialUse } from '../model/mailbox.ts'

/** Attributes of RFC 6154 and RFC 8457, and Gmail's, in lower case. */
const byAttribute: ReadonlyMap<string, SpecialUse> = new Map([
  [String.raw`\inbox`, 'inbox'],
  [String.raw`\all`, 'all'],
  [String.raw`\allmail`, 'all'],
  [String.raw`\archive`, 'archive'],
  [String.raw`\drafts`, 'drafts'],
  [String.raw`\flagged`, 'flagged'],
  [String.raw`\starred`, 'flagged'],
  [String.raw`\junk`, 'junk'],
  [String.raw`\spam`, 'junk'],
  [String.raw`\sent`, 'sent'],
  [String.raw`\trash`, 'trash'],
  [String.raw`\important`, 'important'],
])

/** The role that the server gives a mailbox. Names are no evidence: they are localised (F48). */
export function specialUseOf(path: string, attributes: readonly string[]): SpecialUse | undefined {
  if (path.toUpperCase() === 'INBOX') return 'inbox'
  for (const attribute of attributes) {
    const role = byAttribute.get(attribute.toLowerCase())
    if (role !== undefined) return role
  }
  return undefined
}
