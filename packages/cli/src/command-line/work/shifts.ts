import type { Crew, ShiftChanged, ShiftsAt } from '@guichet/domain'
import { shiftId, shiftsAt } from '@guichet/domain'
import { now } from '../../engine/engine.ts'
import { changesOfShift, shortCrews } from '@guichet/api/parts'
import type { Context } from '../context.ts'
import { table } from '../table.ts'
import { askReadModels } from '../with-engine.ts'

/** The options of `shifts`. */
export type ShiftsOptions = { readonly last: number; readonly json?: boolean }

/** Prints the agents on shift, and the next changes. */
export async function shifts({ last, json }: ShiftsOptions, context: Context): Promise<void> {
  const { terminal } = context
  const { present, short, changes } = await askReadModels(context, async ({ desk, readModels }) => {
    await desk.terms()
    const { state } = await desk.read('shift', shiftId)
    return {
      present: shiftsAt(desk.timeline, now(), state),
      short: await shortCrews(desk, () => Promise.resolve(readModels.routing), now()),
      changes: last === 0 ? [] : (await changesOfShift(desk, last)).map(({ changed }) => changed),
    }
  })
  if (json) {
    const entries = changes.map(({ type: _, by: __, at: recordedAt, ...change }) => ({ ...change, recordedAt }))
    return terminal.out(JSON.stringify({ ...present, shortCrews: short, changes: entries }))
  }
  const { onShift, changesAt, handOvers } = present
  if (onShift.length === 0 && changesAt === undefined) {
    return terminal.out('the desk has neither centres nor shifts: everybody is on shift at all times')
  }
  terminal.out(`on shift: ${names(onShift)}`)
  for (const { crew, atWork, minimum } of short) {
    terminal.err(`warning ${crew.kind} ${crew.name} is short: ${atWork} at work, ${minimum} are to be`)
  }
  terminal.out(
    changesAt === undefined
      ? 'that never changes'
      : `changes at ${changesAt}${handOvers.length === 0 ? '' : `: ${formatElapsed(handOvers)}`}`,
  )
  if (changes.length > 0) terminal.out(table(['changed at', 'on shift', 'handed over'], changes.map(row)))
}

const names = (crews: readonly Crew[]): string =>
  crews.length === 0 ? 'nobody' : crews.map(({ name }) => name).join(', ')

const formatElapsed = (handOvers: ShiftsAt['handOvers']): string =>
  handOvers.map(({ from, to }) => `${from.name} → ${to?.name ?? 'nobody'}`).join(', ')

const row = ({ dueAt, onShift, handOvers, missedSince }: ShiftChanged): string[] => [
  dueAt,
  names(onShift),
  `${formatElapsed(handOvers)}${missedSince === undefined ? '' : ` (others passed over since ${missedSince})`}`,
]
