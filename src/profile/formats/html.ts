import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FlameData, LaneRow, SampleRow } from '../page/flame-data.ts'
import { cleanName } from '../run-profile.ts'
import type { FlamePage } from './flame-page.ts'
import { flameBody } from './html-body.ts'
import { flameStyle } from './html-style.ts'

const builtScript = new URL('../page/flame-page.js', import.meta.url)

/** A flame graph below a timeline of the connections, as one file that fetches nothing and in which nothing runs but our own script,
 *  whatever names hold. Reads the page's script, which the build puts beside this file. */
export function flameHtml(page: FlamePage, script: URL = builtScript): string {
  const code = joinModules(script)
  const policy = [
    "default-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    `script-src ${hashOf(code)}`,
    `style-src ${hashOf(flameStyle)}`,
  ].join('; ')
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="generator" content="mailmirror">',
    `<title>${escaped(page.title)}</title>`,
    `<style>${flameStyle}</style>`,
    '</head>',
    '<body>',
    flameBody({ ...page, paragraph: escaped }),
    `<script type="application/json" id="data">${jsonForHtml(flameData(page))}</script>`,
    `<script type="module">${code}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** The modules of the page's script as one, not indented, each after those that it imports: a page of one file can import nothing. Names that two of them
 *  share make the whole a syntax error. */
function joinModules(entry: URL): string {
  const texts = new Map<string, string>()
  const add = (file: URL): void => {
    if (texts.has(file.href)) return
    const text = readFileSync(file, 'utf8')
    texts.set(file.href, '')
    for (const [, name = ''] of text.matchAll(/^import [^;]*?'(\.[^']+)';$/gm)) add(new URL(name, file))
    texts.delete(file.href)
    texts.set(file.href, text.replaceAll(/^import [^;]*;\n|^export (?:\{\};\n)?|^ +|^\/\/# .*$/gm, ''))
  }
  add(entry)
  return [...texts.values()].join('')
}

function flameData(page: FlamePage): FlameData {
  const names = new Map<string, number>()
  const indexOf = (raw: string): number => {
    const name = cleanName(raw)
    const known = names.get(name) ?? names.size
    names.set(name, known)
    return known
  }
  const stacks = page.stacks.map(({ thread, account, mailbox, command, frames }) =>
    [thread, account, mailbox, command, ...frames].map(indexOf),
  )
  const samples = page.samples.map(({ stack, at, micros, before = 0 }): SampleRow => [stack, at, micros, before])
  const lanes = page.lanes.map(({ name, account, slices }): LaneRow => ({
    name: indexOf(name),
    account: indexOf(account),
    slices: slices.map(({ name: command, mailbox, sentAt, firstAt, endedAt, receivedOctets }) => [
      indexOf(command),
      indexOf(mailbox),
      sentAt,
      firstAt,
      endedAt,
      receivedOctets,
    ]),
  }))
  const isCompared = page.samples.some(({ before }) => before !== undefined)
  return { elapsedMicros: page.elapsedMicros, names: [...names.keys()], stacks, samples, isCompared, lanes }
}

/** JSON that ends no element and begins none. */
function jsonForHtml(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[<>&\u2028\u2029]/g, (sign) => {
    return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

function escaped(text: string): string {
  return cleanSentence(text).replaceAll(/[<>&"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

/** As names are cleaned, but a sentence may have semicolons. */
const cleanSentence = (text: string): string => text.split(';').map(cleanName).join(';')
