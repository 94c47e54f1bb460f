import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type {
  ExportFile,
  ExportTarget,
  FileExportOptions,
  InterruptedExport,
  ManifestEntry,
  WrittenEntry,
} from '../export/ports.ts'
import {
  askedForSomethingElse,
  exists,
  guarded,
  refuseExisting,
  renameNew,
  syncFolder,
  partialOf,
} from './file-placing.ts'
import { compressorFor, openCompressed, openOutput } from './export-output.ts'
import type { ExportOutput } from './export-output.ts'

/** After so many octets what was written is put on the disk, and only then in the manifest. */
const checkpointOctets = 2 ** 26

const anotherPlace = 'name another place, or give --replace'

/** Opens a place for an export. Throws STORE_IO where something is there already, or it cannot be written. */
export async function openExportTarget(options: FileExportOptions): Promise<ExportTarget> {
  return guarded(options.path, async () => {
    const { path, isFolder, since } = options
    const manifestPath = isFolder ? join(path, '.manifest.jsonl') : `${path}.manifest.jsonl`
    const partial = partialOf(manifestPath)
    const before = options.resume ? await interrupted(partial, options) : undefined
    const last = before === undefined && since ? await lastExport(manifestPath, options) : undefined
    if (!options.replace && !since) await refuseWhatIsThere(options, manifestPath, before)
    await mkdir(isFolder ? path : dirname(path), { recursive: true, mode: 0o700 })
    const manifest = await openManifest(partial, { before, lines: last?.lines ?? options.manifest.header })
    return new FileExportTarget(options, { manifest, manifestPath, before: before ?? last?.told })
  })
}

/** Goes on behind what counts of it; a new one begins with what it is to begin with. */
async function openManifest(
  partial: string,
  { before, lines }: { readonly before: InterruptedExport | undefined; readonly lines: Uint8Array | string },
): Promise<ExportOutput> {
  const manifest = await openOutput(partial, before?.octets ?? 0)
  if (before === undefined) await manifest.write(Buffer.from(lines))
  return manifest
}

async function refuseWhatIsThere(
  { path, isFolder }: FileExportOptions,
  manifestPath: string,
  before: InterruptedExport | undefined,
): Promise<void> {
  // It may have got its name just before it was interrupted.
  const isWhole = !isFolder && before !== undefined && before.finished.size > 0
  await refuseExisting(isFolder || isWhole ? [manifestPath] : [path, manifestPath], anotherPlace)
}

interface OpenManifest {
  readonly manifest: ExportOutput
  readonly manifestPath: string
  readonly before: InterruptedExport | undefined
}

interface OpenFile {
  readonly name: string
  readonly path: string
  readonly output: ExportOutput
  length: number
}

class FileExportTarget implements ExportTarget {
  readonly #options: FileExportOptions
  readonly #open: OpenManifest
  #file: OpenFile | undefined
  /** Lines of messages that are not yet on the disk. */
  #lines: string[] = []
  #checkpoint = 0
  #saving: Promise<void> = Promise.resolve()
  #canResume = true

  constructor(options: FileExportOptions, manifest: OpenManifest) {
    this.#options = options
    this.#open = manifest
  }

  get canResume(): boolean {
    return this.#canResume
  }

  get earlier() {
    const { before } = this.#open
    const finished = before?.finished ?? new Set<string>()
    const keys = [...finished].flatMap((name) => (before?.entries.get(name) ?? []).map(({ key }) => key))
    return { placed: new Set(keys), files: finished.size }
  }

