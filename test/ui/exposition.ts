/** A sample of the text-based exposition format. */
export interface ExposedSample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y

/** Reads version 0.0.4 strictly, as Prometheus documents it: each family once, HELP and TYPE before its samples, no two samples
 *  with the same labels, no timestamps. Throws for anything else. */
export function readExposition(text: string): ReadonlyMap<string, readonly ExposedSample[]> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  const families = new Map<string, ExposedSample[]>()
  const last = { helped: '', typed: '' }
  for (const line of text.slice(0, -1).split('\n')) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? []
    if (kind === undefined) addSample(families, last.typed, line)
    else {
      const isGood = kind === 'HELP' ? isHelp(name, rest) && !families.has(name) : isType(rest) && name === last.helped
      if (!isGood) throw new Error(`bad line: ${line}`)
      if (kind === 'TYPE') families.set(name, [])
      last[kind === 'HELP' ? 'helped' : 'typed'] = name
    }
  }
  for (const [name, samples] of families) if (samples.length === 0) throw new Error(`${name} has no sample`)
  return families
}

const isHelp = (name: string, text: string): boolean => metricName.test(name) && !/\\(?![\\n])/.test(text)
const isType = (text: string): boolean => ['gauge', 'counter'].includes(text)

function addSample(families: Map<string, ExposedSample[]>, typed: string, line: string): void {
  const [, name = '', labels = '', number = ''] = sampleLine.exec(line) ?? []
  if (name === '' || name !== typed) throw new Error(`bad sample: ${line}`)
  if (!/^[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)$|^NaN$/.test(number)) throw new Error(`bad number: ${line}`)
  const sample = { labels: readLabels(labels, line), value: Number(number) }
  const samples = families.get(name) ?? []
  const key = JSON.stringify(sample.labels)
  if (samples.some((other) => JSON.stringify(other.labels) === key)) throw new Error(`twice: ${line}`)
  samples.push(sample)
}

function readLabels(text: string, line: string): Readonly<Record<string, string>> {
  const found: [string, string][] = []
  label.lastIndex = 0
  while (label.lastIndex < text.length) {
    const [, name = '', value = ''] = label.exec(text) ?? []
    if (name === '') throw new Error(`bad labels: ${line}`)
    found.push([name, value.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))])
  }
  return Object.fromEntries(found)
}
