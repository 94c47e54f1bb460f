/** Text for a man page in roff (groff_man(7), mandoc(1)): every character is shown as it is, and none begins a request. Hyphens
 *  are those that one can copy onto a command line. */
export function roffText(text: string): string {
  const escaped = text.replaceAll(/[\\\-'"`^~]/g, (character) => escapes[character] ?? character)
  const plain = escaped.replaceAll(/[^\n\u0020-\u007e]/gu, (character) => {
    const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase()
    return String.raw`\[u${hex.padStart(4, '0')}]`
  })
  return plain.replaceAll(/^\./gm, String.raw`\&.`)
}

/** The same, with what stands between backticks in bold. */
export function roffProse(text: string): string {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 1 ? String.raw`\fB${roffText(part)}\fR` : roffText(part)))
    .join('')
}

/** Lines that are shown as they are. */
export function roffLines(text: string): readonly string[] {
  return ['.EX', ...text.split('\n').map((line) => (line === '' ? String.raw`\&` : roffText(line))), '.EE']
}

const escapes: Readonly<Record<string, string>> = {
  '\\': String.raw`\e`,
  '-': String.raw`\-`,
  "'": String.raw`\(aq`,
  '"': String.raw`\(dq`,
  '`': String.raw`\(ga`,
  '^': String.raw`\(ha`,
  '~': String.raw`\(ti`,
}
