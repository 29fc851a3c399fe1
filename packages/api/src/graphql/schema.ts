import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql'
import { lexicographicSortSchema, printSchema } from 'graphql'
import { customerSchema, personSchema } from '@guichet/domain'
import type { Operation } from '../auth/rights.ts'
import { rights } from '../auth/rights.ts'
import { addAgentMutations, addAgentQueries, addAgentType } from './agent.ts'
import { addAudit } from './audit.ts'
import { addScalars, createBuilder } from './builder.ts'
import { addCalendars } from './calendar.ts'
import { addCannedMutations, addRunMacro } from './canned-mutations.ts'
import { addCannedQueries, addCannedTypes } from './canned.ts'
import { addChatCalls } from './chat-calls.ts'
import { addChatChanged } from './chat-changed.ts'
import { addChatTyping } from './chat-typing.ts'
import { addChatAvailability } from './chat-availability.ts'
import { addChatMutations } from './chat-mutations.ts'
import { addChatQueries } from './chat-queries.ts'
import { addChatReport } from './chat-report.ts'
import { addLeaveChatMessage } from './leave-chat-message.ts'
import { addChatSla } from './chat-sla.ts'
import { addChatEventType } from './chat-event.ts'
import { addChatType, addChatWords } from './chat.ts'
import { addApplyConfiguration, addConfiguration } from './configuration.ts'
import { authorize } from './context.ts'
import { addConversation } from './conversation.ts'
import { addCustomerMutations } from './customer-mutations.ts'
import { addCustomerQueries, addCustomerTypes } from './customer.ts'
import { describeSchema } from './description/describe-schema.ts'
import { addDeskQueries, addViewer } from './desk.ts'
import { addFileMutations, addFileType } from './file.ts'
import { addInbox, addInboxReceived, addRecipientMutations } from './inbox.ts'
import { addIncidentMutations, addIncidentQueries } from './incident-mutations.ts'
import { addIncidentType, addIncidentWords } from './incident.ts'
import { createInputs } from './inputs.ts'
import { addBriefingType, addLevelQueries, addTicketLevel } from './level.ts'
import { addReports } from './reports.ts'
import { addPresence } from './presence.ts'
import { addPush } from './push.ts'
import { hideFromCustomers } from './readers.ts'
import { addResultTypes } from './result-types.ts'
import { addRoutingScores, addTicketRouting } from './routing.ts'
import { withOwnIds } from './own-ids.ts'
import type { Refusals } from './operation-outcomes.ts'
import type { CommandResult } from './command.ts'
import type { ApiContext } from './services.ts'
import { addCrewType, addShiftQueries } from './shift.ts'
import { addSla } from './sla.ts'
import { addTicketChanged } from './ticket-changed.ts'
import { addFilterInputs } from './ticket-filter.ts'
import { addLiveData } from './live-data.ts'
import { addOpenTicket, addTicketMutations } from './ticket-mutations.ts'
import { addDeadlines, addLinks, addMergedTickets, addTicketQueries, addViewerCan } from './ticket-queries.ts'
import { addTicketType } from './ticket.ts'
import { addTimeline } from './timeline.ts'
import { addPeople, addVocabulary } from './vocabulary.ts'

/** Creates the schema of the API. Every operation checks the rights table first. */
export function createSchema(): GraphQLSchema {
  const schema = guardOperations(hideFromCustomers(withOwnIds(buildSchema())))
  describeSchema(schema)
  return schema
}

let shared: GraphQLSchema | undefined

/** The schema of the API for all servers of this process. Whoever changes a schema creates one of their own. */
export const sharedSchema = (): GraphQLSchema => (shared ??= createSchema())

/**
 * Builds the schema without descriptions, client ids, and the rights of operations and fields: for the tests of these.
 */
