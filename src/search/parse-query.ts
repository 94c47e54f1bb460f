import type { Query } from '../model/query.ts'
import { fieldNames, readField, readWords, refuseUnknownField } from './query-fields.ts'
import { QueryError } from './query-error.ts'
import { tokenize } from './query-tokens.ts'
import type { Token } from './query-tokens.ts'

const mostDepth = 100

/** Reads a query in the manner of Gmail; an empty one asks for everything. Blanks mean AND; `OR` binds closer, as `a b OR c`
 *  is `a AND (b OR c)`. Whatever is typed gives a query or a QueryError that says where. */
export function parseQuery(text: string, { nowMs }: { readonly nowMs: number }): Query {
  const tokens = tokenize(text, (name) => fieldNames.has(name.toLowerCase()))
  const parser = new Parser(tokens, text.length, nowMs)
  return parser.parse()
}

class Parser {
  readonly #tokens: readonly Token[]
  readonly #end: number
  readonly #nowMs: number
  #place = 0
  #depth = 0

  constructor(tokens: readonly Token[], end: number, nowMs: number) {
    this.#tokens = tokens
    this.#end = end
    this.#nowMs = nowMs
  }

  parse(): Query {
    const query = this.#conjunction(undefined)
    const rest = this.#tokens[this.#place]
    if (rest !== undefined) throw new QueryError(rest.offset, 'a parenthesis ends here that has not begun')
    return query
  }

  /** `field`: that of the parentheses it stands in. */
  #conjunction(field: FieldToken | undefined): Query {
    const all: Query[] = []
    for (;;) {
      const token = this.#tokens[this.#place]
      if (token === undefined || token.kind === 'close') return joined('and', all)
      if (token.kind === 'and') {
        this.#place++
        this.#demandOperand(token, 'AND')
      } else all.push(this.#disjunction(field))
    }
  }

  #disjunction(field: FieldToken | undefined): Query {
    const any = [this.#operand(field)]
    for (;;) {
      const token = this.#tokens[this.#place]
      if (token?.kind !== 'or') return joined('or', any)
      this.#place++
      this.#demandOperand(token, 'OR')
      any.push(this.#operand(field))
    }
  }

  #demandOperand(token: Token, name: string): void {
    const next = this.#tokens[this.#place]
    if (next === undefined || next.kind === 'close' || next.kind === 'or' || next.kind === 'and') {
      throw new QueryError(
        token.offset,
        `nothing follows ${name}`,
        `to look for the word itself write "${name}" in quotes`,
      )
    }
  }

  #operand(field: FieldToken | undefined): Query {
    const token = this.#tokens[this.#place++]
    if (token === undefined) throw new QueryError(this.#end, 'something is missing at its end')
    if (token.kind === 'not') return this.#negation(token, field)
    if (token.kind === 'open') return this.#group(token, field)
    if (token.kind === 'field') return this.#fieldTerm(token)
    if (token.kind === 'text') return field === undefined ? textTerm(token) : readField(field, token, this.#nowMs)
    const name = token.kind === 'or' ? 'OR' : 'AND'
    throw new QueryError(
      token.offset,
      `nothing stands before ${name}`,
      `to look for the word itself write "${name}" in quotes`,
    )
  }

  #negation(token: Token, field: FieldToken | undefined): Query {
    const next = this.#tokens[this.#place]
    if (next === undefined || !['text', 'open', 'field', 'not'].includes(next.kind)) {
      throw new QueryError(token.offset, 'nothing follows that is to be left out')
    }
    this.#deeper(token)
    const of = this.#operand(field)
    this.#depth--
    return of.kind === 'not' ? of.of : { kind: 'not', of }
  }

  #group(open: Token, field: FieldToken | undefined): Query {
    this.#deeper(open)
    const query = this.#conjunction(field)
    this.#depth--
    if (this.#tokens[this.#place]?.kind !== 'close') {
      throw new QueryError(open.offset, 'a parenthesis begins here and does not end')
    }
    this.#place++
    if (query.kind === 'all') throw new QueryError(open.offset, 'nothing stands in these parentheses')
    return query
  }

  #fieldTerm(token: FieldToken): Query {
    const next = this.#tokens[this.#place]
    this.#place++
    if (token.hasValue && next?.kind === 'open') return this.#group(next, token)
    if (token.hasValue && next?.kind === 'text') return readField(token, next, this.#nowMs)
    throw new QueryError(token.offset, `${token.name}: is followed by nothing`, `write ${token.name}:word`)
  }

  #deeper(token: Token): void {
    if (++this.#depth > mostDepth) throw new QueryError(token.offset, `it is nested more than ${mostDepth} deep`)
  }
}

type FieldToken = Extract<Token, { kind: 'field' }>
type TextToken = Extract<Token, { kind: 'text' }>

function textTerm(token: TextToken): Query {
  if (!token.isQuoted) refuseUnknownField(token)
  return readWords(token, undefined)
}

function joined(kind: 'and' | 'or', parts: readonly Query[]): Query {
  const [first, ...others] = parts.flatMap((part) => (part.kind === kind ? part.of : [part]))
  if (first === undefined) return { kind: 'all' }
  return others.length === 0 ? first : { kind, of: [first, ...others] }
}
