const prefix = 'import/'

/** The correlation id of every command that an import sends: it marks the events as imported history. */
export const importCorrelation = (importId: string): string => `${prefix}${importId}`

/** The import that an event came in with; undefined for an event of the desk's own. */
export function importIdOf(correlationId: string): string | undefined {
  return correlationId.length > prefix.length && correlationId.startsWith(prefix)
    ? correlationId.slice(prefix.length)
    : undefined
}

/** What an event of an import means for the tickets that came in with it: whether it holds them from then on; undefined for nothing. */
export function holdsTickets(event: { readonly type: string }): boolean | undefined {
  return holding.get(event.type)
}

const holding: ReadonlyMap<string, boolean> = new Map([
  ['ImportResumed', true],
  ['ImportWithdrawalStarted', true],
  ['ImportCompleted', false],
  ['ImportAbandoned', false],
  ['ImportWithdrawn', false],
])
