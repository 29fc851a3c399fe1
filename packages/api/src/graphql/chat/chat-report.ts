import { instant } from '@guichet/domain'
import type { ChatDimension, ChatFigures, ChatFiguresOf, Spread, TimeRange } from '@guichet/projections'
import { chatAims, chatDimensions, mostReportDays, mostReportHours } from '@guichet/projections'
import { edgeError } from '../../errors.ts'
import type { ApiBuilder, SchemaParts, SchemaTypes } from '../builder.ts'
import { checkReportDays, periodOf } from '../desk/reports.ts'
import { enumOf } from '../vocabulary.ts'

/** Adds `chatReport`, `chatDays` and `chatHours`: the figures of chats beside the aims of the desk. */
export function addChatReport({ builder }: SchemaParts): void {
  const figures = addFigures(builder)
  const dimension = enumOf(builder, 'ChatDimension', chatDimensions, {
    description: 'What chats are divided by.',
    describe: (word) => dimensionNames[word],
  })
  const group = builder.objectRef<ChatFiguresOf>('ChatGroup').implement({
    description: 'The figures of the chats with one value of a dimension.',
    fields: (t) => ({
      value: t.exposeString('value', {
        nullable: true,
        description:
          'The value: a channel or priority in lower case, the path of a category, or the id of an agent. Null for no category, and for chats that no agent has, or had at their end.',
      }),
      figures: t.expose('figures', { type: figures, description: 'Their figures.' }),
    }),
  })
  const report = builder.objectRef<{ readonly range: TimeRange }>('ChatReport').implement({
    description: 'The figures of the chats that were started in a period.',
    fields: (t) => ({
      figures: t.field({
        type: figures,
        description: 'Of all of them.',
        resolve: async ({ range }, _, { read }) => (await read('chatFigures')).figures(range, instant(new Date())),
      }),
      groups: t.field({
        type: [group],
        description: 'Of those with each value of a dimension; values without chats are left out.',
        args: { by: t.arg({ type: dimension, required: true, description: 'The dimension.' }) },
        extensions: { cost: 200 },
        resolve: async ({ range }, { by }, { read }) => [
          ...(await (await read('chatFigures')).figuresBy(by, range, instant(new Date()))),
        ],
      }),
    }),
  })
  builder.queryField('chatReport', (t) =>
    t.field({
      type: report,
      description:
        'The figures of the chats that were started from `from`, included, to `to`, not included; of all chats without them.',
      args: {
        from: t.arg({ type: 'DateTime', description: 'The beginning, included.' }),
        to: t.arg({ type: 'DateTime', description: 'The end, not included.' }),
      },
      extensions: { cost: 200 },
      resolve: (_, period) => ({ range: periodOf(period) }),
    }),
  )

  const day = builder.objectRef<{ readonly day: string; readonly figures: ChatFigures }>('ChatDay').implement({
    description: 'The figures of the chats that were started on one day.',
    fields: (t) => ({
      day: t.expose('day', { type: 'Date', description: 'The day, in the time zone of the desk.' }),
      figures: t.expose('figures', { type: figures, description: 'Their figures.' }),
    }),
  })
  builder.queryField('chatDays', (t) =>
    t.field({
      type: [day],
      description: `The figures of each day from \`first\` to \`last\`, both included; at most ${mostReportDays} days.`,
      args: {
        first: t.arg({ type: 'Date', required: true, description: 'The first day.' }),
        last: t.arg({ type: 'Date', required: true, description: 'The last day.' }),
      },
      extensions: { cost: 100 },
      resolve: async (_, { first, last }, { read, services }) => {
        checkReportDays(first, last)
        const { policy } = await services.desk.terms()
        return [...(await (await read('chatFigures')).days(first, last, policy.timeZone, instant(new Date())))]
      },
    }),
  )

  const hour = builder.objectRef<{ readonly from: ReturnType<typeof instant>; readonly figures: ChatFigures }>(
    'ChatHour',
  )
  hour.implement({
    description: 'The figures of the chats that were started in one hour.',
    fields: (t) => ({
      from: t.expose('from', { type: 'DateTime', description: 'The beginning of the hour.' }),
      figures: t.expose('figures', { type: figures, description: 'Their figures.' }),
    }),
  })
  builder.queryField('chatHours', (t) =>
    t.field({
      type: [hour],
      description: `The figures of each of \`count\` hours from \`from\` on; at most ${mostReportHours} hours.`,
      args: {
        from: t.arg({ type: 'DateTime', required: true, description: 'The beginning of the first hour.' }),
        count: t.arg.int({ required: true, description: 'How many hours.' }),
      },
      extensions: { cost: 100 },
      resolve: async (_, { from, count }, { read }) => {
        if (count < 1 || count > mostReportHours) {
          throw edgeError('malformed_input', `count: from 1 to ${mostReportHours}, not ${count}`)
        }
        return [...(await (await read('chatFigures')).hours(from, count, instant(new Date())))]
      },
    }),
  )
}

const dimensionNames: Readonly<Record<ChatDimension, string>> = {
  channel: 'How the customer chats.',
  category: 'The category.',
  agent: 'The agents who have had the chat or answered it first: each with their own part of its figures.',
  priority: 'The priority.',
}

