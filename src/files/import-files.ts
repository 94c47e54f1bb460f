import { readFileSync } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import type { ImportFile, ImportFiles } from '../export/import-ports.ts'
import { AppError, messageOf } from '../model/errors.ts'

const pieceOctets = 2 ** 18
const beginningOctets = 4096
const smallOctets = 2 ** 20
const magicOctets = 4

/** Files of the user's that may hold mail, plain or packed by gzip or zstd. Nothing in them is changed. */
export const importFiles: ImportFiles = {
  list: async (path) => {
    const found = await stat(path).catch((error: unknown) => {
      throw new AppError({
        code: 'USAGE',
        message: `could not find ${path}: ${messageOf(error)}`,
        hint: 'name an mbox, a Maildir, a message, or a folder of such',
        cause: error,
      })
    })
    if (found.isFile()) return [fileAt(path, '', found)]
    if (!found.isDirectory()) throw noFile(path)
    const files: ImportFile[] = []
    await listFolder(path, '', files)
    return files
  },
  find: async (path) => {
    const found = await stat(path).catch(() => undefined)
    return found?.isFile() === true ? fileAt(path, '', found) : undefined
  },
}

const nothing = { size: 0, mtimeMs: 0 }

/** What can be read only once cannot be looked at first. */
function noFile(path: string): AppError {
  return new AppError({
    code: 'USAGE',
    message: `${path} is neither a file nor a folder`,
    hint: 'save what comes from a pipe into a file, and name that',
  })
}

/** Links are not followed: they may lead anywhere, and round in circles. */
async function listFolder(root: string, folder: string, files: ImportFile[]): Promise<void> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((error: unknown) => {
    throw new AppError({
      code: 'STORE_IO',
      message: `could not list ${join(root, folder)}: ${messageOf(error)}`,
      hint: 'check its modes; nothing of it was imported',
      cause: error,
    })
  })
  for (const entry of entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) await listFolder(root, name, files)
    else if (!entry.isFile()) files.push({ ...fileAt(join(root, name), name, nothing), isOther: true })
    // It may be gone by now: mail programs rename what they have read.
    const found = entry.isFile() ? await stat(join(root, name)).catch(() => undefined) : undefined
    if (found !== undefined) files.push(fileAt(join(root, name), name, found))
  }
}

function fileAt(path: string, name: string, { size, mtimeMs }: { readonly size: number; readonly mtimeMs: number }) {
  return {
    path,
    name,
    octets: size,
    modifiedSeconds: Math.trunc(mtimeMs / 1000),
    beginning: async () => {
      let beginning = Buffer.alloc(0)
      for await (const chunk of chunksOf(path, size, () => undefined)) {
        beginning = Buffer.concat([beginning, chunk]).subarray(0, beginningOctets)
        if (beginning.length >= beginningOctets) break
      }
      return beginning
    },
    chunks: (onRead: (octets: number) => void = () => undefined) => chunksOf(path, size, onRead),
  } satisfies ImportFile
}

async function* chunksOf(path: string, size: number, onRead: (octets: number) => void): AsyncGenerator<Uint8Array> {
  try {
    if (size <= smallOctets) yield* smallFile(path, onRead)
    else yield* largeFile(path, onRead)
  } catch (error) {
    if (error instanceof AppError) throw error
    throw new AppError({
      code: 'STORE_IO',
      scope: 'message',
      message: `it cannot be read: ${messageOf(error)}`,
      cause: error,
    })
  }
}

/** In one go: a Maildir has a hundred thousand of them, and each step that is waited for costs more than to read one. */
async function* smallFile(path: string, onRead: (octets: number) => void): AsyncGenerator<Uint8Array> {
  const octets = readFileSync(path)
  onRead(octets.length)
  const unpack = unpackerFor(octets.subarray(0, magicOctets))
  if (unpack === undefined) yield octets
  else yield* unpacked(Readable.from([octets]), unpack())
}

async function* largeFile(path: string, onRead: (octets: number) => void): AsyncGenerator<Uint8Array> {
  await using file = await open(path, 'r')
  const { buffer } = await file.read(Buffer.alloc(magicOctets), 0, magicOctets, 0)
  const unpack = unpackerFor(buffer)
  const raw = piecesOf(file, onRead)
  if (unpack === undefined) yield* raw
  else yield* unpacked(raw, unpack())
}

/** The same memory again and again. */
async function* piecesOf(file: FileHandle, onRead: (octets: number) => void): AsyncGenerator<Buffer> {
  const buffer = Buffer.alloc(pieceOctets)
  for (let position = 0; ;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position)
    if (bytesRead === 0) return
    position += bytesRead
    onRead(bytesRead)
    yield buffer.subarray(0, bytesRead)
  }
}

/** undefined: it is not packed. */
function unpackerFor(beginning: Buffer): typeof createGunzip | typeof createZstdDecompress | undefined {
  const magic = beginning.toString('hex')
  if (magic.startsWith('1f8b')) return createGunzip
  return magic === '28b52ffd' ? createZstdDecompress : undefined
}

async function* unpacked(
  raw: AsyncIterable<Buffer>,
  unpack: ReturnType<typeof createGunzip>,
): AsyncGenerator<Uint8Array> {
  const copied = async function* (): AsyncGenerator<Buffer> {
    // The stream keeps what it is given.
    for await (const piece of raw) yield Buffer.from(piece)
  }
  const source = Readable.from(copied(), { objectMode: false })
  source.on('error', (error) => unpack.destroy(error))
  source.pipe(unpack)
  try {
    yield* unpack
  } finally {
    source.destroy()
  }
}
