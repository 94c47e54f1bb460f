import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { AppError } from '../model/errors.ts'

export type ContentEncoding = 'identity' | 'zstd'

/** Below this many octets a frame saves little and costs a call. */
const worthCompressing = 512
/** A frame must save at least an eighth to be kept. */
const worthKeeping = 7 / 8

const fast = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

export function encodeContent(octets: Uint8Array, compress: boolean): { encoding: ContentEncoding; data: Uint8Array } {
  if (compress && octets.length >= worthCompressing) {
    const data = zstdCompressSync(octets, fast)
    if (data.length <= octets.length * worthKeeping) return { encoding: 'zstd', data }
  }
  return { encoding: 'identity', data: octets }
}

/** `octets` is what the store says of the length: nothing larger is ever unpacked (S21). Throws DAMAGED (message). */
export function decodeContent(encoding: string, data: Uint8Array, octets: number): Uint8Array {
  if (encoding === 'identity') return data
  try {
    return zstdDecompressSync(data, { maxOutputLength: Math.max(octets, 1) })
  } catch (error) {
    throw new AppError({
      code: 'DAMAGED',
      scope: 'message',
      message: 'could not unpack a stored message: its octets are damaged',
      hint: 'run `mailmirror verify` to see what else is damaged',
      cause: error,
    })
  }
}
