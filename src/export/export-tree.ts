import type { ExportSummary } from './export-files.ts'
import { idOf, readItem } from './export-files.ts'
import { distinctFileNames, safeFileName } from './file-names.ts'
import { KeywordLetters, maildirBaseName, maildirFolder, maildirInfo } from './maildir-name.ts'
import { itemsOf, placementsIn } from './plan-export.ts'
import type { ExportedMailbox, ExportItem } from './plan-export.ts'
import type { ExportTree } from './ports.ts'
import type { StoredPlacement } from '../model/stored-message.ts'

export interface TreeExportChoice {
  readonly format: 'maildir' | 'eml'
  readonly mailboxes: readonly ExportedMailbox[]
  readonly isMeant: (placement: StoredPlacement) => boolean
  readonly tree: ExportTree
  readonly signal: AbortSignal
  readonly onMessage?: (octets: number) => void
}

/** Where a message goes. */
interface Place {
  readonly key: string
  readonly name: string
  readonly temporary: string
}

/** What makes a folder and the names in it. */
interface TreeFormat {
  readonly folders: readonly string[]
  begin(tree: ExportTree): Promise<void>
  place(item: ExportItem, placement: StoredPlacement): Place
  /** What the folder needs besides, before a message that was placed is in it. */
  keep(tree: ExportTree): Promise<void>
}

/** Writes a file for every place of every message. Throws what the tree throws, and the signal's reason; what was written is then
 *  left to `ExportTree.abandon`. */
export async function exportTree(choice: TreeExportChoice): Promise<ExportSummary> {
  const { mailboxes, tree, signal } = choice
  const damaged: { id: string; reason: string; isPruned?: true }[] = []
  let [messages, octets] = [0, 0]
  const formats = formatsOf(choice)
  for (const mailbox of mailboxes) {
    const format = formats(mailbox)
    for (const folder of format.folders) await tree.folder(folder)
    await format.begin(tree)
    for (const item of itemsOf(mailbox.group)) {
      signal.throwIfAborted()
      const places = placementsIn(item.message, mailbox, choice).map((placement) => ({
        ...format.place(item, placement),
        placement,
      }))
      const wanted = places.filter(({ key }) => !tree.placed.has(key))
      if (wanted.length === 0) continue
      const read = readItem(item)
      if ('reason' in read) {
        damaged.push({ id: idOf(item), ...read })
        continue
      }
      await format.keep(tree)
      for (const { key, name, temporary, placement } of wanted) {
        const entry = {
          key,
          id: idOf(item),
          file: name,
          offset: 0,
          end: read.octets.length,
          message: { ...item.message, placements: [placement] },
        }
        await tree.place({
          name,
          temporary,
          octets: read.octets,
          modifiedSeconds: placement.internalDate?.seconds,
          entry,
        })
        messages++
        octets += read.octets.length
        choice.onMessage?.(read.octets.length)
      }
    }
  }
  await tree.finish()
  return { files: messages, messages, octets, damaged }
}

function keyOf({ account, mailbox }: ExportedMailbox): string {
  return JSON.stringify([account, mailbox])
}

function formatsOf({ format, mailboxes }: TreeExportChoice): (mailbox: ExportedMailbox) => TreeFormat {
  const named = new Map(mailboxes.map((one) => [keyOf(one), one]))
  const folders = distinctFileNames(named.keys(), (key) => {
    const { account = '', mailbox = '' } = named.get(key) ?? {}
    const folder = format === 'maildir' ? [maildirFolder(mailbox)] : mailbox.split('/').map(safeFileName)
    return [safeFileName(account), ...folder].filter((level) => level !== '').join('/')
  })
  return (mailbox) => {
    const folder = folders.get(keyOf(mailbox)) ?? ''
    return format === 'maildir' ? maildirFormat(folder) : emlFormat(folder)
  }
}

function maildirFormat(folder: string): TreeFormat {
  const keywords = `${folder}/dovecot-keywords`
  let letters = new KeywordLetters()
  let kept = ''
  return {
    folders: ['tmp', 'new', 'cur'].map((part) => `${folder}/${part}`),
    begin: async (tree) => {
      // A folder of Maildir++ is known by this file.
      if (folder.includes('/.')) await tree.write(`${folder}/maildirfolder`, '')
      letters = new KeywordLetters(await tree.read(keywords))
      kept = letters.file
    },
    place: ({ message }, placement) => {
      const base = maildirBaseName(message, placement)
      const info = maildirInfo(placement, (keyword) => letters.of(keyword))
      return { key: `${folder}/${base}`, name: `${folder}/cur/${base}${info}`, temporary: `${folder}/tmp/${base}` }
    },
    keep: async (tree) => {
      if (letters.file === kept) return
      kept = letters.file
      await tree.write(keywords, kept)
    },
  }
}

function emlFormat(folder: string): TreeFormat {
  return {
    folders: [folder],
    begin: () => Promise.resolve(),
    place: (_, { uidValidity, uid }) => {
      const name = `${folder}/${uidValidity}-${uid}.eml`
      return { key: name, name, temporary: `${name}.partial` }
    },
    keep: () => Promise.resolve(),
  }
}
