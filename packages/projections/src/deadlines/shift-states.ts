import type { ShiftEvent, ShiftState } from '@guichet/domain'
import { evolveShift } from '@guichet/domain'
import type { StreamFolding } from '../streams/stream-folding.ts'
import { createStreamFolding } from '../streams/stream-folding.ts'

/** Folds the shifts of a desk with the domain's own fold. */
export function createShiftFolding(): StreamFolding<ShiftEvent, ShiftState> {
  return createStreamFolding<ShiftEvent, ShiftState>({
    category: 'shift',
    initial: { status: 'absent' },
    evolve: (state, { event }) => evolveShift(state, event),
  })
}
