import { Box, Text, render, useApp, useInput, useWindowSize } from 'ink'
import { useEffect, useMemo, useState } from 'react'
import type { ReactElement } from 'react'
import type { SearchRow } from './search-page.ts'
import { keyNameOf } from './key-names.ts'
import { openView, press, viewLines, withFinding } from './search-view.ts'
import type { Finding, ScreenAction } from './search-view.ts'
import type { Style } from './style.ts'

/** What the screen asks of the mirror. */
export interface SearchSession {
  readonly style: Style
  find(query: string): Finding
  /** The message for reading in lines of at most `columns`, safe; `isWhole`: with all its text and its attachments. */
  lines(row: SearchRow, columns: number, isWhole: boolean): readonly string[]
  /** Writes it into a new file and says where. */
  save(row: SearchRow): Promise<string>
  /** Gives its number to the clipboard of the terminal and says so. */
  copy(row: SearchRow): Promise<string>
}

/** Runs until the user leaves. */
export async function openSearchScreen(session: SearchSession, query: string): Promise<void> {
  const screen = render(<SearchScreen session={session} query={query} />, { alternateScreen: true, exitOnCtrlC: false })
  await screen.waitUntilExit()
}

interface ScreenProps {
  readonly session: SearchSession
  readonly query: string
}

function SearchScreen({ session, query }: ScreenProps): ReactElement {
  const size = useWindowSize()
  const { exit } = useApp()
  const [view, setView] = useState(() => openView(query))
  const row = view.rows[view.selected]
  useEffect(() => {
    const finding = session.find(view.query)
    setView((current) => withFinding(current, finding))
  }, [session, view.query])
  const isWhole = view.screen === 'message'
  const lines = useMemo(
    () => (row === undefined ? [] : session.lines(row, size.columns, isWhole)),
    [session, row, size.columns, isWhole],
  )
  const act = async (action: ScreenAction): Promise<void> => {
    if (action === 'quit') exit()
    else if (row !== undefined) {
      const told = action === 'save' ? session.save(row) : session.copy(row)
      const note = await told.catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
      setView((current) => ({ ...current, note }))
    }
  }
  useInput((input, key) => {
    const { view: next, action } = press(view, { input, name: keyNameOf(key), ctrl: key.ctrl }, size)
    setView(next)
    if (action !== undefined) void act(action)
  })
  const shown = viewLines(view, size, { lines, style: session.style })
  return (
    <Box flexDirection="column" height={size.rows} width={size.columns}>
      {shown.map((line, index) => (
        <Text key={index} wrap="truncate">
          {line === '' ? ' ' : line}
        </Text>
      ))}
    </Box>
  )
}
