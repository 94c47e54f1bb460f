import type { Query, TextField, TextQuery } from '../model/query.ts'
import { toPhrase } from '../model/words.ts'

/** Columns of the full-text table by field. */
const columns: Readonly<Record<TextField, string>> = {
  subject: 'subject',
  from: 'sender',
  to: 'recipients',
  cc: 'copies',
  body: 'body',
  filename: 'attachments',
}

/** FTS5's parser has a stack for so many levels and more. */
const mostDepth = 40

/** What FTS5 is to MATCH; undefined for a query that asks for more than words, or only for words that are not there. Words
 *  are letters and digits, and quoted: nothing that was typed is an operator (S24). */
export function matchExpression(query: Query, depth = 0): string | undefined {
  if (query.kind === 'text') return phraseExpression(query)
  if (depth > mostDepth) return undefined
  if (query.kind === 'or') return joined(query.of, ' OR ', depth)
  return query.kind === 'and' ? conjunction(query.of, depth) : undefined
}

/** NOT has two sides in FTS5: what there is, and what of it is left out. */
function conjunction(parts: readonly Query[], depth: number): string | undefined {
  const wanted = parts.filter(({ kind }) => kind !== 'not')
  const unwanted = parts.flatMap((part) => (part.kind === 'not' ? [part.of] : []))
  if (wanted.length === 0) return undefined
  const positive = joined(wanted, ' AND ', depth)
  if (unwanted.length === 0 || positive === undefined) return positive
  const negative = joined(unwanted, ' OR ', depth)
  return negative === undefined ? undefined : `(${positive} NOT ${negative})`
}

function joined(parts: readonly Query[], operator: string, depth: number): string | undefined {
  const expressions = parts.map((part) => matchExpression(part, depth + 1))
  if (expressions.includes(undefined)) return undefined
  return expressions.length === 1 ? expressions[0] : `(${expressions.join(operator)})`
}

function phraseExpression({ field, text, prefix: wantsPrefix }: TextQuery): string | undefined {
  const { words, prefix } = toPhrase(text, wantsPrefix)
  if (words.length === 0) return undefined
  const phrase = `"${words.join(' ')}"${prefix ? ' *' : ''}`
  return field === undefined ? phrase : `{${columns[field]}} : ${phrase}`
}
