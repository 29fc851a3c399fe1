import type { AgentState, Board, Desk, Position, WorkItem } from '@guichet/domain'

/** What a router knows when it begins: all that follows from the events up to a position, and perhaps from later ones. */
export type Beginning = {
  readonly after: Position | undefined
  readonly agents: readonly { readonly id: string; readonly version: number; readonly state: AgentState }[]
  /** The imports that have ended: what they still bring in waits for nothing. */
  readonly endedImports: readonly string[]
  /** The tickets that are open, all at once or as they are read. */
  readonly tickets: Iterable<WorkItem> | AsyncIterable<WorkItem>
}

/** Lets a board learn all that is known at the beginning, and a desk what its agents' streams, which grow without end, have led to. */
export async function learnBeginning(
  board: Board,
  desk: Pick<Desk, 'remember'>,
  { agents, endedImports, tickets }: Beginning,
): Promise<void> {
  for (const { id, version, state } of agents) {
    board.roster.learn(id, version, state)
    desk.remember('agent', id, { version, state })
  }
  for (const id of endedImports) board.learnEndedImport(id)
  for await (const item of tickets) board.learnTicket(item)
}
