/** A text as encoded words, to be set apart by blanks, which do not belong to it (RFC 2047 §2: none is longer than 75 characters).
 *  They are shorter, so that the first has room beside `Subject:`: a field that begins with a fold is not read alike by everybody. */
export function encodedWords(text: string): readonly string[] {
  const words: string[] = []
  let part = ''
  for (const character of [...Array.from(text), '']) {
    if (character !== '' && Buffer.byteLength(part + character) <= 39) {
      part += character
      continue
    }
    if (part !== '') words.push(`=?UTF-8?B?${Buffer.from(part).toString('base64')}?=`)
    part = character
  }
  return words
}

/** Longer words of a field could not be folded: a line may have 998 octets (RFC 5322 §2.1.1), and 78 are better. */
const longestWord = 76

/** A text as the value of an unstructured field, which reads back the same: what is not plain words is encoded. */
export function unstructured(text: string): string {
  const isPlain = /^(?:[!-~]+(?: [!-~]+)*)?$/.test(text) && !text.includes('=?')
  const isShort = text.split(' ').every(({ length }) => length <= longestWord)
  return isPlain && isShort ? text : encodedWords(text).join(' ')
}
