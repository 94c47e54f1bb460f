/** Octets of one name that every file system takes, with room for an ending. */
const longestName = 180

/** What stands for itself in a file name: letters and digits of every script in their composed form, and a few signs. */
const plain = /[\p{L}\p{N}_@+=,. -]/u
/** Names that Windows keeps for devices, whatever their ending. */
const device = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

/** A name for a file or a folder that every system takes and that leads nowhere else. What cannot stand in a name is written as in URLs,
 *  `%2F`, so that the text can be read back, unless it was too long. */
export function safeFileName(text: string): string {
  if (text === '') return '%'
  const composed = text.normalize('NFC') === text
  let name = ''
  for (const character of text) name += isPlain(character, composed) ? character : escaped(character)
  if (/^[. ]/.test(name) || device.test(name)) name = escaped(name.charAt(0)) + name.slice(1)
  if (/[. ]$/.test(name)) name = name.slice(0, -1) + escaped(name.at(-1) ?? '')
  return shortened(name)
}

/** Gives each text a name of its own on systems that do not tell capital letters from small ones: a second one gets `~2`. */
export function distinctFileNames(
  texts: Iterable<string>,
  nameOf: (text: string) => string,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  const taken = new Set<string>()
  for (const text of texts) {
    const own = nameOf(text)
    let name = own
    for (let number = 2; taken.has(name.toLowerCase()); number++) name = `${own}~${number}`
    taken.add(name.toLowerCase())
    names.set(text, name)
  }
  return names
}

function isPlain(character: string, composed: boolean): boolean {
  return plain.test(character) && (composed || character <= '\u007e')
}

function escaped(character: string): string {
  const octets = Buffer.from(character, 'utf8')
  return Array.from(octets, (octet) => `%${octet.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}

/** A character as it stands in a name, or all the escapes of one: UTF-8 tells by the first octet how many follow. */
const units = /%[0-7][0-9A-F]|%[C-F][0-9A-F](?:%[89AB][0-9A-F])+|[^]/gu

/** Never within a character. */
function shortened(name: string): string {
  if (Buffer.byteLength(name) <= longestName) return name
  let cut = ''
  for (const [unit] of name.matchAll(units)) {
    if (Buffer.byteLength(cut + unit) > longestName) break
    cut += unit
  }
  return cut.replaceAll(/[. ]+$/g, '')
}
