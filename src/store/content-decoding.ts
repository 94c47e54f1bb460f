import { AppError } from '../model/errors.ts'

/** `octets` is what the store says of the length: nothing larger is ever unpacked (S21). Throws DAMAGED (message). */
export function decodeContent(encoding: string, data: Uint8Array, octets: number): Uint8Array {
  if (encoding === 'identity') return data
  // Loaded here: most contents are stored as they are, and `status` reads none.
  const { zstdDecompressSync } = process.getBuiltinModule('node:zlib')
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
