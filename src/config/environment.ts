/** What the process was started with. Made once, in main.ts; whoever needs a variable is handed this. */
export interface Environment {
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly homeDirectory: string
}

/** A frozen copy, so that later changes of `env` are not seen and no variable is inherited by accident. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>, homeDirectory: string): Environment {
  return Object.freeze({ variables: Object.freeze({ ...env }), homeDirectory })
}
