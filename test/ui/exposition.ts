/** A sample of the text-based exposition format. */
export interface ExposedSample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y

const family =
  /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (?:[^\\\n]|\\[\\n])+\n# TYPE (\S+) (?:gauge|counter)\n((?:[^#\n].*\n)+)$/

/** Reads version 0.0.4 strictly, as Prometheus documents it: each family once, HELP and TYPE before its samples, no two samples
 *  with the same labels, no timestamps. Throws for anything else. */
export function readExposition(text: string): ReadonlyMap<string, readonly ExposedSample[]> {
  const families = new Map<string, ExposedSample[]>()
  for (const block of text.split(/^(?=# HELP )/m)) {
    const [, name = '', typed, samples = ''] = family.exec(block) ?? []
    if (name === '' || name !== typed || families.has(name)) throw new Error(`bad family: ${block}`)
    families.set(name, [])
    for (const line of samples.trimEnd().split('\n')) addSample(families, name, line)
  }
  return families
}

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
