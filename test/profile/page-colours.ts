/** What the page computes that colour from; reading from the canvas itself makes Chromium warn. */
export function pixelOfFlames(x: number, y: number): string {
  return `(() => {
    const pixel = new OffscreenCanvas(1, 1).getContext('2d')
    pixel.drawImage(flames, -${Math.round(x)}, -${Math.round(y)})
    return [...pixel.getImageData(0, 0, 1, 1).data]
  })()`
}

type Colour = readonly number[]

/** What the page told, checked: red, green and blue up to 255. */
export function coloursIn(value: unknown): readonly Colour[] {
  if (!Array.isArray(value)) throw new Error('the page was to give colours')
  return value.map((colour: unknown) => (Array.isArray(colour) ? colour.slice(0, 3).map(Number) : []))
}

export function mainColour(value: unknown): string {
  const [red = 0, , blue = 0] = Array.isArray(value) ? value.map(Number) : []
  return red > blue ? 'red' : 'blue'
}

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
export function luminance(colour: Colour): number {
  const [red = 0, green = 0, blue = 0] = colour.map((part) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

export const luminanceOf = (value: unknown): number => luminance(coloursIn([value])[0] ?? [])

/** https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
export function contrast(one: Colour, other: Colour): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}
