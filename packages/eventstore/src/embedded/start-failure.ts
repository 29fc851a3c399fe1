/** The embedded Postgres, or one of its programs, did not start. The message has the end of its log. */
export class PostgresNotStarted extends Error {
  override readonly name = 'PostgresNotStarted'
  /** Why, in one line, in the words of Postgres. */
  readonly reason: string
  constructor(
    what: string,
    log: readonly string[],
    options: { readonly silent?: true; readonly cause?: unknown } = {},
  ) {
    super([`${what}:`, ...log].join('\n'), { cause: options.cause })
    const reason = reasonIn(log)
    this.reason = reason === undefined ? what : options.silent ? `${what}, after: ${reason}` : reason
  }
}

/** `2026-11-25 23:45:34.724 UTC [1294] FATAL:  no space left`; programs write lines without time and severity, too. */
const logged = /^(?:\S+ \S+ \S+ \[\d+\] )?(?<severity>[A-Z]{3,7}):\s+(?<text>.*)$/

const grave: ReadonlySet<string> = new Set(['PANIC', 'FATAL', 'ERROR'])
const explains: ReadonlySet<string> = new Set(['DETAIL', 'HINT'])

/** What Postgres logs as a note or a warning although it is the cause of what follows. */
const namesCause = /^(?:could not|cannot|invalid value|unrecognized|syntax error)/

/** The refusal of a client that connects meanwhile. */
const refusesClient = /^the database system is /

const longestReason = 500

/**
 * Returns why Postgres did not start, in one line: the first grave line of its log with the notes that led to it and
 * what explains it. What follows that line, such as that the system is shut down, is a consequence. Without a grave
 * line, all that a program wrote before it had a log; else the last line; undefined where there is none.
 */
export function reasonIn(log: readonly string[]): string | undefined {
  const entries = log
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(entryOf)
  const reason = [...new Set(chosen(entries).map(({ text }) => text.replace(/[.,]$/, '')))].join('; ')
  if (reason === '') return undefined
  return reason.length > longestReason ? `${reason.slice(0, longestReason - 1)}…` : reason
}

type Entry = { readonly severity: string | undefined; readonly text: string }

function entryOf(line: string): Entry {
  const groups = logged.exec(line)?.groups
  return { severity: groups?.['severity'], text: groups?.['text'] ?? line }
}

function chosen(entries: readonly Entry[]): readonly Entry[] {
  const first = entries.findIndex(({ severity = '', text }) => grave.has(severity) && !refusesClient.test(text))
  if (first < 0) {
    const unlogged = entries.filter(({ severity }) => severity === undefined)
    return unlogged.length > 0 ? unlogged : entries.slice(-1)
  }
  const after = entries.slice(first + 1)
  const end = after.findIndex(({ severity = '' }) => !explains.has(severity))
  return [
    ...entries.slice(0, first).filter(({ severity, text }) => severity !== undefined && namesCause.test(text)),
    ...entries.slice(first, first + 1),
    ...after.slice(0, end < 0 ? undefined : end),
  ]
}
