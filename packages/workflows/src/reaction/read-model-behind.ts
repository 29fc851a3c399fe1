import type { Position } from '@guichet/domain'

/** A read model whose rows a reaction needs does not know an event yet: an outage, which every event waits for. */
export class ReadModelBehind extends Error {
  override readonly name = 'ReadModelBehind'
  constructor(position: Position) {
    super(`the read model of routing has not reached ${position}`)
  }
}

/** Whether an error is that a read model is behind. */
export const isReadModelBehind = (error: unknown): boolean => error instanceof ReadModelBehind
