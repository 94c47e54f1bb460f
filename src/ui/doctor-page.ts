import type { Finding, FindingGroup, FindingState } from '../doctor/finding.ts'
import { textWidth, truncateMiddle, wrapWords } from './cell-width.ts'
import { countOf } from './format-count.ts'
import { safeJson, safeLines, safeText } from './safe-text.ts'
import type { Style } from './style.ts'

export interface DoctorForm {
  readonly width: number
  readonly style: Style
  /** Whether the terminal shows more than ASCII. */
  readonly hasUnicode: boolean
  /** Above 0: with details. */
  readonly verbosity: number
  /** Without what is good. */
  readonly quiet: boolean
}

type Marks = Readonly<Record<FindingState | 'remedy', string>>

const signs: Marks = { good: '✓', note: '!', bad: '✗', remedy: '→' }
const asciiSigns: Marks = { good: 'ok', note: '!', bad: 'X', remedy: '>' }

/** For people: a line for each finding, by what it is about, with what to type where something is wrong. */
export function doctorPage(groups: readonly FindingGroup[], form: DoctorForm): readonly string[] {
  const shown = groups.flatMap((group) => {
    const lines = group.findings.filter(({ state }) => !form.quiet || state !== 'good')
    return lines.length === 0 ? [] : [[titleOf(group, form), ...lines.flatMap((finding) => linesOf(finding, form))]]
  })
  const pages = shown.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
  return form.quiet ? pages : [...pages, '', ...wrapWords(conclusion(groups), form.width)]
}

/** `doctor --json`. */
export function doctorJson(groups: readonly FindingGroup[]): string {
  const checks = groups.flatMap(({ about, findings }) =>
    findings.map(({ check, state, text, remedy, details }) => ({
      check,
      ...(about.kind === 'account' ? { account: about.name } : {}),
      ...(about.kind === 'store' ? { store: about.path } : {}),
      state,
      text,
      ...(remedy === undefined ? {} : { remedy }),
      ...(details === undefined ? {} : { details }),
    })),
  )
  return safeJson({ v: 1, ok: checks.every(({ state }) => state !== 'bad'), checks })
}

function titleOf({ about }: FindingGroup, { style, width }: DoctorForm): string {
  if (about.kind === 'machine') return style.bold('This machine')
  if (about.kind === 'account') return style.bold(`Account ${safeText(about.name)}`)
  return `${style.bold('Store')} ${truncateMiddle(safeText(about.path), Math.max(8, width - 'Store '.length))}`
}

/** Of the longest name of a check. */
const nameWidth = 'capabilities'.length

function linesOf(finding: Finding, form: DoctorForm): readonly string[] {
  const { style, hasUnicode, verbosity, width } = form
  const marks = hasUnicode ? signs : asciiSigns
  const markWidth = textWidth(marks.good)
  const paint = { good: style.green, note: style.yellow, bad: style.red }[finding.state]
  const mark = paint(marks[finding.state].padEnd(markWidth))
  const indent = ' '.repeat(2 + markWidth + 1 + nameWidth + 2)
  const room = Math.max(20, width - indent.length)
  const [first = '', ...rest] = wrapped(finding.text, room)
  const head = `  ${mark} ${finding.check.padEnd(nameWidth)}  ${first}`
  const steps = finding.state === 'good' ? [] : remedyLines(finding.remedy, marks.remedy, room)
  const details = verbosity > 0 ? (finding.details ?? []).flatMap((text) => wrapped(text, room)) : []
  return [
    head,
    ...[...rest, ...steps.map((line) => style.bold(line)), ...details.map((line) => style.dim(line))].map((line) =>
      (indent + line).trimEnd(),
    ),
  ]
}

const commandStart = /^(?:run: )?(?:mailmirror|chmod|sudo) /

/** A command is left whole, so that it can be copied. */
function remedyLines(remedy: string | undefined, mark: string, room: number): readonly string[] {
  if (remedy === undefined) return []
  if (commandStart.test(remedy)) return [`${mark} ${safeText(remedy)}`]
  const lines = wrapped(remedy, room - 2)
  return lines.map((line, index) => `${index === 0 ? mark : ' '} ${line}`.trimEnd())
}

/** What is indented in a text of several lines stays so. */
function wrapped(text: string, room: number): readonly string[] {
  return safeLines(text.trimEnd()).flatMap((line) => {
    const words = line.trim()
    const lead = ' '.repeat(Math.max(0, line.trimEnd().length - words.length))
    return wrapWords(words, room - lead.length).map((part) => lead + part)
  })
}

function conclusion(groups: readonly FindingGroup[]): string {
  const count = (state: FindingState): number =>
    groups.reduce((sum, { findings }) => sum + findings.filter((finding) => finding.state === state).length, 0)
  const [bad, notes] = [count('bad'), count('note')]
  const known = notes === 0 ? '' : `, ${countOf(notes, 'thing')} to know`
  if (bad > 0) return `${countOf(bad, 'thing')} to mend${known}.`
  return notes === 0 ? 'Everything is as it should be.' : `Nothing has to be mended${known}.`
}
