import { AppError } from '../model/errors.ts'

/** No answer that holds tokens is nearly so long. */
const maxOctets = 2 ** 20

/** `fetch`, whose answer is there as a whole, and no longer than a mebibyte. */
export async function boundedFetch(url: string, options: RequestInit): Promise<Response> {
  const { body, status, headers } = await fetch(url, options)
  const stream: AsyncIterable<Uint8Array> | readonly Uint8Array[] = body ?? []
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of stream) {
    length += piece.length
    if (length > maxOctets) throw tooLong(url)
    pieces.push(piece)
  }
  return new Response(length === 0 ? null : Buffer.concat(pieces), { status, headers })
}

function tooLong(url: string): AppError {
  return new AppError({
    code: 'PROTOCOL_VIOLATION',
    message: `could not read the answer of ${new URL(url).host}: it is longer than 1 MiB`,
    hint: 'look whether something stands between this machine and the provider',
  })
}
