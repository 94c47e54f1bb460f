export type Paint = (text: string) => string

export interface Style {
  readonly bold: Paint
  readonly dim: Paint
  readonly inverse: Paint
  readonly red: Paint
  readonly green: Paint
  readonly yellow: Paint
}

const unpainted: Paint = (text) => text

/** Colours, or none where the stream has none. Only ever applied to text that is safe already. */
export function styleOf({ hasColors }: { readonly hasColors: boolean }): Style {
  const paint = (on: number, off: number): Paint =>
    hasColors ? (text) => (text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`) : unpainted
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    inverse: paint(7, 27),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
  }
}
