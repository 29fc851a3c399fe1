import type { GraphQLSchema } from 'graphql'
import { lexicographicSortSchema, printSchema } from 'graphql'
import { addAgentMutations } from './agent/agent-mutations.ts'
import { addAgentQueries } from './agent/agent-queries.ts'
import { addAgentType } from './agent/agent-type.ts'
import { addRoutingScores } from './agent/routing-scores.ts'
import { addTicketRouting } from './agent/ticket-routing.ts'
import { addAudit } from './audit/audit.ts'
import { addCalendars } from './calendar/calendars.ts'
import { addOpenTicket } from './command/open-ticket.ts'
import { addRecipientMutations } from './command/recipient-mutations.ts'
import { addResultTypes } from './command/result-types.ts'
import { addTicketMutations } from './command/ticket-mutations.ts'
import { addApplyConfiguration } from './configuration/apply-configuration.ts'
import { addConfiguration } from './configuration/configuration-queries.ts'
import { addConversation } from './conversation/conversation-field.ts'
import { addDeadlines } from './deadline/deadlines.ts'
import { addDeskQueries } from './desk/desk-queries.ts'
import { addViewer } from './desk/viewer.ts'
import { addIncidentMutations } from './incident/incident-mutations.ts'
import { addIncidentQueries } from './incident/incident-queries.ts'
import { addIncidentType, addIncidentWords } from './incident/incident-type.ts'
import { addInbox } from './inbox/inbox.ts'
import { addBriefingType } from './level/briefing-type.ts'
import { addLevelQueries } from './level/level-queries.ts'
import { addTicketLevel } from './level/ticket-level.ts'
import { addCounters } from './report/counters.ts'
import { addDailyReport } from './report/daily-report.ts'
import { addResponseTimes } from './report/response-times.ts'
import { createBuilder } from './schema/builder.ts'
import { describeSchema } from './description/describe-schema.ts'
import { guardOperations } from './schema/guard.ts'
import { addPeople } from './schema/people.ts'
import { addScalars } from './schema/scalars.ts'
import { addVocabulary } from './schema/vocabulary.ts'
import { addCrewType } from './shift/crew-type.ts'
import { addShiftQueries } from './shift/shift-queries.ts'
import { addSla } from './sla/sla-queries.ts'
import { addInboxReceived } from './subscription/inbox-received.ts'
import { addTicketChanged } from './subscription/ticket-changed.ts'
import { addFilterInputs } from './ticket/filter.ts'
import { addLinks } from './ticket/links.ts'
import { addTicketQueries } from './ticket/ticket-queries.ts'
import { addTicketType } from './ticket/ticket-type.ts'
import { addViewerCan } from './ticket/viewer-can.ts'
import { addTimeline } from './timeline/timeline-field.ts'

/** The whole API, with the rights table in front of every operation. */
export function createSchema(): GraphQLSchema {
  const schema = guardOperations(buildSchema())
  describeSchema(schema)
  return schema
}

/** The schema before it is guarded, and with no other descriptions than those that stand beside the fields. */
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
  const notification = addInbox(builder, ticket, incident)
  addConversation(builder, ticket, words, people)
  addDeadlines(builder, ticket, words)
  addLinks(builder, ticket, words)
  addViewerCan(builder, ticket)
  addTicketRouting(builder, ticket, people, scores)

  addTicketQueries(builder, ticket, filters)
  addViewer(builder, people, results)
  addDeskQueries(builder, words)
  const configuration = addConfiguration(builder, words, people)
  addCalendars(builder)
  addAudit(builder, people, filters)
  const counters = addCounters(builder)
  addDailyReport(builder, counters)
  addResponseTimes(builder)
  addLevelQueries(builder, ticket, people)
  addSla(builder, ticket, words, filters)

  addOpenTicket(builder, words, people, results)
  addTicketMutations(builder, words, people, results)
  addRecipientMutations(builder, words, results)
  addAgentQueries(builder, ticket, agents)
  addShiftQueries(builder, crew)
  addAgentMutations(builder, results, agents)
  addApplyConfiguration(builder, configuration, results)
  addIncidentQueries(builder, incident, incidentWords)
  addIncidentMutations(builder, words, people, results, incident, incidentWords)

  addTicketChanged(builder, ticket, item)
  addInboxReceived(builder, notification)
  return builder.toSchema()
}

/** The schema in the schema language, sorted: what schema.graphql holds. */
export const printedSchema = (): string => `${printSchema(lexicographicSortSchema(createSchema()))}\n`
