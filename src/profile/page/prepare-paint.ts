/** Of a frame, and of a connection; pixels. */
export const rowHeight = 20
/** No browser's canvas is larger; pixels of the device. */
const mostHeight = 16_000

/** A canvas as sharp as this screen is. Undefined: the browser gives none. */
export function preparePaint(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | undefined {
  const scale = Math.min(devicePixelRatio, mostHeight / Math.max(1, height))
  canvas.width = Math.round(width * scale)
  canvas.height = Math.round(height * scale)
  canvas.style.height = `${height}px`
  const paint = canvas.getContext('2d') ?? undefined
  paint?.scale(scale, scale)
  return paint
}
