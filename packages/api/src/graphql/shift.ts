import type { Crew, ShiftChanged, ShiftsAt, ShortCrew } from '@guichet/domain'
import { crewKinds, instant, shiftId, shiftsAt } from '@guichet/domain'
import { changesOfShift, shortCrews } from '../shifts.ts'
import type { ApiBuilder } from './builder.ts'
import { historyCost } from './loaders.ts'
import { assertPageSize } from './paging.ts'
import { enumOf } from './vocabulary.ts'

/** `shifts`: who is on shift, when that changes, and what has become of the changes before. */
export function addShiftQueries(builder: ApiBuilder, crew: CrewRef): void {
  const handOver = builder.objectRef<ShiftsAt['handOvers'][number]>('HandOver').implement({
    description: 'Whose open conversations go to whom at a change of shift.',
    fields: (t) => ({
      from: t.expose('from', { type: crew }),
      to: t.field({
        type: crew,
        nullable: true,
        description: 'Null where nobody takes over yet: the conversations stay with their agents until somebody does.',
        resolve: ({ to }) => to,
      }),
    }),
  })
  const change = builder.objectRef<ShiftChanged>('ShiftChange').implement({
    description: 'A change of shift as it was recorded.',
    fields: (t) => ({
      dueAt: t.field({ type: 'DateTime', description: 'The instant of the change.', resolve: ({ dueAt }) => dueAt }),
      recordedAt: t.field({ type: 'DateTime', resolve: ({ at }) => at }),
      missedSince: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'The first change before it that was passed over, since nobody recorded it in time.',
        resolve: ({ missedSince }) => missedSince,
      }),
      onShift: t.field({ type: [crew], resolve: ({ onShift }) => [...onShift] }),
      began: t.field({ type: [crew], resolve: ({ began }) => [...began] }),
      ended: t.field({ type: [crew], resolve: ({ ended }) => [...ended] }),
      handOvers: t.field({ type: [handOver], resolve: ({ handOvers }) => [...handOvers] }),
      policyVersion: t.string({ resolve: ({ policyVersion }) => policyVersion }),
    }),
  })
  const short = builder.objectRef<ShortCrew>('ShortCrew').implement({
    fields: (t) => ({
      crew: t.field({ type: crew, resolve: (each) => each.crew }),
      atWork: t.exposeInt('atWork', { description: 'Who belongs to it, is on shift and is not offline.' }),
      minimum: t.exposeInt('minimum'),
    }),
  })
  const shifts = builder.objectRef<ShiftsAt>('Shifts').implement({
    description: 'Who is on shift by the configuration in force.',
    fields: (t) => ({
      onShift: t.field({ type: [crew], resolve: ({ onShift }) => [...onShift] }),
      changesAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When others are on shift; null when that never is.',
        resolve: ({ changesAt }) => changesAt,
      }),
      handOvers: t.field({
        type: [handOver],
        description: 'What is handed over then.',
        resolve: ({ handOvers }) => [...handOvers],
      }),
      shortCrews: t.field({
        type: [short],
        description:
          'The centres and shifts that are on shift with fewer agents at work than the configuration asks for.',
        extensions: { cost: 10 },
        resolve: async (_, __, { services, read }) => [
          ...(await shortCrews(services.desk, () => read('routing'), instant(new Date()))),
        ],
      }),
      changes: t.field({
        type: [change],
        description: 'The changes that were recorded, the latest first.',
        extensions: { cost: historyCost },
        args: { first: t.arg.int({ required: true }) },
        resolve: async (_, { first }, { services }) => {
          assertPageSize('first', first)
          return [...(await changesOfShift(services.desk, first))]
        },
      }),
    }),
  })
  builder.queryField('shifts', (t) =>
    t.field({
      type: shifts,
      description: 'Who is on shift now, and when that changes.',
      resolve: async (_, __, { services: { desk } }) => {
        await desk.terms()
        const { state } = await desk.read('shift', shiftId)
        return shiftsAt(desk.timeline, instant(new Date()), state)
      },
    }),
  )
}

/** `Crew`: a centre or a shift. */
export function addCrewType(builder: ApiBuilder) {
  const kind = enumOf(builder, 'CrewKind', crewKinds)
  return builder.objectRef<Crew>('Crew').implement({
    description: 'Those who begin and end work together: a centre by its id, or a shift by the name of its calendar.',
    fields: (t) => ({ kind: t.expose('kind', { type: kind }), name: t.exposeString('name') }),
  })
}

export type CrewRef = ReturnType<typeof addCrewType>
