import { engineCommandId, routingActor, shiftId } from '@guichet/domain'
import type { Reaction } from './reaction.ts'
import { reaction } from './reaction.ts'

/** Lets the changes of shift be recorded from when a configuration has centres or shifts for the first time. */
export const followShifts: Reaction = reaction({
  name: 'follow_shifts',
  on: ['ConfigurationApplied'],
  react: async ({ id }, desk) => {
    await desk.heedConfiguration()
    if (!desk.timeline.some(({ shifts }) => shifts !== undefined && shifts.crews.length > 0)) return
    const sender = { by: routingActor, commandId: engineCommandId('routing', 'shifts', id) }
    const outcome = await desk.engine.execute('shift', shiftId, { type: 'follow' }, sender)
    if (!outcome.ok) throw new ShiftsUnfollowed(outcome.refusal.message)
  },
})

/** Shifts whose changes could not be followed now, which will be tried again. */
export class ShiftsUnfollowed extends Error {
  override readonly name = 'ShiftsUnfollowed'
}
