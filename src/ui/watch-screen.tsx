import { render, useApp, useInput, useWindowSize } from 'ink'
import { useEffect, useState } from 'react'
import type { ReactElement } from 'react'
import { keyNameOf } from './key-names.ts'
import { LinesOfScreen } from './lines-of-screen.tsx'
import type { Style } from './style.ts'
import type { ReportedEvent } from './watch-lines.ts'
import { openWatchView, pressWatch, reduceWatch, watchLines } from './watch-view.ts'
import type { WatchView } from './watch-view.ts'

export interface WatchScreenParts {
  readonly style: Style
  readonly monotonicMs: () => number
  /** The user leaves. */
  readonly onLeave: () => void
  /** Ctrl-C, which is no signal while the screen has the keyboard. */
  readonly onInterrupt: () => void
}

export interface WatchScreenHandle {
  readonly onEvent: (event: ReportedEvent) => void
  close(): Promise<void>
}

const everyMs = 500

/** Shows a watch until it is closed. */
export function openWatchScreen(parts: WatchScreenParts): WatchScreenHandle {
  const events: ReportedEvent[] = []
  const take = (): readonly ReportedEvent[] => events.splice(0)
  const screen = render(<WatchScreen parts={parts} take={take} />, { alternateScreen: true, exitOnCtrlC: false })
  return {
    onEvent: (event) => void events.push(event),
    close: async () => {
      screen.unmount()
      await screen.waitUntilExit()
    },
  }
}

interface ScreenProps {
  readonly parts: WatchScreenParts
  readonly take: () => readonly ReportedEvent[]
}

function WatchScreen({ parts, take }: ScreenProps): ReactElement {
  const { monotonicMs, onLeave, onInterrupt, style } = parts
  const size = useWindowSize()
  const { exit } = useApp()
  const [view, setView] = useState<WatchView>(() => openWatchView(monotonicMs()))
  const [nowMs, setNowMs] = useState(monotonicMs)
  useEffect(() => {
    // oxlint-disable-next-line eslint/no-restricted-globals -- the one clock of the screen
    const timer = setInterval(() => {
      const events = take()
      setNowMs(monotonicMs())
      if (events.length > 0) setView((before) => reduceWatch(before, events, monotonicMs()))
    }, everyMs)
    return () => clearInterval(timer)
  }, [monotonicMs, take])
  useInput((input, key) => {
    const pressed = pressWatch(view, { input, name: keyNameOf(key) })
    setView((before) => ({ ...before, scroll: pressed.view.scroll, isHelp: pressed.view.isHelp }))
    const isInterrupted = key.ctrl && input === 'c'
    if (!pressed.isOver && !isInterrupted) return
    if (isInterrupted) onInterrupt()
    else onLeave()
    exit()
  })
  const lines = watchLines(view, { ...size, style, nowMs })
  return <LinesOfScreen lines={lines} {...size} />
}
