import { z } from 'zod'
import type { DeflectionRate, DeflectionStep } from '@guichet/domain'
import {
  deflectionEffect,
  deflectionRate,
  deflectionSteps,
  describeIssue,
  id,
  language,
  malformed,
  refusal,
} from '@guichet/domain'
import { projectionsBehind } from '@guichet/projections'
import type { DeflectionFigures, DeflectionGroup } from '@guichet/workflows'
import { edgeError } from '../../errors.ts'
import { isCrawler } from '../../knowledge/crawlers.ts'
import { addAimed } from '../aimed.ts'
import type { SchemaParts } from '../builder.ts'
import type { CommandResult } from '../command.ts'
import { refused } from '../command.ts'
import { viewerOf } from '../context.ts'
import { readFilter } from '../filter.ts'
import { addInputs } from '../inputs.ts'
import { addMutation } from '../mutation.ts'
import { addResultTypes } from '../result-types.ts'
import type { ApiContext } from '../services.ts'
import { isBlocked } from '../shared-access.ts'
import { enumOf } from '../vocabulary.ts'
import { isSessionHeldBack } from './article-answers.ts'
import { knowledgeSettings } from './knowledge-settings.ts'
import { raterOf, refuseUnreadable } from './readership-mutations.ts'
import { daysDescription, periodOf } from './readership.ts'

const recordSchema = z.strictObject({
  sessionId: id.describe('The session, under an id that you choose by chance, the same as for `articleAnswers`.'),
  step: z
    .enum(deflectionSteps)
    .describe('What happens. Say `SUGGESTED` once, also in the holdout, and each of the others when it happens.'),
  language: language.describe('The language of what was suggested.'),
  articleId: id.optional().describe('The article that was opened, or has solved it.'),
})

const stepNames: Readonly<Record<DeflectionStep, string>> = {
  suggested: 'Articles were suggested; in the holdout, they would have been.',
  opened: 'An article was opened.',
  solved: 'Whoever writes says that it is solved.',
  sent: 'A ticket or chat was sent all the same.',
}

const reportSchema = z.object({ articleId: id.optional() })

