import type { Figures, Measured } from './measure.ts'

/** What the runs of one entrant came to beside those of another in the same turns. */
export interface PairRatios {
  readonly median: number
  /** The lower and the upper. */
  readonly quartiles: readonly [number, number]
}

/** Of each turn its own ratio: what drifts on the machine meets both of a pair alike. Undefined when one of the two was
 *  not measured or did not do its work. */
export function cpuRatios(rows: readonly Measured[], name: string, peer: string): PairRatios | undefined {
  const [own, other] = [runsOf(rows, name), runsOf(rows, peer)]
  const ratios = own.flatMap(({ cpu }, turn) => {
    const base = other[turn]?.cpu ?? 0
    return base === 0 ? [] : [cpu / base]
  })
  if (ratios.length === 0) return undefined
  const sorted = ratios.toSorted((left, right) => left - right)
  return { median: quantile(sorted, 0.5), quartiles: [quantile(sorted, 0.25), quantile(sorted, 0.75)] }
}

function runsOf(rows: readonly Measured[], name: string): readonly Figures[] {
  const row = rows.find((one) => one.name === name)
  return row === undefined || row.complaint !== undefined ? [] : row.runs
}

/** Of at least one value, ascending; what lies between two is interpolated. */
function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1)
  const [low = Number.NaN, high = low] = sorted.slice(Math.floor(place), Math.floor(place) + 2)
  return low + (high - low) * (place - Math.floor(place))
}
