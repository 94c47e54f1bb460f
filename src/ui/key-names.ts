import type { Key } from 'ink'
import type { KeyName } from './edit-line.ts'

/** What ink calls a key, as the screens do; undefined: it is none of theirs. */
export function keyNameOf(key: Key): KeyName | undefined {
  const names: readonly (readonly [boolean, KeyName])[] = [
    [key.upArrow, 'up'],
    [key.downArrow, 'down'],
    [key.leftArrow, 'left'],
    [key.rightArrow, 'right'],
    [key.pageUp, 'pageUp'],
    [key.pageDown, 'pageDown'],
    [key.home, 'home'],
    [key.end, 'end'],
    [key.return, 'enter'],
    [key.escape, 'escape'],
    [key.tab, 'tab'],
    [key.backspace || key.delete, 'erase'],
  ]
  return names.find(([isPressed]) => isPressed)?.[1]
}
