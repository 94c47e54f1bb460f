import { render, useApp, useInput, useWindowSize } from 'ink'
import { useEffect, useState } from 'react'
import type { ReactElement } from 'react'
import type { LiveState } from '../profile/control-server.ts'
import { LinesOfScreen } from './lines-of-screen.tsx'
import { topLines } from './live-page.ts'
import type { Style } from './style.ts'

export interface TopSession {
  readonly style: Style
  /** Sampled for a moment; undefined: the process has ended. */
  look(): Promise<LiveState | undefined>
}

/** Shows a process until it ends or the user leaves; true: it has ended. */
export async function openTopScreen(session: TopSession): Promise<boolean> {
  let hasEnded = false
  const screen = render(<TopScreen session={session} onEnd={() => (hasEnded = true)} />, {
    alternateScreen: true,
    exitOnCtrlC: true,
  })
  await screen.waitUntilExit()
  return hasEnded
}

interface ScreenProps {
  readonly session: TopSession
  readonly onEnd: () => void
}

interface Looks {
  readonly state: LiveState | undefined
  readonly before: LiveState | undefined
}

function TopScreen({ session, onEnd }: ScreenProps): ReactElement {
  const size = useWindowSize()
  const { exit } = useApp()
  const [{ state, before }, setLooks] = useState<Looks>({ state: undefined, before: undefined })
  useEffect(() => {
    const open = new AbortController()
    const follow = async (): Promise<void> => {
      while (!open.signal.aborted) {
        const next = await session.look().catch(() => undefined)
        if (next === undefined) break
        setLooks((looks) => ({ state: next, before: looks.state }))
      }
      if (!open.signal.aborted) onEnd()
      exit()
    }
    void follow()
    return () => open.abort()
  }, [session, exit, onEnd])
  useInput((input) => {
    if (input === 'q') exit()
  })
  const lines = state === undefined ? ['looking …'] : topLines(state, before, { ...size, style: session.style })
  return <LinesOfScreen lines={lines} {...size} />
}
