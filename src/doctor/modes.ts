import { findingsOf } from './finding.ts'
import type { Finding } from './finding.ts'
import type { FoundPath } from './ports.ts'

/** Safe to paste into a shell. */
export function shellWord(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
}

const sticky = 0o1000

/** Whether others can write there; a folder with the sticky bit keeps what is ours. */
const isOpen = ({ isFolder, mode = 0 }: FoundPath): boolean =>
  (mode & 0o022) !== 0 && !(isFolder && (mode & sticky) !== 0)

/** A folder that all share, such as /tmp, is nobody's to close. */
const isListable = ({ mode = 0 }: FoundPath): boolean => (mode & 0o055) !== 0 && (mode & sticky) === 0

/** What is wrong with the modes of a store's folder and files, each with the command that mends it. */
export function storeModes(folder: FoundPath, files: readonly FoundPath[]): readonly Finding[] {
  const { good, note } = findingsOf('modes')
  const wrong = [...openFolder(folder), ...openFiles(files), ...foreignFiles(files)]
  if (wrong.length > 0 || files.length === 0) return wrong
  if (!isListable(folder)) return [good('folder and files are yours alone')]
  const text = `the files are yours alone; other users can list the folder (mode ${octal(folder)})`
  return [note(text, { remedy: `chmod 700 ${shellWord(folder.path)}` })]
}

function openFolder(folder: FoundPath): readonly Finding[] {
  if (!isOpen(folder)) return []
  const text = `${folder.path} can be written by other users (mode ${octal(folder)})`
  return [findingsOf('modes').bad(text, { remedy: `chmod 700 ${shellWord(folder.path)}` })]
}

function openFiles(files: readonly FoundPath[]): readonly Finding[] {
  const open = files.filter(({ mode = 0 }) => (mode & 0o077) !== 0)
  if (open.length === 0) return []
  const what = open.map((file) => `${nameOf(file)} (mode ${octal(file)})`).join(', ')
  return [findingsOf('modes').bad(`other users can read or write ${what}`, { remedy: `chmod 600 ${shellWords(open)}` })]
}

function foreignFiles(files: readonly FoundPath[]): readonly Finding[] {
  const foreign = files.filter(({ isForeign }) => isForeign)
  if (foreign.length === 0) return []
  const text = `not yours: ${foreign.map(nameOf).join(', ')}`
  return [findingsOf('modes').bad(text, { remedy: `sudo chown "$USER" ${shellWords(foreign)}` })]
}

const shellWords = (files: readonly FoundPath[]): string => files.map(({ path }) => shellWord(path)).join(' ')
const nameOf = ({ path }: FoundPath): string => path.slice(path.lastIndexOf('/') + 1)
const octal = ({ mode = 0 }: FoundPath): string => mode.toString(8).padStart(4, '0')
