/** A run in numbers, for one account. */
export interface AccountMetrics {
  readonly name: string
  readonly startMs: number
  readonly endMs: number
  readonly complete: boolean
  readonly status: number
  /** Held by the mirror; undefined: there is no store to ask. `failed` too: those it could not get. */
  readonly messages: number | undefined
  readonly failed: number | undefined
  /** Of this run. */
  readonly newMessages: number
  readonly removed: number
  readonly receivedOctets: number
  /** undefined: never. */
  readonly lastSuccessMs: number | undefined
}

export interface RunMetrics {
  readonly startMs: number
  readonly endMs: number
  readonly complete: boolean
  readonly status: number
  readonly accounts: readonly AccountMetrics[]
}

/** What there is of a run and of each account in it. */
type Figures = Omit<AccountMetrics, 'name'>

const families: readonly {
  readonly name: string
  readonly help: string
  readonly value: (figures: Figures) => number | undefined
}[] = [
  {
    name: 'start_timestamp_seconds',
    help: 'When the last sync began.',
    value: ({ startMs }) => startMs / 1000,
  },
  { name: 'end_timestamp_seconds', help: 'When the last sync ended.', value: ({ endMs }) => endMs / 1000 },
  {
    name: 'last_success_timestamp_seconds',
    help: 'When a sync last left everything complete; 0 is never.',
    value: ({ lastSuccessMs }) => (lastSuccessMs ?? 0) / 1000,
  },
  {
    name: 'duration_seconds',
    help: 'How long the last sync took.',
    value: ({ startMs, endMs }) => Math.max(0, endMs - startMs) / 1000,
  },
  {
    name: 'complete',
    help: 'Whether the last sync left everything complete.',
    value: ({ complete }) => (complete ? 1 : 0),
  },
  {
    name: 'exit_status',
    help: 'How the last sync ended; 0 is well, 75 is to be tried later.',
    value: ({ status }) => status,
  },
  { name: 'messages', help: 'Messages in the mirror, without removed ones.', value: ({ messages }) => messages },
  {
    name: 'failed_messages',
    help: 'Messages that the server lists and the mirror could not get.',
    value: ({ failed }) => failed,
  },
  {
    name: 'new_messages',
    help: 'Messages that the last sync added.',
    value: ({ newMessages }) => newMessages,
  },
  {
    name: 'removed_messages',
    help: 'Messages that the last sync found to be removed.',
    value: ({ removed }) => removed,
  },
  {
    name: 'received_bytes',
    help: 'What the last sync received from servers.',
    value: ({ receivedOctets }) => receivedOctets,
  },
]

/** The text that Prometheus reads (text-based exposition format 0.0.4). Sums over accounts have a family of their own, so that
 *  no query counts anything twice. */
export function metricsFile(run: RunMetrics): string {
  const whole: readonly Sample[] = [{ labels: '', figures: figuresOf(run) }]
  const parts = run.accounts.map((figures): Sample => ({ labels: `{account="${labelValue(figures.name)}"}`, figures }))
  return [...familyLines('mailmirror_sync_', whole), ...familyLines('mailmirror_account_', parts)]
    .map((line) => `${line}\n`)
    .join('')
}

interface Sample {
  readonly labels: string
  readonly figures: Figures
}

/** A family that nothing is known of is left out. */
function familyLines(prefix: string, samples: readonly Sample[]): readonly string[] {
  return families.flatMap(({ name, help, value }) => {
    const lines = samples.flatMap(({ labels, figures }) => {
      const number = value(figures)
      return number === undefined ? [] : [`${prefix}${name}${labels} ${number}`]
    })
    return lines.length === 0 ? [] : [`# HELP ${prefix}${name} ${help}`, `# TYPE ${prefix}${name} gauge`, ...lines]
  })
}

function figuresOf({ accounts, ...run }: RunMetrics): Figures {
  const sum = (pick: (figures: AccountMetrics) => number): number =>
    accounts.reduce((total, figures) => total + pick(figures), 0)
  const known = (pick: (figures: AccountMetrics) => number | undefined): number | undefined =>
    accounts.every((figures) => pick(figures) === undefined) ? undefined : sum((figures) => pick(figures) ?? 0)
  return {
    ...run,
    messages: known(({ messages }) => messages),
    failed: known(({ failed }) => failed),
    newMessages: sum(({ newMessages }) => newMessages),
    removed: sum(({ removed }) => removed),
    receivedOctets: sum(({ receivedOctets }) => receivedOctets),
    // As old as that of the account whose last success is the oldest.
    lastSuccessMs: accounts.length === 0 ? undefined : Math.min(...accounts.map((one) => one.lastSuccessMs ?? 0)),
  }
}

function labelValue(text: string): string {
  return text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)
}
