import type { EncodedMessage } from '../../src/export/export-files.ts'
import { mboxFormat } from '../../src/export/mboxrd.ts'
import type { ExportReader } from '../../src/export/ports.ts'
import { parseInternalDate } from '../../src/model/message.ts'
import type { StoredMessage } from '../../src/model/stored-message.ts'

function textOf(id: number): string {
  return `Subject: number ${id}\n\nFrom ${'x'.repeat(id * 10)}\n`
}

/** In INBOX, or in Work/Plans; of one of three years; with a keyword of its own. */
function storedMessage(id: number): StoredMessage {
  const place = { account: 'work', uidValidity: 7, uid: id, flags: [], labels: [], firstSeen: '', removedAt: undefined }
  const internalDate = parseInternalDate(`17-Jul-${1996 + (id % 3)} 02:44:25 -0700`)
  const mailbox = id % 2 === 0 ? 'INBOX' : 'Work/Plans'
  const placements = [{ ...place, keywords: [`k${id}`], mailbox, internalDate }]
  return { id, sha256: `${id}`.padStart(64, '0'), octets: textOf(id).length, placements }
}

/** Six messages. */
export const sampleReader: ExportReader = {
  delimiterOf: () => '/',
  contents: () => [1, 2, 3, 4, 5, 6],
  describe: (ids) => ids.map(storedMessage),
  read: (id) => Buffer.from(textOf(id)),
}

/** The message is only asked for its dates. */
export function mboxEntry(octets: Uint8Array, seconds: number | undefined): EncodedMessage {
  const internalDate = seconds === undefined ? undefined : { seconds, offsetMinutes: undefined, text: '' }
  const [sample] = sampleReader.describe([1])
  if (sample === undefined) throw new Error('there is a sample')
  const message = { ...sample, placements: sample.placements.map((place) => ({ ...place, internalDate })) }
  return mboxFormat({ withStatus: false }).encode(
    { source: { name: undefined, reader: sampleReader }, message },
    octets,
  )
}
