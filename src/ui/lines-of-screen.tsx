import { Box, Text } from 'ink'
import type { ReactElement } from 'react'

/** Lines that fill the screen, each cut at its width. */
export function LinesOfScreen({
  lines,
  rows,
  columns,
}: {
  readonly lines: readonly string[]
  readonly rows: number
  readonly columns: number
}): ReactElement {
  return (
    <Box flexDirection="column" height={rows} width={columns}>
      {lines.map((line, index) => (
        <Text key={index} wrap="truncate">
          {line === '' ? ' ' : line}
        </Text>
      ))}
    </Box>
  )
}
