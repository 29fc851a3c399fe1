import type { AgentState, Position, WorkItem } from '@guichet/domain'

/** What a router knows when it begins: all that follows from the events up to a position, and perhaps from later ones. */
export type Beginning = {
  readonly after: Position | undefined
  readonly agents: readonly { readonly id: string; readonly version: number; readonly state: AgentState }[]
  /** The imports that have ended: what they still bring in waits for nothing. */
  readonly endedImports: readonly string[]
  /** The tickets that are open, all at once or as they are read. */
  readonly tickets: Iterable<WorkItem> | AsyncIterable<WorkItem>
}
