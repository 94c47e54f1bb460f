import { expect, test } from 'vitest'
import type { Figures, Measured } from './measure.ts'
import { stepTable, verdicts, verdictTable } from './report.ts'

function row(name: string, walls: readonly number[], change: Partial<Measured> = {}): Measured {
  const runs = walls.map((wall): Figures => ({ wall, cpu: 1, peak: 100 * wall, server: 0.5, other: 0, status: 0 }))
  return { name, runs, spoiled: false, complaint: undefined, ...change }
}

test('a step shows medians, and ratios of medians to the peers that were measured with it', () => {
  const rows = [
    row('mailmirror', [3, 1, 2]),
    row('mbsync', [4, 4, 5]),
    row('drain', [1], { complaint: 'ended with 1' }),
  ]
  expect(stepTable('cold M', rows, ['mbsync', 'mbsync-fsync', 'drain'])).toBe(
    `
cold M      wall s  (least-most)  cpu s  peak MB  server s  other s  x mbsync  x drain
mailmirror   2.000   (1.00-3.00)  1.000    200.0      0.50     0.00      0.50        -
mbsync       4.000   (4.00-5.00)  1.000    400.0      0.50     0.00      1.00        -
drain        1.000   (1.00-1.00)  1.000    100.0      0.50     0.00         -        -  FAILED: ended with 1
`.trim(),
  )
})

test('a median of ratios is shown with its quartiles, closely enough for its limit', () => {
  const ratios = { figure: 'CPU', value: 1.0234, quartiles: [1.0051, 1.0312], limit: '<= 1.02', passed: false } as const
  expect(verdictTable([ratios])).toBe(
    `
figure             measured    limit
CPU     1.023 (1.005-1.031)  <= 1.02  MISS
`.trim(),
  )
})

test('a figure passes, is missed or was not measured; what failed is no measurement', () => {
  const results = new Map([
    ['cold M', [row('mailmirror', [2]), row('mbsync', [2]), row('mbsync-fsync', [4.9])]],
    ['cold T', [row('mailmirror', [1.5]), row('mbsync', [1.5]), row('drain', [0.2], { complaint: 'ended with 1' })]],
    ['no-change T', [row('mailmirror', [0.2, 0.2, 2.6])]],
    ['startup T', [row('node -e 0', [0.05, 0.07]), row('--help', [0.1]), row('status', [0.16])]],
  ])
  expect(verdictTable(verdicts(results)).replaceAll(/ {2,}/g, '  ')).toBe(
    `
figure  measured  limit
cold M, times mbsync (FSync no)  1.00  <= 1  pass
cold M, mbsync as it comes (FSync yes), times mailmirror  2.45  >= 2.5  MISS
cold T, times the drain  not measured  <= 7  -
cold T, times mbsync (FSync no)  1.00  < 1  MISS
no-change S, seconds  not measured  < 0.5  -
no-change M, seconds  not measured  < 0.5  -
no-change T, seconds  0.20  < 0.5  pass
peak memory S, MB  not measured  < 250  -
peak memory M, MB  200.00  < 250  pass
peak memory T, MB  260.00  < 250  MISS
mailmirror --help, times node -e 0  1.67  <= 2  pass
mailmirror status, times node -e 0  2.67  <= 2.5  MISS
`.trim(),
  )
})
