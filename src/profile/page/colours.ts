import type { CallNode, FrameKind } from './call-tree.ts'

/** What canvases are painted in; the style sheet knows the same for all else. */
export interface Palette {
  readonly isDark: boolean
  readonly ink: string
  readonly faint: string
  readonly line: string
  readonly ground: string
  readonly mark: string
  readonly waiting: string
  readonly receiving: string
  readonly busy: string
}

const light: Palette = {
  isDark: false,
  ink: '#1b1b1f',
  faint: '#5b5b66',
  line: '#d9d7d0',
  ground: '#fffefb',
  mark: '#8e00b8',
  waiting: '#e0a12e',
  receiving: '#2b7bba',
  busy: '#c4532d',
}

const dark: Palette = {
  isDark: true,
  ink: '#f1f0ec',
  faint: '#a9a8b3',
  line: '#3a3a44',
  ground: '#17171c',
  mark: '#f29bff',
  waiting: '#b57f22',
  receiving: '#4c9fe0',
  busy: '#dd7650',
}

/** Paper is white whatever the screen is. */
export function currentPalette(): Palette {
  const isPrinted = document.documentElement.classList.contains('paper')
  return !isPrinted && matchMedia('(prefers-color-scheme: dark)').matches ? dark : light
}

/** Letters in `ink` are readable on every one of these. */
export function colourOf(node: CallNode, isCompared: boolean, { isDark }: Palette): string {
  const { hue, saturation, shift } = isCompared ? changeTint(node) : nameTint(node)
  return isDark
    ? `hsl(${hue} ${Math.round(saturation * 0.68)}% ${28 + shift * 0.75}%)`
    : `hsl(${hue} ${saturation}% ${80 - shift}%)`
}

interface Tint {
  readonly hue: number
  readonly saturation: number
  /** Away from the ground, in per cent of lightness. */
  readonly shift: number
}

const kindHues: Readonly<Record<Exclude<FrameKind, 'frame'>, Tint>> = {
  all: { hue: 230, saturation: 8, shift: -4 },
  thread: { hue: 230, saturation: 14, shift: 0 },
  account: { hue: 168, saturation: 38, shift: 2 },
  mailbox: { hue: 150, saturation: 34, shift: -2 },
  command: { hue: 88, saturation: 36, shift: 0 },
}

/** The same name has the same colour: ours is warm, that of Node and of packages is cool, waiting is grey. */
function nameTint({ kind, name }: CallNode): Tint {
  if (kind !== 'frame') return kindHues[kind]
  let sum = 0
  for (let index = 0; index < name.length; index++) sum = (sum * 31 + name.charCodeAt(index)) % 9973
  if (name === '(garbage collector)') return { hue: 288, saturation: 45, shift: 4 }
  if (/^\((?:idle|nobody|program|root)/.test(name)) return { hue: 230, saturation: 6, shift: 0 }
  if (/^(?!node:)[^()]*\.tsx?:\d+$/.test(name)) return { hue: 14 + (sum % 34), saturation: 84, shift: sum % 9 }
  return { hue: 196 + (sum % 36), saturation: 46, shift: sum % 8 }
}

/** Red grew, blue shrank, the more the stronger; grey is what hardly changed. */
function changeTint({ micros, before }: CallNode): Tint {
  const change = (micros - before) / Math.max(micros, before, 1)
  if (Math.abs(change) < 0.02) return { hue: 230, saturation: 5, shift: -6 }
  return { hue: change > 0 ? 8 : 212, saturation: 82, shift: Math.round(20 * Math.abs(change)) - 10 }
}
