import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ExportTree, PlacedFile, TreeExportOptions } from '../export/ports.ts'
import {
  askedForSomethingElse,
  exists,
  guarded,
  refuseExisting,
  renameNew,
  syncFolder,
  partialOf,
} from './file-placing.ts'
import { openOutput } from './export-output.ts'
import type { ExportOutput } from './export-output.ts'
import { replaceFile } from './replace-file.ts'

/** Files that get their names together: the disk is waited for once. */
const mostPending = 128
const mostPendingOctets = 2 ** 25

/** Opens a folder for an export. Throws STORE_IO where an export is there already, or it cannot be written. */
export async function openExportTree(options: TreeExportOptions): Promise<ExportTree> {
  return guarded(options.path, async () => {
    const manifestPath = join(options.path, '.manifest.jsonl')
    if (!options.since)
      await refuseExisting([manifestPath], 'name another folder, or add to this one with --since last')
    const before = await earlierExport(options, manifestPath)
    await mkdir(options.path, { recursive: true, mode: 0o700 })
    const manifest = await openOutput(partialOf(manifestPath), 0)
    await manifest.write(before?.lines ?? Buffer.from(options.manifest.header))
    await manifest.sync()
    return new FileExportTree(options, { manifest, manifestPath, placed: before?.placed ?? new Set() })
  })
}

interface OpenManifest {
  readonly manifest: ExportOutput
  readonly manifestPath: string
  readonly placed: ReadonlySet<string>
}

interface Pending {
  readonly handle: FileHandle
  readonly file: PlacedFile
}

class FileExportTree implements ExportTree {
  readonly canResume = true
  readonly placed: ReadonlySet<string>
  readonly #options: TreeExportOptions
  readonly #open: OpenManifest
  #pending: Pending[] = []
  #octets = 0

  constructor(options: TreeExportOptions, manifest: OpenManifest) {
    this.#options = options
    this.#open = manifest
    this.placed = manifest.placed
  }

  async folder(name: string): Promise<void> {
    const path = this.#pathOf(name)
    await guarded(path, async () => {
      await mkdir(path, { recursive: true, mode: 0o700 })
      await syncFolder(dirname(path))
    })
  }

  async place(file: PlacedFile): Promise<void> {
    const temporary = this.#pathOf(file.temporary)
    await guarded(temporary, async () => {
      await rm(temporary, { force: true })
      const handle = await open(temporary, 'wx', 0o600)
      this.#pending.push({ handle, file })
      await handle.writeFile(file.octets)
    })
    this.#octets += file.octets.length
    if (this.#pending.length >= mostPending || this.#octets >= mostPendingOctets) await this.#settle()
  }

  async read(name: string): Promise<string | undefined> {
    return readFile(this.#pathOf(name), 'utf8').catch(() => undefined)
  }

  async write(name: string, text: string): Promise<void> {
    await replaceFile(this.#pathOf(name), text)
  }

  async finish(): Promise<void> {
    const { manifest, manifestPath } = this.#open
    await this.#settle()
    await guarded(manifestPath, async () => {
      await manifest.end()
      await rename(partialOf(manifestPath), manifestPath)
      await syncFolder(dirname(manifestPath))
    })
  }

  async abandon(): Promise<void> {
    await this.#settle().catch(() => undefined)
    for (const { handle, file } of this.#pending) {
      await handle.close().catch(() => undefined)
      await rm(this.#pathOf(file.temporary), { force: true }).catch(() => undefined)
    }
    await this.#open.manifest.sync().catch(() => undefined)
    await this.#open.manifest.discard()
  }

  /** Octets first, then names, then the folders that hold them, then the manifest. */
  async #settle(): Promise<void> {
    const pending = this.#pending
    await Promise.all(pending.map((one) => this.#complete(one)))
    for (const { file } of pending) await this.#name(file)
    const folders = new Set(pending.map(({ file }) => dirname(this.#pathOf(file.name))))
    for (const folder of folders) await syncFolder(folder)
    const lines = pending.map(({ file }) => this.#options.manifest.messageLine(file.entry))
    await guarded(this.#open.manifestPath, () => this.#open.manifest.write(Buffer.from(lines.join(''))))
    this.#pending = []
    this.#octets = 0
  }

  async #complete({ handle, file }: Pending): Promise<void> {
    await guarded(this.#pathOf(file.temporary), async () => {
      const { modifiedSeconds } = file
      if (modifiedSeconds !== undefined) await handle.utimes(modifiedSeconds, modifiedSeconds)
      await handle.sync()
      await handle.close()
    })
  }

  async #name(file: PlacedFile): Promise<void> {
    const [from, to] = [this.#pathOf(file.temporary), this.#pathOf(file.name)]
    await guarded(to, async () => {
      try {
        await renameNew(from, to)
      } catch (error) {
        // A kill may have come between this and the manifest.
        if (!(await holds(to, file.octets))) throw error
        await rm(from, { force: true })
      }
    })
  }

  #pathOf(name: string): string {
    return join(this.#options.path, ...name.split('/'))
  }
}

/** Whether a file has exactly these octets. */
async function holds(path: string, octets: Uint8Array): Promise<boolean> {
  const own = await readFile(path).catch(() => undefined)
  return own?.equals(octets) === true
}

/** What an interrupted export, or with `since` the last whole one, has written. */
async function earlierExport(options: TreeExportOptions, manifestPath: string) {
  const interrupted = options.resume ? await readManifest(partialOf(manifestPath), options) : undefined
  if (interrupted !== undefined || !options.since) return interrupted
  const last = await readManifest(manifestPath, options)
  // The first of many has nothing to add to.
  if (last !== undefined || !(await exists(manifestPath))) return last
  throw askedForSomethingElse(options.path)
}

async function readManifest(path: string, { manifest }: TreeExportOptions) {
  const octets = await readFile(path).catch(() => undefined)
  const told = octets === undefined ? undefined : manifest.readInterrupted(octets)
  if (octets === undefined || told === undefined) return undefined
  const keys = [...told.entries.values()].flatMap((entries) => entries.map(({ key }) => key))
  return { lines: octets.subarray(0, told.octets), placed: new Set(keys) }
}
