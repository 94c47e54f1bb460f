type Keywords = Readonly<Record<string, unknown>>

/** What of a value a JSON Schema does not allow, by those keywords that ours uses. */
export function schemaErrors(value: unknown, schema: unknown, path = ''): readonly string[] {
  if (!isRecord(schema)) throw new Error(`${path}: no schema`)
  const wrong = ownError(value, schema, path)
  if (wrong !== undefined) return [`${path}: ${wrong}`]
  if (Array.isArray(value)) {
    return value.flatMap((one, index) => schemaErrors(one, schema['items'], join(path, String(index))))
  }
  return isRecord(value) ? propertyErrors(value, schema, path) : []
}

function ownError(value: unknown, schema: Keywords, path: string): string | undefined {
  const { const: only, anyOf, type, pattern } = schema
  if (only !== undefined && value !== only) return `is not ${JSON.stringify(only)}`
  if (Array.isArray(anyOf) && anyOf.every((one) => schemaErrors(value, one, path).length > 0)) return 'is none of these'
  if (type !== undefined && ![type].flat().some((one) => hasType(value, one))) return `is no ${JSON.stringify(type)}`
  const isMatched = typeof pattern !== 'string' || new RegExp(pattern, 'u').test(String(value))
  return isMatched ? undefined : 'does not match'
}

function propertyErrors(value: Keywords, { properties, required }: Keywords, path: string): readonly string[] {
  if (!isRecord(properties)) return []
  const keys = Array.isArray(required) ? required.filter((key) => typeof key === 'string') : []
  const missing = keys.filter((key) => !(key in value)).map((key) => `${path}: lacks ${key}`)
  const present = Object.entries(properties).filter(([key]) => key in value)
  return [...missing, ...present.flatMap(([key, own]) => schemaErrors(value[key], own, join(path, key)))]
}

function hasType(value: unknown, type: unknown): boolean {
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  return type === 'object' ? isRecord(value) : typeof value === type
}

function isRecord(value: unknown): value is Keywords {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}
