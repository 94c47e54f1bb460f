import { Option } from 'commander'

export function asOfOption(): Option {
  return new Option(
    '--as-of <seq|when>',
    'as it was after that change of the log, or when that time began: 2026-10-05, 2026-10-05T14:00, 7d, yesterday',
  )
}