/** Adds `recordDeflection` and `deflectionReport`: what becomes of what people begin to write. */
export function addDeflection({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  const { plainPayload } = use(addResultTypes)
  const aimed = use(addAimed)
  enumOf(builder, 'DeflectionStep', deflectionSteps, {
    description: 'What happens in a session in which somebody writes to the desk.',
    describe: (word) => stepNames[word],
  })
  addMutation(builder, inputs, 'recordDeflection', {
    description:
      'Says what happens in a session in which you write to the desk and articles are suggested. Of a person 50 sessions count within 72 hours. Crawlers and people of the desk have none.',
    payload: plainPayload,
    schema: recordSchema,
    resolve: (record, _, context) => recordStep(record, context),
  })

  const rate = builder.objectRef<DeflectionRate>('DeflectionRate').implement({
    description: 'How many tickets and chats there are for each session.',
    fields: (t) => ({
      value: t.exposeFloat('value', { description: 'How many, in the mean.' }),
      from: t.exposeFloat('from', { description: 'The least that it is with a probability of 95 %.' }),
      to: t.exposeFloat('to', { description: 'The most that it is with a probability of 95 %.' }),
    }),
  })
  const group = builder.objectRef<DeflectionGroup>('DeflectionGroup').implement({
    description:
      'What became of sessions: each is counted under one of `solved`, `silent`, `sent`, `left` and `pending`.',
    fields: (t) => ({
      sessions: t.exposeFloat('sessions', { description: 'How many there were.' }),
      opened: t.exposeFloat('opened', { description: 'In how many an article was opened.' }),
      avoided: t.float({
        description: 'How many have probably avoided a ticket: `solved` and `silent` together.',
        resolve: ({ solved, silent }) => solved + silent,
      }),
      solved: t.exposeFloat('solved', {
        description:
          'Whoever wrote has said that an article solves it, and has begun no ticket and no chat for 72 hours.',
      }),
      silent: t.exposeFloat('silent', {
        description: 'An article was opened, and their person has begun no ticket and no chat for 72 hours.',
      }),
      sent: t.exposeFloat('sent', {
        description: 'It was sent all the same, or their person has begun a ticket or chat within 72 hours.',
      }),
      left: t.exposeFloat('left', {
        description: 'No article was opened, and their person has begun no ticket and no chat for 72 hours.',
      }),
      pending: t.exposeFloat('pending', { description: 'Nothing was said, and the 72 hours are not over.' }),
      settled: t.exposeFloat('settled', {
        description: 'Those whose 72 hours are over.',
      }),
      ticketsPerSession: t.field({
        type: rate,
        nullable: true,
        description:
          'How many tickets and chats identified customers have begun within 72 hours for each session: of a person only the first session within 72 hours, once these are over, and five tickets and chats at most. Null for no session.',
        resolve: ({ ofCustomers }) => deflectionRate(ofCustomers.contacts, ofCustomers.sessions),
      }),
      ticketsPerVisitorSession: t.field({
        type: rate,
        nullable: true,
        description:
          'The same of visitors whom nobody has identified. Whoever makes up many visitors changes it. Null for no session.',
        resolve: ({ ofVisitors }) => deflectionRate(ofVisitors.contacts, ofVisitors.sessions),
      }),
    }),
  })
  const report = builder.objectRef<DeflectionFigures>('DeflectionReport').implement({
    description: 'What became of the sessions in which people wrote to the desk, and articles were suggested.',
    fields: (t) => ({
      suggested: t.expose('suggested', { type: group, description: 'Those in which articles were suggested.' }),
      heldBack: t.expose('heldBack', {
        type: group,
        description: 'Those in the holdout: there were articles, and nothing was suggested.',
      }),
      effect: t.field({
        type: rate,
        nullable: true,
        description:
          'How many tickets and chats of identified customers fewer there are for each session with suggestions than in the holdout, by `ticketsPerSession` of both; below 0 where suggestions bring some up. Null while either is.',
        resolve: (figures) => effectOf(figures, 'ofCustomers'),
      }),
      visitorEffect: t.field({
        type: rate,
        nullable: true,
        description:
          'The same of visitors whom nobody has identified, by `ticketsPerVisitorSession`. Whoever makes up many visitors changes it.',
        resolve: (figures) => effectOf(figures, 'ofVisitors'),
      }),
      selfService: t.field({
        type: aimed,
        description:
          'Of the sessions whose 72 hours are over and in which an article was opened, the share that needed no ticket, beside the aim of the desk.',
        resolve: async ({ suggested: { settledOpened, settledOpenedSent } }, _, { services }) => {
          const { selfService: aim } = await knowledgeSettings(services)
          if (settledOpened === 0) return { value: null, aim, met: null }
          const value = 1 - settledOpenedSent / settledOpened
          return { value, aim, met: value >= aim }
        },
      }),
    }),
  })
  builder.queryField('deflectionReport', (t) =>
    t.field({
      type: report,
      nullable: true,
      description: 'What became of the sessions of the last days; null where the server records none.',
      args: {
        days: t.arg.int({ description: daysDescription }),
        language: t.arg.string({ description: 'Suggestions in which language; in all unless given.' }),
        articleId: t.arg.id({ description: 'Sessions in which this article was opened last; all unless given.' }),
      },
      extensions: { cost: 100 },
      resolve: async (_, args, { read, services }) => {
        await read('articles', [
          ...projectionsBehind.tickets,
          ...projectionsBehind.chats,
          ...projectionsBehind.customers,
        ])
        const { articleId } = readFilter(reportSchema, { articleId: args.articleId })
        return services.readership?.deflection.figures(periodOf(args, services), articleId)
      },
    }),
  )
}

function effectOf(
  { suggested, heldBack }: DeflectionFigures,
  people: 'ofCustomers' | 'ofVisitors',
): DeflectionRate | undefined {
  const [withSuggestions, withheld] = [suggested[people], heldBack[people]].map(({ contacts, sessions }) =>
    deflectionRate(contacts, sessions),
  )
  return withSuggestions && withheld && deflectionEffect(withSuggestions, withheld)
}

async function recordStep(input: unknown, context: ApiContext): Promise<CommandResult> {
  const { success, data, error } = recordSchema.safeParse(input, describeIssue)
  if (!success) return refused(malformed(error))
  const { readership, desk } = context.services
  if (!readership) throw edgeError('readership_off')
  if (isCrawler(context.userAgent)) return { id: undefined, executed: undefined, userErrors: [] }
  if (await isBlocked(context)) return refused(refusal('customer_blocked'))
  const { articleId } = data
  const unreadable = articleId === undefined ? undefined : await refuseUnreadable(articleId, data.language, context)
  if (unreadable) return refused(unreadable)
  if (data.step === 'opened' && articleId === undefined)
    return refused(
      refusal('invalid_command', { message: 'articleId: say which article was opened', field: 'articleId' }),
    )
  const [person, isHeldBack] = await Promise.all([raterOf(context), isSessionHeldBack(data.sessionId, context)])
  const viewer = viewerOf(context)
  await readership.deflection.record({ ...data, viewerId: viewer.id, personId: person.id, isHeldBack, at: desk.now() })
  return { id: undefined, executed: undefined, userErrors: [] }
}
