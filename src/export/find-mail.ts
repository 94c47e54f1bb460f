import type { ImportFile, ImportFiles, MailText } from './import-ports.ts'
import { placedBelow } from './import-source.ts'
import type { Found } from './import-source.ts'
import { FoundManifests } from './found-manifests.ts'
import type { DescribedMessages } from './found-manifests.ts'
import { KeywordLetters, mailboxOfMaildir } from './maildir-name.ts'
import { readExportedJson, readExportedMbox, readExportedSingle } from './read-exported.ts'
import { readMbox } from './read-mbox.ts'
import { readSingle, wholeOf } from './read-single.ts'
import type { MboxDialect } from './unquote-mbox.ts'

export interface FindMailOptions {
  readonly files: ImportFiles
  readonly mail: MailText
  /** Mail goes below this mailbox; undefined: where it was, or by the names of its files. */
  readonly base: string | undefined
  /** undefined: as each mbox looks. */
  readonly dialect: MboxDialect | undefined
  /** Octets on the disk that have been read. */
  readonly onRead: (octets: number) => void
  /** A file that was left alone since it holds no mail. */
  readonly onSkipped: (path: string) => void
}

const header = /^(?:>?From [^\n]*\n)?[!-9;-~]+[ \t]*:/
/** What mail programs keep beside mail. */
const beside =
  /^(?:dovecot[-.].*|maildirfolder|subscriptions|courier.*|.*\.msf|.*manifest\.jsonl|\.ds_store|\..*\.swp)$/i
const packed = /\.(?:gz|zst)$/i

/** All mail under a path that the user has named, in an order that is always the same. */
export async function* findMail(path: string, options: FindMailOptions): AsyncGenerator<Found> {
  const { files } = options
  const list = await files.list(path)
  const manifests = await FoundManifests.among(list, files)
  const keywords = new MaildirKeywords(list)
  for (const file of list) {
    const told = file.isOther === true ? undefined : manifests.take(file)
    if (file.isOther === true) options.onSkipped(file.path)
    else if (told === undefined) yield* readUndescribed(file, options, keywords)
    else yield* readDescribed(file, told, options)
  }
  for (const name of manifests.left()) {
    yield { where: name === '' ? path : `${path}/${name}`, reason: 'a manifest has it, and there is no such file' }
  }
}

async function* readDescribed(
  file: ImportFile,
  { format, messages }: DescribedMessages,
  options: FindMailOptions,
): AsyncGenerator<Found> {
  if (format === 'jsonl') yield* readExportedJson(file, options)
  else if (format === 'mbox') yield* readExportedMbox(file, { ...options, messages })
  else {
    for (const message of messages) {
      if (message === undefined) yield { where: file.path, reason: 'its line of the manifest cannot be understood' }
      else yield await readExportedSingle(file, message, options)
    }
  }
}

async function* readUndescribed(
  file: ImportFile,
  options: FindMailOptions,
  keywords: MaildirKeywords,
): AsyncGenerator<Found> {
  const { base, mail, onRead, onSkipped } = options
  const levels = file.name.split('/').slice(0, -1)
  const kind = await kindOf(file)
  if (kind === 'maildir') yield await readMaildirFile(file, options, keywords)
  else if (kind === 'mbox') yield* readMbox(file, { ...options, mailbox: mailboxOfMbox(file, base) })
  else if (kind === 'jsonl') yield* readExportedJson(file, options)
  else if (kind === 'message')
    yield await readSingle(file, { mail, onRead, mailbox: placedBelow(base, levels), keywords: undefined })
  else if (kind === 'unreadable') yield { where: file.path, reason: 'it cannot be read' }
  else if (kind === 'other' && file.name === '')
    yield { where: file.path, reason: 'it is neither an mbox nor a message' }
  else if (kind === 'other') onSkipped(file.path)
}

async function readMaildirFile(
  file: ImportFile,
  { base, mail, onRead }: FindMailOptions,
  keywords: MaildirKeywords,
): Promise<Found> {
  const folder = file.name.split('/').slice(0, -2)
  const levels = base !== undefined && folder.length === 0 ? [] : [mailboxOfMaildir(folder)]
  return readSingle(file, { mail, onRead, mailbox: placedBelow(base, levels), keywords: await keywords.of(folder) })
}

type Kind = 'mbox' | 'message' | 'jsonl' | 'maildir' | 'unreadable' | 'other' | 'beside'

async function kindOf(file: ImportFile): Promise<Kind> {
  const [name = '', folder = ''] = (file.name === '' ? file.path : file.name).split(/[\\/]/).toReversed()
  const isNamed = file.name === ''
  // What is in `tmp` of a Maildir has not been delivered.
  if (!isNamed && (beside.test(name) || folder === 'tmp')) return 'beside'
  if (!isNamed && (folder === 'cur' || folder === 'new') && !name.startsWith('.')) return 'maildir'
  const beginning = await file.beginning().catch(() => undefined)
  if (beginning === undefined) return 'unreadable'
  return kindOfText(Buffer.from(beginning).toString('latin1'), { name: name.replace(packed, ''), isNamed })
}

function kindOfText(text: string, { name, isNamed }: { readonly name: string; readonly isNamed: boolean }): Kind {
  if (text.startsWith('From ')) return 'mbox'
  if (/\.eml$/i.test(name)) return 'message'
  if (text.startsWith('{"v":1,"id":')) return 'jsonl'
  // An mbox without a message; and the numbered files of MH.
  if (text === '' && (isNamed || /\.(?:mbox|mbx)$/i.test(name))) return 'mbox'
  return header.test(text) && (isNamed || /^\d+$/.test(name)) ? 'message' : 'other'
}

/** A single file goes where the user says, or by its name; one of a tree by its path. Thunderbird has `Work.sbd/Plans`, Apple Mail
 *  `Work.mbox/mbox`. */
function mailboxOfMbox({ path, name }: ImportFile, base: string | undefined): string {
  if (name === '' && base !== undefined) return base
  const levels = (name === '' ? (path.split(/[\\/]/).at(-1) ?? '') : name).split('/')
  if (levels.at(-1) === 'mbox' && levels.length > 1) levels.pop()
  const names = levels.map((level) => level.replace(packed, '').replace(/\.(?:mbox|mbx|sbd)$/i, ''))
  return placedBelow(base, names)
}

/** What the letters of each Maildir mean. */
class MaildirKeywords {
  readonly #files: ReadonlyMap<string, ImportFile>
  readonly #known = new Map<string, KeywordLetters>()

  constructor(list: readonly ImportFile[]) {
    this.#files = new Map(
      list.filter(({ name }) => /(?:^|\/)dovecot-keywords$/.test(name)).map((file) => [file.name, file]),
    )
  }

  async of(folder: readonly string[]): Promise<KeywordLetters> {
    const name = [...folder, 'dovecot-keywords'].join('/')
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const file = this.#files.get(name)
    const octets = file === undefined ? undefined : await wholeOf(file, () => undefined)
    const letters = new KeywordLetters(Buffer.isBuffer(octets) ? octets.toString('utf8') : '')
    this.#known.set(name, letters)
    return letters
  }
}
