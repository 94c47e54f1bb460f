import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The file holds the text, for its owner alone, and will after a power failure too; or it is as it was. Not for two at a time. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`
  // One that a killed process has left.
  await rm(temporary, { force: true })
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  await syncFolder(dirname(path))
}

export async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders.
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
