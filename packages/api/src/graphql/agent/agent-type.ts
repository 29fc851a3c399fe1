import { availabilities, instant, loadOf, personId, workChannels } from '@guichet/domain'
import type { AgentRow, AgentTime } from '@guichet/projections'
import { countDays, isCalendarDay, mostReportDays } from '@guichet/projections'
import { accessToField } from '../../auth/index.ts'
import { edgeError } from '../../errors/index.ts'
import { onShiftAt } from '../../shifts/on-shift.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import { enumOf } from '../schema/enum-values.ts'
import { loadNodes } from '../schema/load-nodes.ts'

/** The type of an agent, with the words of what they do. */
export function addAgentType(builder: ApiBuilder) {
  const availability = enumOf(builder, 'Availability', availabilities)
  const channel = enumOf(builder, 'WorkChannel', workChannels)
  const skill = builder.objectRef<readonly [name: string, level: number]>('Skill').implement({
    fields: (t) => ({
      name: t.string({ resolve: ([name]) => name }),
      level: t.int({ description: 'From 1 to 5.', resolve: ([, level]) => level }),
    }),
  })
  const load = builder
    .objectRef<{ readonly channel: (typeof workChannels)[number]; readonly taken: number; readonly places: number }>(
      'AgentLoad',
    )
    .implement({
      description: 'How much of what an agent takes at once is taken; more than there is only by hand.',
      fields: (t) => ({
        channel: t.expose('channel', { type: channel }),
        taken: t.exposeInt('taken'),
        places: t.exposeInt('places'),
      }),
    })
  const time = builder.objectRef<AgentTime>('AgentTime').implement({
    description: 'How long an agent was in an availability on a day of the desk’s time zone as it is now.',
    fields: (t) => ({
      day: t.expose('day', { type: 'Date' }),
      availability: t.expose('availability', { type: availability }),
      milliseconds: t.exposeFloat('milliseconds'),
    }),
  })
  const agent = builder.objectRef<AgentRow>('Agent')
  builder.node(agent, {
    description: 'Somebody whom tickets are offered to.',
    id: { description: 'What agents and mutations are asked by, as well as by `userId`.', resolve: ({ id }) => id },
    loadMany: loadNodes('agent', async (id, { read }) =>
      personId.safeParse(id).success ? (await read('routing')).agent(id) : undefined,
    ),
    fields: (t) => ({
      userId: t.exposeID('id'),
      name: t.string({ resolve: ({ agent: { profile } }) => profile.name }),
      email: t.string({ nullable: true, resolve: ({ agent: { profile } }) => profile.email }),
      level: t.int({ description: 'The support level, 1 to 3.', resolve: ({ agent: { profile } }) => profile.level }),
      centre: t.string({ nullable: true, resolve: ({ agent: { profile } }) => profile.centre }),
      team: t.string({ nullable: true, resolve: ({ agent: { profile } }) => profile.team }),
      languages: t.stringList({ resolve: ({ agent: { profile } }) => profile.languages }),
      skills: t.field({ type: [skill], resolve: ({ agent: { profile } }) => Object.entries(profile.skills) }),
      specialities: t.stringList({
        description: 'Paths of categories; one covers what lies below it.',
        resolve: ({ agent: { profile } }) => profile.specialities,
      }),
      rating: t.float({ description: 'From 0 to 10.', resolve: ({ agent: { profile } }) => profile.rating }),
      shift: t.string({ nullable: true, resolve: ({ agent: { profile } }) => profile.shift }),
      onShift: t.boolean({
        description: 'Whether it is time for them to work; true for who has neither a shift nor a centre with hours.',
        resolve: async ({ agent: present }, _, { services: { desk } }) => {
          await desk.terms()
          return onShiftAt(desk.timeline, instant(new Date()))(present)
        },
      }),
      retired: t.boolean({ resolve: ({ agent: { status } }) => status === 'retired' }),
      availability: t.field({ type: availability, resolve: ({ agent: { availability: present } }) => present }),
      availabilityReason: t.string({
        nullable: true,
        resolve: ({ agent: { availabilityReason } }) => availabilityReason,
      }),
      availableSince: t.field({
        type: 'DateTime',
        description: 'Since when the agent has been in this availability.',
        resolve: ({ agent: { availableSince } }) => availableSince,
      }),
      load: t.field({
        type: [load],
        resolve: ({ agent: present }) => {
          const taken = loadOf(present)
          const { capacity } = present.profile
          return workChannels.map((each) => ({ channel: each, taken: taken[each], places: capacity[each] }))
        },
      }),
      timeInAvailability: t.field({
        type: [time],
        nullable: true,
        description:
          'By day, both included; what goes on counts until now. Agents read their own; null where it is not yours to read.',
        extensions: { cost: 100 },
        args: { from: t.arg({ type: 'Date', required: true }), to: t.arg({ type: 'Date', required: true }) },
        resolve: async ({ id }, { from: first, to: last }, { loaders, principal }) => {
          const access = accessToField('Agent.timeInAvailability', principal)
          if (access === 'none' || (access === 'own' && principal?.id !== id)) return null
          const valid = isCalendarDay(first) && isCalendarDay(last)
          const days = valid ? countDays(first, last) : 0
          if (days < 1 || days > mostReportDays) {
            throw edgeError('malformed_input', `from, to: must be a period of 1 to ${mostReportDays} days`)
          }
          return [...(await loaders.agentTimes.load({ id, first, last }))]
        },
      }),
    }),
  })
  return { agent, availability }
}

export type AgentTypes = ReturnType<typeof addAgentType>
