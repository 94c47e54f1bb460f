import { pathToWire, wireToPath } from '../model/modified-utf7.ts'
import type { StoredMessage, StoredPlacement } from '../model/stored-message.ts'

/** Letters of the info part for system flags (maildir(5)). */
const flagLetters: readonly (readonly [flag: string, letter: string])[] = [
  [String.raw`\Draft`, 'D'],
  [String.raw`\Flagged`, 'F'],
  ['$Forwarded', 'P'],
  [String.raw`\Answered`, 'R'],
  [String.raw`\Seen`, 'S'],
  [String.raw`\Deleted`, 'T'],
]

/** The folder of a mailbox within a Maildir++ tree: INBOX is the tree itself (empty), `Work/Plans` is `.Work.Plans`; what is not
 *  ASCII as in IMAP (RFC 3501 §5.1.3), so that Dovecot finds it. */
export function maildirFolder(path: string): string {
  if (path.toUpperCase() === 'INBOX') return ''
  return shortened(`.${path.split('/').map(folderLevel).join('.')}`)
}

/** Octets of a name that every file system takes. */
const longestName = 200

/** Never within an escape of either kind. */
function shortened(name: string): string {
  return name.length <= longestName ? name : name.slice(0, longestName).replace(/(?:%.?|&[^-]*)$/, '')
}

function folderLevel(text: string): string {
  const safe = pathToWire(text).replaceAll(/[\\:*?"<>|~%.]|^ | $/g, (sign) => {
    const code = sign.codePointAt(0) ?? 0
    return `%${code.toString(16).toUpperCase()}`
  })
  return safe === '' ? '%' : safe
}

/** The name of a message without its info part: never the same for two placements of a tree, and always the same for one. */
export function maildirBaseName(
  { sha256, octets }: StoredMessage,
  { uidValidity, uid, internalDate }: StoredPlacement,
): string {
  const seconds = Math.max(0, Math.trunc(internalDate?.seconds ?? 0))
  return `${seconds}.V${uidValidity}U${uid}H${sha256.slice(0, 16)}.mailmirror,S=${octets}`
}

/** The mailbox of a folder within a Maildir tree, level by level, whether Maildir++ (`.Work.Plans`) or nested: the tree itself is INBOX. */
export function mailboxOfMaildir(levels: readonly string[]): string {
  const names = levels.flatMap((level) => (level.startsWith('.') ? level.slice(1).split('.') : [level]))
  return names.length === 0 ? 'INBOX' : names.map((name) => wireToPath(name) ?? name).join('/')
}

/** What a file name within a Maildir says: the part that never changes, and flags; `keywordOf` tells what a letter from a to z means. */
export function readMaildirName(
  name: string,
  keywordOf: (letter: string) => string | undefined,
): { readonly base: string; readonly flags: readonly string[] } {
  // Some systems cannot have a colon in a name.
  const [, base = name, info = ''] = /^(.*?)[:;!]2,([A-Za-z]*)$/.exec(name) ?? []
  const flags = Array.from(info).flatMap(
    (letter) => flagLetters.find(([, one]) => one === letter)?.[0] ?? keywordOf(letter) ?? [],
  )
  return { base, flags }
}

/** The info part: flags as letters in their order. `keywordLetter` tells a keyword's, a to z; undefined: there is no letter left. */
export function maildirInfo(
  { flags, keywords }: Pick<StoredPlacement, 'flags' | 'keywords'>,
  keywordLetter: (keyword: string) => string | undefined,
): string {
  const all = [...flags, ...keywords]
  const system = flagLetters.filter(([flag]) => all.includes(flag)).map(([, letter]) => letter)
  const own = keywords.filter((keyword) => keyword !== '$Forwarded').flatMap((keyword) => keywordLetter(keyword) ?? [])
  return `:2,${system.join('')}${own.toSorted().join('')}`
}

/** Dovecot knows 26 keywords of a folder by a letter. The rest are in the manifest only. */
const mostKeywords = 26

/** Letters for the keywords of a folder, in the order in which they come. */
export class KeywordLetters {
  readonly #letters = new Map<string, string>()

  /** `file`: what stands in the folder's `dovecot-keywords`; letters that were given stay. */
  constructor(file = '') {
    for (const [, index, keyword] of file.matchAll(/^(\d{1,2}) (.+)$/gm)) {
      if (keyword !== undefined && Number(index) < mostKeywords) this.#letters.set(keyword, letterAt(Number(index)))
    }
  }

  keywordOf(letter: string): string | undefined {
    for (const [keyword, own] of this.#letters) if (own === letter) return keyword
    return undefined
  }

  of(keyword: string): string | undefined {
    const known = this.#letters.get(keyword)
    if (known !== undefined || this.#letters.size >= mostKeywords) return known
    const given = new Set(this.#letters.values())
    const letter = Array.from({ length: mostKeywords }, (_, index) => letterAt(index)).find((one) => !given.has(one))
    if (letter !== undefined) this.#letters.set(keyword, letter)
    return letter
  }

  /** What is to stand in `dovecot-keywords`; empty: there are none. */
  get file(): string {
    const entries = [...this.#letters].map(([keyword, letter]) => `${(letter.codePointAt(0) ?? 0) - 97} ${keyword}\n`)
    return entries.join('')
  }
}

function letterAt(index: number): string {
  return String.fromCodePoint(97 + index)
}
