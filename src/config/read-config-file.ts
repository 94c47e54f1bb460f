import type { Stats } from 'node:fs'
import { dirname } from 'node:path'
import { AppError, messageOf } from '../model/errors.ts'
import { firstSteps } from './first-steps.ts'

// Not imported: that would load all of node:fs, which `status` has no time for.
const { closeSync, constants, fstatSync, openSync, readSync, realpathSync, statSync } =
  process.getBuiltinModule('node:fs')

const maxOctets = 1024 * 1024

export interface ConfigFile {
  readonly path: string
  readonly text: string
  /** Somebody else may read it, so it must not hold a secret. */
  readonly readableByOthers: boolean
  /** What tells it from another file of the same text: mode, owner, when it was written. */
  readonly identity: string
}

/** Reads a config file that nobody else can change (S09): CONFIG_MISSING, CONFIG_UNSAFE, or CONFIG_INVALID when it is
 *  not a file, unreadable, above 1 MiB or not UTF-8. What is checked is what is read: one descriptor serves for both. */
export function readConfigFile(path: string): ConfigFile {
  const descriptor = openConfig(path)
  try {
    const stats = fstatSync(descriptor)
    refuseStrangeFile(path, stats)
    if (hasModes) refuseWritableByOthers(path, stats)
    return {
      path,
      text: decode(path, readAll(path, descriptor)),
      readableByOthers: hasModes && (stats.mode & 0o044) !== 0,
      identity: [stats.mode, stats.uid, stats.gid, stats.mtimeMs].join(' '),
    }
  } finally {
    closeSync(descriptor)
  }
}

/** The config holds a secret and others may read it. */
export function readableSecret(path: string, key: string): AppError {
  return unsafe(
    `the config ${path} holds a secret (${key}) and can be read by other users`,
    `chmod 600 ${quoted(path)}`,
  )
}

const hasModes = process.platform !== 'win32'

function openConfig(path: string): number {
  try {
    // Without O_NONBLOCK, opening a pipe would wait for its writer.
    return openSync(path, constants.O_RDONLY | (hasModes ? constants.O_NONBLOCK : 0))
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw invalid(`could not read the config ${path}`, { cause })
    throw new AppError({
      code: 'CONFIG_MISSING',
      message: `there is no config at ${path}`,
      hint: firstSteps,
      cause,
    })
  }
}

function refuseStrangeFile(path: string, stats: Stats): void {
  if (stats.isDirectory()) throw invalid(`the config ${path} is a directory, not a file`)
  if (!stats.isFile()) throw invalid(`the config ${path} is not a regular file`)
  if (stats.size > maxOctets) throw invalid(`the config ${path} is larger than 1 MiB`)
}

/** A directory that others can write to lets them put another file in its place, unless it is sticky. Where the path is a
 *  link, this holds for the link's directory too. */
function refuseWritableByOthers(path: string, stats: Stats): void {
  if ((stats.mode & 0o022) !== 0) {
    throw unsafe(`the config ${path} can be changed by other users`, `chmod go-w ${quoted(path)}`)
  }
  for (const directory of new Set([dirname(path), dirname(realpathSync(path))])) {
    const { mode } = statSync(directory)
    if ((mode & 0o022) !== 0 && (mode & 0o1000) === 0) {
      throw unsafe(
        `the config's directory ${directory} can be changed by other users`,
        `chmod go-w ${quoted(directory)}`,
      )
    }
  }
}

function readAll(path: string, descriptor: number): Uint8Array {
  const octets = new Uint8Array(maxOctets + 1)
  let length = 0
  try {
    for (let read = -1; read !== 0 && length < octets.length; length += read) {
      read = readSync(descriptor, octets, length, octets.length - length, null)
    }
  } catch (cause) {
    throw invalid(`could not read the config ${path}`, { cause })
  }
  if (length > maxOctets) throw invalid(`the config ${path} is larger than 1 MiB`)
  return octets.subarray(0, length)
}

function decode(path: string, octets: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets)
  } catch (cause) {
    throw invalid(`the config ${path} is not UTF-8`, { cause })
  }
}

function invalid(message: string, { cause }: { readonly cause?: unknown } = {}): AppError {
  return new AppError({
    code: 'CONFIG_INVALID',
    message: cause === undefined ? message : `${message}: ${messageOf(cause)}`,
    hint: 'name another with `--config FILE`',
    cause,
  })
}

function unsafe(message: string, remedy: string): AppError {
  return new AppError({ code: 'CONFIG_UNSAFE', message, hint: `run: ${remedy}` })
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", String.raw`'\''`)}'`
}
