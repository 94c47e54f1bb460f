/** A key as a terminal sends it. */
export interface PressedKey {
  /** What was typed or pasted; for control keys the letter. */
  readonly input: string
  readonly name: KeyName | undefined
  readonly ctrl: boolean
}

export type KeyName =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'pageUp'
  | 'pageDown'
  | 'home'
  | 'end'
  | 'enter'
  | 'escape'
  | 'tab'
  | 'erase'

/** A line of text that is being written. */
export interface EditedLine {
  readonly text: string
  /** UTF-16 units before the caret. */
  readonly caret: number
}

/** The line after a key; undefined: the key is none of those that edit. */
export function editLine(line: EditedLine, key: PressedKey): EditedLine | undefined {
  const { input, name, ctrl } = key
  if (ctrl) return controlled(line, input)
  if (name !== undefined) return named(line, name)
  const [before, behind] = split(line)
  // What is pasted is one line.
  return written(before + input.replaceAll(/\p{C}+/gu, ' '), behind)
}

function controlled(line: EditedLine, letter: string): EditedLine | undefined {
  const [before, behind] = split(line)
  if (letter === 'a') return { ...line, caret: 0 }
  if (letter === 'u') return written('', behind)
  return letter === 'w' ? written(before.replace(/\S*\s*$/, ''), behind) : undefined
}

function named(line: EditedLine, name: KeyName): EditedLine | undefined {
  const { text } = line
  const [before, behind] = split(line)
  if (name === 'left') return { ...line, caret: withoutLast(before).length }
  if (name === 'right') return { ...line, caret: before.length + firstOf(behind).length }
  if (name === 'home') return { ...line, caret: 0 }
  if (name === 'end') return { ...line, caret: text.length }
  return name === 'erase' ? written(withoutLast(before), behind) : undefined
}

function split({ text, caret }: EditedLine): readonly [before: string, behind: string] {
  return [text.slice(0, caret), text.slice(caret)]
}

function written(before: string, behind: string): EditedLine {
  return { text: before + behind, caret: before.length }
}

/** A character is never cut in two. */
function withoutLast(text: string): string {
  return Array.from(text).slice(0, -1).join('')
}

function firstOf(text: string): string {
  return Array.from(text)[0] ?? ''
}
