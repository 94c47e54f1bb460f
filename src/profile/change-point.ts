/** Where a series of latencies became slower for good. */
export interface ChangePoint {
  /** Index of the first slow one. */
  readonly at: number
  /** Geometric means, in the unit of the series. */
  readonly before: number
  readonly after: number
}

/** So many are on either side, at least. */
const fewest = 6
/** What is less than so many times as slow is no throttling. */
const slowdown = 1.8
/** Below this a latency is noise of the clock. */
const least = 0.05
/** Neighbours that resemble each other tell less than they are. */
const mostCorrelation = 0.9
/** How much better two levels must describe the series than one; from simulated series without a change. */
const evidence = 4

/** One change of level in a series, on a logarithmic scale, by the likelihood of two segments. undefined: there is none that is sure and
 *  makes it at least 1.8 times slower. */
export function changePoint(latencies: readonly number[]): ChangePoint | undefined {
  const logs = latencies.map((latency) => Math.log(Math.max(latency, least)))
  const count = logs.length
  if (count < 2 * fewest) return undefined
  const squares = new SquareSums(logs)
  let [at, cost] = [fewest, Infinity]
  for (let index = fewest; index <= count - fewest; index++) {
    const own = squares.within(0, index) + squares.within(index, count)
    if (own < cost) [at, cost] = [index, own]
  }
  const [before, after] = [Math.exp(squares.mean(0, at)), Math.exp(squares.mean(at, count))]
  if (after / before < slowdown) return undefined
  const residuals = logs.map((value, index) => value - Math.log(index < at ? before : after))
  const correlation = lagCorrelation(residuals)
  const independent = (count * (1 - correlation)) / (1 + correlation)
  const gain = independent * Math.log(squares.within(0, count) / (cost + 0.02 * count))
  return gain > evidence * Math.log(count) ? { at, before, after } : undefined
}

/** Sums of squares around the mean of any range, each in a few operations. */
class SquareSums {
  readonly #sums = [0]
  readonly #squares = [0]

  constructor(values: readonly number[]) {
    for (const value of values) {
      this.#sums.push((this.#sums.at(-1) ?? 0) + value)
      this.#squares.push((this.#squares.at(-1) ?? 0) + value * value)
    }
  }

  mean(start: number, end: number): number {
    return this.#between(this.#sums, start, end) / (end - start)
  }

  within(start: number, end: number): number {
    const sum = this.#between(this.#sums, start, end)
    return Math.max(1e-9, this.#between(this.#squares, start, end) - (sum * sum) / (end - start))
  }

  #between(sums: readonly number[], start: number, end: number): number {
    return (sums[end] ?? 0) - (sums[start] ?? 0)
  }
}

/** Between each value and the one before it: 0 to 0.9. */
function lagCorrelation(values: readonly number[]): number {
  let [products, squares] = [0, 1e-9]
  values.forEach((value, index) => {
    products += value * (values[index - 1] ?? 0)
    squares += value * value
  })
  return Math.min(mostCorrelation, Math.max(0, products / squares))
}