  async open(name: string): Promise<ExportFile | undefined> {
    const path = pathOf(this.#options, name)
    return guarded(path, async () => {
      const { before } = this.#open
      if (before?.finished.has(name) === true && (await isFinished(path))) return undefined
      if (!this.#options.replace) await refuseExisting([path], anotherPlace)
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const written = before?.entries.get(name) ?? []
      return this.#begin(name, path, written)
    })
  }

  async note(entry: ManifestEntry): Promise<void> {
    this.#lines.push(this.#options.manifest.messageLine(entry))
    if (entry.end - this.#checkpoint < checkpointOctets) return
    await guarded(this.#options.path, () => this.#save(entry.end))
  }

  async finish(): Promise<void> {
    const { manifest, manifestPath } = this.#open
    await guarded(manifestPath, async () => {
      await manifest.end()
      await this.#name(manifestPath)
    })
  }

  async abandon(): Promise<void> {
    const { manifest, manifestPath } = this.#open
    const file = this.#file
    if (this.#canResume) await this.#save(0).catch(() => undefined)
    await this.#saving.catch(() => undefined)
    await file?.output.discard()
    await manifest.sync().catch(() => undefined)
    await manifest.discard()
    if (file !== undefined && !this.#canResume) await rm(partialOf(file.path), { force: true }).catch(() => undefined)
    if (!this.#canResume) await rm(partialOf(manifestPath), { force: true }).catch(() => undefined)
  }

  async #begin(name: string, path: string, written: readonly { readonly key: string; readonly end: number }[]) {
    const compressor = this.#options.isFolder ? undefined : compressorFor(path)
    const length = compressor === undefined ? (written.at(-1)?.end ?? 0) : 0
    const partial = partialOf(path)
    const output =
      compressor === undefined ? await openOutput(partial, length) : await openCompressed(partial, compressor)
    this.#canResume = compressor === undefined
    const file: OpenFile = { name, path, output, length }
    this.#file = file
    this.#checkpoint = length
    return {
      get length() {
        return file.length
      },
      written: new Set(length === 0 ? [] : written.map(({ key }) => key)),
      write: async (octets: Uint8Array) => {
        file.length += octets.length
        await guarded(path, () => output.write(octets))
      },
      finish: () => guarded(path, () => this.#finishFile(file)),
    }
  }

  async #finishFile(file: OpenFile): Promise<void> {
    await this.#saving
    await file.output.end()
    const { manifest } = this.#open
    this.#lines.push(this.#options.manifest.fileLine(file.name, file.length))
    await manifest.write(Buffer.from(this.#lines.join('')))
    this.#lines = []
    // Before the file has its name: it is known to be whole, whatever happens in between.
    await manifest.sync()
    await this.#name(file.path)
    this.#file = undefined
  }

  /** Only what is on the disk is in the manifest; more is written meanwhile. */
  async #save(length: number): Promise<void> {
    await this.#saving
    this.#checkpoint = length
    if (this.#file === undefined || !this.#canResume) return
    const { output } = this.#file
    const lines = this.#lines
    this.#lines = []
    this.#saving = this.#saveLines(output, lines)
    // Whoever waits for it next is told.
    this.#saving.catch(() => undefined)
  }

  async #saveLines(output: ExportOutput, lines: readonly string[]): Promise<void> {
    await output.sync()
    await this.#open.manifest.write(Buffer.from(lines.join('')))
    await this.#open.manifest.sync()
  }

  async #name(path: string): Promise<void> {
    const isReplaced = this.#options.replace || (this.#options.since && path === this.#open.manifestPath)
    await (isReplaced ? rename(partialOf(path), path) : renameNew(partialOf(path), path))
    await syncFolder(dirname(path))
  }
}

/** What the last whole export into the folder has written; undefined: there was none. */
async function lastExport(manifestPath: string, { manifest, path }: FileExportOptions) {
  if (!(await exists(manifestPath))) return undefined
  const lines = await readFile(manifestPath)
  const told = manifest.readInterrupted(lines)
  if (told !== undefined) return { lines: lines.subarray(0, told.octets), told }
  throw askedForSomethingElse(path)
}

/** What an interrupted export has left that counts: messages whose octets are there. */
async function interrupted(manifestPath: string, options: FileExportOptions): Promise<InterruptedExport | undefined> {
  const octets = await readFile(manifestPath).catch(() => undefined)
  const told = octets === undefined ? undefined : options.manifest.readInterrupted(octets)
  if (told === undefined) return undefined
  const entries = new Map<string, readonly WrittenEntry[]>()
  let length = told.octets
  for (const [name, written] of told.entries) {
    const size = told.finished.has(name) ? Number.POSITIVE_INFINITY : await sizeOf(partialOf(pathOf(options, name)))
    const kept = written.filter(({ end }) => end <= size)
    length = Math.min(length, written[kept.length]?.line ?? length)
    entries.set(name, kept)
  }
  return { octets: length, finished: told.finished, entries }
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  )
}

function pathOf({ path, isFolder }: FileExportOptions, name: string): string {
  return isFolder ? join(path, ...name.split('/')) : path
}

/** It has its name, or had everything but that. */
async function isFinished(path: string): Promise<boolean> {
  if (await exists(path)) return true
  if (!(await exists(partialOf(path)))) return false
  await renameNew(partialOf(path), path)
  return true
}
