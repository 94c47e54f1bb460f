import { ResponseReader } from '../../src/imap/response-reader.ts'
import type { Response } from '../../src/imap/response-reader.ts'

/** What a reader makes of octets (a string has one character per octet) that come in these pieces. */
export async function readResponses(...pieces: readonly (string | Buffer)[]): Promise<readonly Response[]> {
  const responses: Response[] = []
  const reader = new ResponseReader({
    response: (response) => {
      responses.push(response)
      return undefined
    },
    allocate: (octets) => new Uint8Array(octets),
    progress: () => undefined,
  })
  for (const piece of pieces) await reader.push(toOctets(piece))
  return responses
}

/** The one response that these octets are. */
export async function readResponse(octets: string | Buffer): Promise<Response> {
  const [response, ...others] = await readResponses(octets)
  if (response === undefined || others.length > 0) throw new Error(`${others.length} responses besides the first`)
  return response
}

export function toOctets(text: string | Buffer): Buffer {
  return typeof text === 'string' ? Buffer.from(text, 'latin1') : text
}

/** Cuts octets at these places, in any order and with repetitions. */
export function cutAt(octets: Buffer, places: readonly number[]): readonly Buffer[] {
  const ends = [...places.map((place) => place % (octets.length + 1)), octets.length].toSorted((a, b) => a - b)
  return ends.map((end, index) => octets.subarray(ends[index - 1] ?? 0, end))
}

/** A response in a form that can be compared. */
export function plain({ text, literals }: Response): { text: string; literals: readonly (string | undefined)[] } {
  return {
    text,
    literals: literals.map((octets) => octets && Buffer.from(octets).toString('latin1')),
  }
}
