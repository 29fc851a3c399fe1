import type { Crew, ShiftsAt, ShortCrew } from '@guichet/domain'
import { crewKinds, instant, shiftId, shiftsAt } from '@guichet/domain'
import type { RecordedShiftChange } from '../../shifts.ts'
import { changesOfShift, shortCrews } from '../../shifts.ts'
import type { SchemaParts } from '../builder.ts'
import { globalId } from '../builder.ts'
import { historyCost } from '../loaders.ts'
import { assertPageSize } from '../paging.ts'
import { enumOf } from '../vocabulary.ts'

/** Adds `shifts`: the crews on shift, the next change and the changes before. */
export function addShiftQueries({ builder, use }: SchemaParts): void {
  const crew = use(addCrewType)
  const handOver = builder.objectRef<ShiftsAt['handOvers'][number]>('HandOver').implement({
    description: 'A hand-over of open conversations from one crew to another at a change of shift.',
    fields: (t) => ({
      from: t.expose('from', { type: crew }),
      to: t.field({
        type: crew,
        nullable: true,
        description:
          'The crew that takes over. Null if none does yet: the conversations stay with their agents until then.',
        resolve: ({ to }) => to,
      }),
    }),
  })
  const change = builder.objectRef<RecordedShiftChange>('ShiftChange').implement({
    description: 'A recorded change of shift.',
    fields: (t) => ({
      id: t.id({
        description: 'The global id, unique across all types.',
        resolve: ({ number }) => globalId('ShiftChange', String(number)),
      }),
      number: t.exposeInt('number', { description: 'Its number among all recorded changes, from 1.' }),
      dueAt: t.field({
        type: 'DateTime',
        description: 'When the change was due.',
        resolve: ({ changed }) => changed.dueAt,
      }),
      recordedAt: t.field({ type: 'DateTime', resolve: ({ changed }) => changed.at }),
      missedSince: t.field({
        type: 'DateTime',
        nullable: true,
        description:
          'The due time of the first skipped change before it; a change is skipped if it is not recorded in time.',
        resolve: ({ changed }) => changed.missedSince,
      }),
      onShift: t.field({ type: [crew], resolve: ({ changed }) => [...changed.onShift] }),
      began: t.field({ type: [crew], resolve: ({ changed }) => [...changed.began] }),
      ended: t.field({ type: [crew], resolve: ({ changed }) => [...changed.ended] }),
      handOvers: t.field({ type: [handOver], resolve: ({ changed }) => [...changed.handOvers] }),
      policyVersion: t.string({ resolve: ({ changed }) => changed.policyVersion }),
    }),
  })
  const short = builder.objectRef<ShortCrew>('ShortCrew').implement({
    fields: (t) => ({
      crew: t.field({ type: crew, resolve: (each) => each.crew }),
      atWork: t.exposeInt('atWork', { description: 'How many of its agents are on shift and not offline.' }),
      minimum: t.exposeInt('minimum'),
    }),
  })
  const shifts = builder.objectRef<ShiftsAt>('Shifts').implement({
    description: 'The crews on shift by the configuration in force.',
    fields: (t) => ({
      onShift: t.field({ type: [crew], resolve: ({ onShift }) => [...onShift] }),
      changesAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When the crews on shift change next; null if never.',
        resolve: ({ changesAt }) => changesAt,
      }),
      handOvers: t.field({
        type: [handOver],
        description: 'The hand-overs at that change.',
        resolve: ({ handOvers }) => [...handOvers],
      }),
      shortCrews: t.field({
        type: [short],
        description: 'The crews on shift with fewer agents at work than the configuration requires.',
        extensions: { cost: 10 },
        resolve: async (_, __, { services, read }) => [
          ...(await shortCrews(services.desk, () => read('routing'), instant(new Date()))),
        ],
      }),
      changes: t.field({
        type: [change],
        description: 'The recorded changes, the latest first.',
        extensions: { cost: historyCost },
        args: {
          first: t.arg.int({ required: true }),
          before: t.arg.int({
            description: 'Lists only changes before this `number`: the last one of a list leads to those before.',
          }),
        },
        resolve: async (_, { first, before }, { services }) => {
          assertPageSize('first', first)
          return [...(await changesOfShift(services.desk, first, before ?? undefined))]
        },
      }),
    }),
  })
  builder.queryField('shifts', (t) =>
    t.field({
      type: shifts,
      description: 'The crews on shift now, and the changes of shift.',
      resolve: async (_, __, { services: { desk } }) => {
        await desk.terms()
        const { state } = await desk.read('shift', shiftId)
        return shiftsAt(desk.timeline, instant(new Date()), state)
      },
    }),
  )
}

/** Adds `Crew`: a centre or a shift. */
export function addCrewType({ builder }: SchemaParts) {
  const kind = enumOf(builder, 'CrewKind', crewKinds)
  return builder.objectRef<Crew>('Crew').implement({
    description:
      'Agents who begin and end work together: a centre, named by its id, or a shift, named by its calendar.',
    fields: (t) => ({ kind: t.expose('kind', { type: kind }), name: t.exposeString('name') }),
  })
}

/** The reference to `Crew`, for fields of other parts of the schema. */
export type CrewRef = ReturnType<typeof addCrewType>
