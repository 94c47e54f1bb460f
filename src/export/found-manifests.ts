import type { ImportFile, ImportFiles } from './import-ports.ts'
import { readMaildirName } from './maildir-name.ts'
import { ReadManifest } from './read-manifest.ts'
import type { ExportedMessage } from './read-manifest.ts'

/** What a manifest says of a file; undefined: a line that cannot be understood. */
export interface DescribedMessages {
  readonly format: string
  readonly messages: Iterable<ExportedMessage | undefined>
}

interface Entry {
  readonly manifest: ReadManifest
  readonly format: string
  /** As the manifest calls it. */
  readonly file: string
  /** Under what the user has named. */
  readonly name: string
}

const ending = '.manifest.jsonl'

/** Manifests among files: `.manifest.jsonl` tells of the folder that it is in, `FILE.manifest.jsonl` of the file beside it. */
export class FoundManifests {
  readonly #entries = new Map<string, Entry>()

  static async among(list: readonly ImportFile[], files: ImportFiles): Promise<FoundManifests> {
    const found = new FoundManifests()
    for (const file of list) {
      if (file.name === '') await found.#addBeside(await files.find(`${file.path}${ending}`))
      else if (file.name.endsWith(ending)) await found.#addFrom(file)
    }
    return found
  }

  /** undefined: no manifest has it. */
  take(file: ImportFile): DescribedMessages | undefined {
    const key = keyOf(file.name)
    const entry = this.#entries.get(file.name) ?? this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(keyOf(entry.name))
    this.#entries.delete(entry.name)
    return { format: entry.format, messages: entry.manifest.messages(entry.file) }
  }

  /** Names of files that were not taken. */
  *left(): Generator<string> {
    for (const { name } of this.#entries.values()) yield name
  }

  /** The user has named the file itself. */
  async #addBeside(file: ImportFile | undefined): Promise<void> {
    if (file === undefined) return
    const manifest = await ReadManifest.read(file.chunks())
    const [only] = manifest.files
    if (only !== undefined) this.#add(manifest, only, '')
  }

  async #addFrom(file: ImportFile): Promise<void> {
    const manifest = await ReadManifest.read(file.chunks())
    const folder = file.name.replace(/[^/]*$/, '')
    const beside = file.name.slice(folder.length, -ending.length)
    for (const name of manifest.files) {
      // Somebody may have given the two another name.
      this.#add(manifest, name, folder + (beside === '' ? name : beside))
    }
  }

  #add(manifest: ReadManifest, file: string, name: string): void {
    const { format } = manifest
    if (format !== undefined)
      this.#entries.set(format === 'maildir' ? keyOf(name) : name, { manifest, format, file, name })
  }
}

/** A file of a Maildir is known by the part of its name that never changes. */
function keyOf(name: string): string {
  return readMaildirName(name, () => undefined).base
}