export function buildSchema(): GraphQLSchema {
  const builder = createBuilder()
  builder.queryType({})
  builder.mutationType({})
  builder.subscriptionType({})

  addScalars(builder)
  const words = addVocabulary(builder)
  const people = addPeople(builder, words)
  const ticket = addTicketType(builder, words, people)
  const filters = addFilterInputs(builder, words)
  const results = addResultTypes(builder, ticket, words)
  const scores = addRoutingScores(builder)
  const briefing = addBriefingType(builder, words, people)
  const crew = addCrewType(builder)
  const item = addTimeline(builder, ticket, words, people, { scores, briefing, crew })
  addTicketLevel(builder, ticket, briefing)
  const agents = addAgentType(builder)
  const incidentWords = addIncidentWords(builder)
  const incident = addIncidentType(builder, ticket, words, people, incidentWords)
  const chatWords = addChatWords(builder)
  const chat = addChatType(builder, ticket, words, people, chatWords)
  const chatEvent = addChatEventType(builder, words, people, chatWords, chat)
  const customers = addCustomerTypes(builder, ticket, chat, people)
  const notification = addInbox(builder, ticket, incident, chat)
  const file = addFileType(builder, people)
  addConversation(builder, ticket, words, people, file)
  addDeadlines(builder, ticket, words)
  addLinks(builder, ticket, words)
  addMergedTickets(builder, ticket)
  addViewerCan(builder, ticket)
  addTicketRouting(builder, ticket, people, scores)

  addTicketQueries(builder, ticket, filters)
  addViewer(builder, people, results)
  addDeskQueries(builder, words)
  const configuration = addConfiguration(builder, words, people)
  addCalendars(builder)
  addAudit(builder, people, filters)
  addReports(builder)
  addLevelQueries(builder, ticket, people)
  const dashboard = addSla(builder, ticket, words, filters)

  const inputs = createInputs(builder)
  inputs.object('PersonInput', customerSchema)
  inputs.object('PersonInput', personSchema)
  addFileMutations(builder, inputs, results, file)
  addTicketMutations(builder, inputs, results)
  addOpenTicket(builder, inputs, results)
  addRecipientMutations(builder, inputs, results)
  addAgentQueries(builder, ticket, agents)
  addShiftQueries(builder, crew)
  addAgentMutations(builder, inputs, results, agents)
  addCustomerQueries(builder, customers)
  addCustomerMutations(builder, inputs, results, customers)
  addApplyConfiguration(builder, inputs, configuration, results)
  addIncidentQueries(builder, incident, incidentWords)
  addIncidentMutations(builder, inputs, results, incident)

  addChatQueries(builder, words, chatWords, chat)
  addChatMutations(builder, inputs, results, chat)
  addChatCalls(builder, inputs, results, chatWords, chat)
  addLiveData(builder, inputs, results, chat)
  addChatTyping(builder, inputs, results, chatWords, chat)
  addPresence(builder, inputs, results, chat, agents)
  addChatReport(builder)
  addPush(builder, inputs, results, addChatAvailability(builder, chatWords))
  addLeaveChatMessage(builder, inputs, results)
  addChatSla(builder, words, chatWords, chat, { timeRange: filters.timeRange, dashboard })

  const canned = addCannedTypes(builder, words, people)
  addCannedQueries(builder, canned)
  addCannedMutations(builder, inputs, results, canned)
  addRunMacro(builder, inputs, results, ticket, chat)

  addTicketChanged(builder, ticket, item)
  addChatChanged(builder, chatEvent, chat)
  addInboxReceived(builder, notification)
  return builder.toSchema()
}

/** Prints the sorted schema, as in schema.graphql. */
export const printedSchema = (): string => `${printSchema(lexicographicSortSchema(createSchema()))}\n`

/**
 * Makes every root field check the rights table before its resolver.
 * @throws Error when a root field has no row in the table, or a row has no root field.
 */
function guardOperations(schema: GraphQLSchema): GraphQLSchema {
  const unguarded = new Set<string>(Object.keys(rights))
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      const operation = field.name
      if (!isOperation(operation)) throw new Error(`the rights table says nothing about ${operation}`)
      unguarded.delete(operation)
      if (field.subscribe) field.subscribe = guarded(operation, field.subscribe)
      else field.resolve = guarded(operation, field.resolve)
    }
  }
  if (unguarded.size > 0) throw new Error(`no operation is named ${[...unguarded].join(', ')}`)
  return schema
}

type Resolver = GraphQLFieldResolver<unknown, ApiContext>

function guarded(operation: Operation, resolve: Resolver | undefined): Resolver {
  if (!resolve) throw new Error(`${operation} resolves nothing`)
  return (source, args, context, info) => {
    authorize(operation, context)
    const result: unknown = resolve(source, args, context, info)
    return context.refusals && info.operation.operation === 'mutation'
      ? recordingRefusal(result, context.refusals, String(info.path.key))
      : result
  }
}

/** Records why the command of a mutation was refused, also where its sender does not ask. */
async function recordingRefusal(result: unknown, refusals: Refusals, key: string): Promise<unknown> {
  const payload = (await result) as Partial<Pick<CommandResult, 'userErrors'>> | null | undefined
  const code = payload?.userErrors?.[0]?.code
  if (code !== undefined) refusals.set(key, code)
  return payload
}

const isOperation = (name: string): name is Operation => Object.hasOwn(rights, name)
