/** A header field as text, one character per octet. */
export interface HeaderField {
  readonly name: string
  /** Unfolded, without white space at its ends. */
  readonly value: string
  /** The field as it stands, its line breaks included. */
  readonly raw: string
}

/** The fields of a header. Lines that are no field belong to the one before them. */
export function parseHeader(header: string): readonly HeaderField[] {
  const raws: string[] = []
  for (const line of header.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    if (/^[!-9;-~]+[ \t]*:/.test(line)) raws.push(line)
    else if (raws.length > 0 && line.trim() !== '') raws[raws.length - 1] += line
  }
  return raws.map((raw) => {
    const colon = raw.indexOf(':')
    const value = raw
      .slice(colon + 1)
      .replaceAll(/\r?\n/g, '')
      .trim()
    return { name: raw.slice(0, colon).trim(), value, raw }
  })
}

/** The value of the first field of that name. */
export function fieldValue(fields: readonly HeaderField[], name: string): string | undefined {
  const folded = name.toLowerCase()
  return fields.find((field) => field.name.toLowerCase() === folded)?.value
}

/** A structured value such as `text/plain; charset=utf-8`: the word and its parameters, names in lower case. */
export interface ParameterizedValue {
  readonly value: string
  readonly parameters: readonly (readonly [name: string, value: string])[]
}

export function parseParameters(text: string): ParameterizedValue {
  const [value = ''] = /^[^;]*/.exec(text) ?? []
  const parameters: (readonly [string, string])[] = []
  for (const match of text.slice(value.length).matchAll(/;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s"]*))/g)) {
    parameters.push([(match[1] ?? '').toLowerCase(), match[2]?.replaceAll(/\\(.)/g, '$1') ?? match[3] ?? ''])
  }
  return { value: value.trim(), parameters }
}
