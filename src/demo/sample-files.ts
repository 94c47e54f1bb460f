import { crc32 } from 'node:zlib'
import { SeededRandom } from './seeded-random.ts'

/** Small files of real formats, the same octets on every machine: nothing in them is compressed, since compressors
 *  change from one version to the next. */
export function samplePng(): Buffer {
  const side = 48
  const rows: Buffer[] = []
  for (let y = 0; y < side; y++) {
    const row = Buffer.alloc(1 + side * 3)
    for (let x = 0; x < side; x++) row.set(petalColour(x - side / 2, y - side / 2), 1 + x * 3)
    rows.push(row)
  }
  const size = Buffer.alloc(13)
  size.writeUInt32BE(side, 0)
  size.writeUInt32BE(side, 4)
  size.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', size),
    pngChunk('IDAT', storedZlib(Buffer.concat(rows))),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
}

/** A flower on a meadow. */
function petalColour(x: number, y: number): readonly [number, number, number] {
  const radius = Math.hypot(x, y)
  if (radius < 6) return [250, 200, 40]
  return radius < 14 + 5 * Math.cos(5 * Math.atan2(y, x)) ? [200, 80, 160] : [90, 160, 90]
}

function pngChunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(content.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}

/** One stored block (RFC 1950, RFC 1951 §3.2.4): at most 65,535 octets. */
function storedZlib(content: Buffer): Buffer {
  const head = Buffer.from([0x78, 0x01, 0x01, 0, 0, 0, 0])
  head.writeUInt16LE(content.length, 3)
  head.writeUInt16LE(content.length ^ 0xffff, 5)
  let [a, b] = [1, 0]
  for (const octet of content) {
    a = (a + octet) % 65_521
    b = (b + a) % 65_521
  }
  const adler = Buffer.alloc(4)
  adler.writeUInt32BE(b * 65_536 + a)
  return Buffer.concat([head, content, adler])
}

/** One page that says `title`. */
export function samplePdf(title: string): Buffer {
  const content = `BT /F1 24 Tf 72 720 Td (${title}) Tj ET`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  let text = '%PDF-1.4\n'
  let table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`
  for (const [index, object] of objects.entries()) {
    table += `${String(text.length).padStart(10, '0')} 00000 n \n`
    text += `${index + 1} 0 obj\n${object}\nendobj\n`
  }
  const trailer = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`
  return Buffer.from(text + table + trailer, 'latin1')
}

export function sampleIcs(): Buffer {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//example.org//demo//EN',
    'METHOD:REQUEST',
    'BEGIN:VEVENT',
    'UID:potluck-2025@example.org',
    'DTSTAMP:20250510T080000Z',
    'DTSTART:20250524T160000Z',
    'DTEND:20250524T190000Z',
    'SUMMARY:Garden potluck',
    'LOCATION:The long table behind the greenhouse',
    'ORGANIZER;CN=Mira Holm:mailto:mira.holm@example.org',
    'ATTENDEE;CN=Robin Vale:mailto:robin@example.org',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ]
  return Buffer.from(lines.join('\r\n'))
}

/** What a rain gauge wrote down every ten minutes. */
export function sampleCsv(rows: number): Buffer {
  const random = new SeededRandom(2024)
  const lines = ['time,rain_mm,temperature_c']
  for (let row = 0; row < rows; row++) {
    const time = new Date(Date.UTC(2024, 0, 1) + row * 600_000).toISOString().slice(0, 16)
    lines.push(`${time},${(random.below(40) / 10).toFixed(1)},${(random.below(320) / 10 - 4).toFixed(1)}`)
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n`)
}

/** A zip archive whose files are stored, not compressed. */
export function sampleZip(files: readonly (readonly [name: string, content: Buffer])[]): Buffer {
  const locals: Buffer[] = []
  const entries: Buffer[] = []
  let offset = 0
  for (const [name, content] of files) {
    const fields = zipFields(name, content)
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, Buffer.from(name), content])
    const place = Buffer.alloc(14)
    place.writeUInt32LE(offset, 10)
    const entry = [Buffer.from('PK\x01\x02\x14\0', 'latin1'), fields, place, Buffer.from(name)]
    locals.push(local)
    entries.push(Buffer.concat(entry))
    offset += local.length
  }
  const directory = Buffer.concat(entries)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(files.length, 8)
  end.writeUInt16LE(files.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, directory, end])
}

/** Version 2.0, names in UTF-8, stored, 1 January 2025. */
function zipFields(name: string, content: Buffer): Buffer {
  const fields = Buffer.alloc(26)
  fields.writeUInt16LE(20, 0)
  fields.writeUInt16LE(0x0800, 2)
  fields.writeUInt16LE(((2025 - 1980) << 9) | (1 << 5) | 1, 8)
  fields.writeUInt32LE(crc32(content), 10)
  fields.writeUInt32LE(content.length, 14)
  fields.writeUInt32LE(content.length, 18)
  fields.writeUInt16LE(Buffer.byteLength(name), 22)
  return fields
}
