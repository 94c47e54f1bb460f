/** What Google Takeout tells of a message in X-Gmail-Labels. */
export interface TakeoutLabels {
  readonly labels: readonly string[]
  /** undefined: there are no labels at all, so nothing is known of flags. */
  readonly flags: readonly string[] | undefined
}

/** Labels that are states; Takeout writes them in the language of the account, of which only English can be told. */
const states: ReadonlyMap<string, string | undefined> = new Map([
  ['unread', undefined],
  ['opened', undefined],
  ['archived', undefined],
  ['starred', String.raw`\Flagged`],
  ['drafts', String.raw`\Draft`],
  ['draft', String.raw`\Draft`],
])

/** Names are separated by commas; one that has a comma stands in quotation marks. */
export function splitLabels(text: string): TakeoutLabels {
  const names = [...text.matchAll(/"((?:[^"\\]|\\.)*)"|([^,]+)/g)]
    .map(([, quoted, plain]) => (quoted?.replaceAll(/\\(.)/g, '$1') ?? plain ?? '').trim())
    .filter((name) => name !== '')
  if (names.length === 0) return { labels: [], flags: undefined }
  const flags = names.flatMap((name) => states.get(name.toLowerCase()) ?? [])
  const isUnread = names.some((name) => name.toLowerCase() === 'unread')
  if (!isUnread) flags.push(String.raw`\Seen`)
  return { labels: [...new Set(names.filter((name) => !states.has(name.toLowerCase())))], flags }
}