/** Adds `ChatFigures`. Durations are in milliseconds, shares from 0 to 1; both are null where nothing counts. */
function addFigures(builder: ApiBuilder) {
  const spread = builder.objectRef<Spread>('ChatSpread').implement({
    description: 'How long something took, in milliseconds; null where nothing counts.',
    fields: spreadFields,
  })
  const firstAnswer = builder.objectRef<ChatFigures['firstAnswer']>('ChatFirstAnswers').implement({
    description: 'The first answers of people: how long they took, and whether they came in the promised time.',
    fields: (t) => ({
      ...spreadFields(t),
      withinPromise: t.int({ description: 'How many came in time.', resolve: ({ withinPromise }) => withinPromise }),
      late: t.int({ description: 'How many came late, or not at all.', resolve: ({ late }) => late }),
      share: t.float({ nullable: true, description: 'The share that came in time.', resolve: ({ share }) => share }),
    }),
  })
  const abandonment = builder.objectRef<ChatFigures['abandonment']>('ChatAbandonment').implement({
    description: 'The chats that ended before a person had answered.',
    fields: (t) => ({
      saidSo: t.exposeInt('saidSo', {
        description: 'The customer ended the chat while it waited, and nobody had answered.',
      }),
      silentlyGone: t.exposeInt('silentlyGone', {
        description: 'The customer was disconnected while it waited, and nobody had answered.',
      }),
      neverAnswered: t.exposeInt('neverAnswered', {
        description:
          'An agent took the chat, and it ended without an answer of a person, whoever closed it. Chats that became tickets or were continued in another are not counted.',
      }),
      share: t.exposeFloat('share', {
        nullable: true,
        description: 'The share of all three in the closed chats that were not continued in another, without spam.',
      }),
      aim: t.float({
        description: 'The share below which the desk aims to stay.',
        resolve: () => chatAims.abandonment,
      }),
      met: t.exposeBoolean('met', { nullable: true, description: 'Whether the aim is met.' }),
    }),
  })
  const conversion = builder.objectRef<ChatFigures['conversion']>('ChatConversion').implement({
    description: 'The chats that became tickets.',
    fields: (t) => ({
      converted: t.exposeInt('converted', { description: 'How many did.' }),
      share: t.exposeFloat('share', {
        nullable: true,
        description: 'Their share in the closed chats that were not continued in another, without spam.',
      }),
      aim: t.float({ description: 'The share below which the desk aims to stay.', resolve: () => chatAims.conversion }),
      met: t.exposeBoolean('met', { nullable: true, description: 'Whether the aim is met.' }),
    }),
  })
  const satisfaction = builder.objectRef<ChatFigures['satisfaction']>('ChatSatisfaction').implement({
    description: 'How customers rated their chats, 1 to 5.',
    fields: (t) => ({
      ratings: t.exposeInt('ratings', { description: 'How many did.' }),
      mean: t.exposeFloat('mean', { nullable: true, description: 'The mean of the chats as a whole.' }),
      aim: t.float({ description: 'The mean that the desk aims to exceed.', resolve: () => chatAims.rating }),
      met: t.exposeBoolean('met', { nullable: true, description: 'Whether the aim is met.' }),
      satisfied: t.exposeFloat('satisfied', { nullable: true, description: 'The share of 4 and 5.' }),
      meanOfWait: t.exposeFloat('meanOfWait', { nullable: true, description: 'The mean of the waits.' }),
      meanOfAgent: t.exposeFloat('meanOfAgent', { nullable: true, description: 'The mean of the agents.' }),
      resolved: t.exposeFloat('resolved', {
        nullable: true,
        description: 'Of those who said anything about it, the share whose matter was settled.',
      }),
    }),
  })
  return builder.objectRef<ChatFigures>('ChatFigures').implement({
    description: 'The figures of the chats that were started in a period, whenever they ended.',
    fields: (t) => ({
      total: t.exposeInt('total', { description: 'All of them.' }),
      waiting: t.exposeInt('waiting', { description: 'Those that wait for an agent now.' }),
      active: t.exposeInt('active', { description: 'Those that an agent has now.' }),
      closed: t.exposeInt('closed', { description: 'Those that have ended.' }),
      spam: t.exposeInt('spam', { description: 'Of the closed ones, spam: in none of the following figures.' }),
      abandonment: t.expose('abandonment', { type: abandonment, description: 'Those never answered.' }),
      wait: t.expose('wait', { type: spread, description: 'From the start until an agent took it.' }),
      firstAnswer: t.expose('firstAnswer', { type: firstAnswer, description: 'From the start to the first answer.' }),
      duration: t.expose('duration', { type: spread, description: 'For how long agents had it.' }),
      conversion: t.expose('conversion', { type: conversion, description: 'Those that became tickets.' }),
      satisfaction: t.expose('satisfaction', { type: satisfaction, description: 'The ratings.' }),
    }),
  })
}

const spreadFields = <T extends Spread>(t: PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, T>) => ({
  count: t.int({ description: 'How many count.', resolve: ({ count }) => count }),
  mean: t.float({ nullable: true, description: 'The mean.', resolve: ({ mean }) => mean }),
  median: t.float({ nullable: true, description: 'The median.', resolve: ({ median }) => median }),
  p90: t.float({
    nullable: true,
    description: 'The time in which nine of ten were done.',
    resolve: ({ p90 }) => p90,
  }),
})
