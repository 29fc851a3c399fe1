export { agentAggregate } from './agent/agent.ts'
export type { AgentAggregate } from './agent/agent.ts'
export { agentCommandSchema, agentCommandSchemas, agentSentBy } from './agent/commands.ts'
export type { AgentCommand, AgentCommandInput, AgentCommandOf, AgentCommandType } from './agent/commands.ts'
export { takesWork } from './agent/decide.ts'
export { agentEvents } from './agent/events.ts'
export type { AgentEvent, AgentEventOf, AgentEventType } from './agent/events.ts'
export { evolveAgent, loadOf } from './agent/state.ts'
export type { Agent, AgentState, Claim } from './agent/state.ts'
export { availabilities, defaultCapacity, workChannels } from './agent/vocabulary.ts'
export type { Availability, Profile, WorkChannel } from './agent/vocabulary.ts'
export * from './calendar/business-time.ts'
export { calendarLimits, calendarSchema, countrySchema, publicHolidaysSchema } from './calendar/calendar.ts'
export type { CalendarDefinition, PublicHolidays } from './calendar/calendar.ts'
export { compileCalendar } from './calendar/compile.ts'
export { uncovered, unionOf } from './calendar/coverage.ts'
export type { Gap } from './calendar/coverage.ts'
export * from './calendar/holidays-ahead.ts'
export type { Calendar } from './calendar/spans.ts'
export type { Week } from './calendar/week.ts'
export { categoriesOf, categoryTreeSchema } from './category/tree.ts'
export type { CategoryFacts, CategoryNode } from './category/tree.ts'
export * from './centre/index.ts'
export { configurationSchema } from './configuration/configuration.ts'
export type { Configuration, ConfigurationInput } from './configuration/configuration.ts'
export { defaultConfiguration, defaultConfigurationVersion } from './configuration/default-configuration.ts'
export { changesBetween } from './configuration/diff.ts'
export type { Change } from './configuration/diff.ts'
export { charactersOf, pageLimitAfter, readInPages } from './kernel/read-in-pages.ts'
export { businessDaysOf, businessTimeSchema, durationSchema, formatDuration } from './kernel/duration.ts'
export type { BusinessDays } from './kernel/duration.ts'
export { checkConsistency } from './configuration/consistency.ts'
export { hoursFaults } from './configuration/hours-faults.ts'
export { configurationWarnings } from './configuration/warnings.ts'
export { wellFormed } from './configuration/well-formed.ts'
export { policyOf, termsOf, versionName } from './configuration/terms-of.ts'
export {
  configurationAggregate,
  configurationCommandSchema,
  configurationId,
  countriesOf,
  inForce,
} from './configuration/versions.ts'
export type {
  ConfigurationCommand,
  ConfigurationCommandInput,
  ConfigurationEvent,
  ConfigurationState,
  ConfigurationVersion,
} from './configuration/versions.ts'
export type { ClockedCategory, StreamCategories, StreamCategory } from './desk/categories.ts'
export * from './classification/index.ts'
export { declareIncident, settleTicket } from './desk/declare-incident.ts'
export { relayUpdate } from './desk/relay-update.ts'
export type { Settled } from './desk/declare-incident.ts'
export { createDesk } from './desk/desk.ts'
export type { Desk, DeskOptions, Outcome } from './desk/desk.ts'
export { guichetEvents } from './desk/events.ts'
export type { GuichetEvent } from './desk/events.ts'
export { completeMerge } from './desk/merge-tickets.ts'
export { completeSplit } from './desk/split-ticket.ts'
export type { Split } from './desk/split-ticket.ts'
export type { IdentifiedSender, Sender } from './desk/sender.ts'
export { mostSteps } from './desk/steps.ts'
export type { Step } from './desk/steps.ts'
export { holdsTickets, importCorrelation, importIdOf } from './history-import/correlation.ts'
export type { ImportedPast } from './history-import/imported-past.ts'
export { importedPast, importOf } from './history-import/imported-past.ts'
export { importAggregate, importCommandSchema, importEvents } from './history-import/history-import.ts'
export type {
  ImportAggregate,
  ImportCommand,
  ImportEvent,
  ImportFigures,
  ImportState,
} from './history-import/history-import.ts'
export * from './incident/index.ts'
export * from './level/settings.ts'
export {
  actorSchema,
  classifierActor,
  clockActor,
  commandLineActor,
  importActor,
  incidentActor,
  isEngineActor,
  isEngineName,
  routingActor,
  simulationActor,
} from './kernel/actor.ts'
export type { Actor } from './kernel/actor.ts'
export { CorruptHistory, decodeEvent, encodeEvent } from './kernel/catalogue.ts'
export type { EventCatalogue, EventType, StoredEvent } from './kernel/catalogue.ts'
export {
  commandIdLength,
  commandIdPattern,
  derivedCommandId,
  engineCommandId,
  isEngineCommandId,
  stepCommandId,
} from './kernel/command-id.ts'
export type { EngineNamespace } from './kernel/command-id.ts'
export { earliestFirst } from './kernel/deadline.ts'
export type { ClockLabels, Deadline, Standing } from './kernel/deadline.ts'
export { nameSchema } from './kernel/name.ts'
export { fold } from './kernel/decider.ts'
export type { Aggregate, Decider, Issued } from './kernel/decider.ts'
export { parseStream, streamName } from './kernel/event.ts'
export type { DomainEvent, EventEnvelope, Position, StreamName } from './kernel/event.ts'
export type {
  Append,
  AppendOutcome,
  EventStore,
  ExpectedVersion,
  FirstOutcome,
  ReadAll,
  Written,
} from './kernel/event-store.ts'
export type { Executed } from './kernel/execute.ts'
export {
  days,
  elapsed,
  hours,
  instant,
  instantSchema,
  isInstant,
  later,
  latest,
  minutes,
  sinceEpoch,
  storedInstantSchema,
} from './kernel/instant.ts'
export type { Instant } from './kernel/instant.ts'
export { inOurWords } from './kernel/issue-in-words.ts'
export { LruCache } from './kernel/lru-cache.ts'
export type { LruBounds } from './kernel/lru-cache.ts'
export { inMemoryStore, meets } from './kernel/memory-store.ts'
export { withoutUnprintable } from './kernel/text.ts'
export { createTurns } from './kernel/turns.ts'
export type { KeptEvent } from './kernel/memory-store.ts'
export { isRefusalCode, isTransient, refusal, refusalMessages } from './kernel/refusal.ts'
export type { Refusal, RefusalCode } from './kernel/refusal.ts'
export { accept, deny } from './kernel/result.ts'
export type { Result } from './kernel/result.ts'
export type { Folded } from './kernel/stream-cache.ts'
export { channelsByPreference } from './notification/channels.ts'
export type { NotificationChannels } from './notification/channels.ts'
export { momentOf, notificationKinds } from './notification/moment.ts'
export type { Audience, NotificationLevel } from './notification/moment.ts'
export type { Notification, NotificationTerms } from './notification/notification.ts'
export { notificationsFor } from './notification/notifications-for.ts'
export { preferences, recipientAggregate, recipientCommandSchema, recipientEvents } from './recipient/recipient.ts'
export type {
  Preference,
  Recipient,
  RecipientAggregate,
  RecipientCommand,
  RecipientEvent,
} from './recipient/recipient.ts'
export { createBoard } from './routing/board.ts'
export type { Board } from './routing/board.ts'
export {
  candidateTable,
  exclusions,
  listedCandidates,
  readCandidateTable,
  shownCandidates,
} from './routing/candidates.ts'
export type { Candidate, Colleague, Equal, Exclusion, ShownCandidate, Wanted } from './routing/candidates.ts'
export { chooseAgent, createChooser, kindOf } from './routing/choose-agent.ts'
export type { Choice, QueueReason } from './routing/choose-agent.ts'
export type { Roster } from './routing/roster.ts'
export { defaultRoutingSettings, routingSettingsSchema, routingStrategies } from './routing/settings.ts'
export type { RoutingSettings, RoutingStrategy } from './routing/settings.ts'
export { defaultRoutingTerms, routingTermsAt } from './routing/terms.ts'
export type { RoutingTerms } from './routing/terms.ts'
export { isOngoing, takesPlace, workChannelOf } from './routing/places.ts'
export { evolveWorkItem, inQueueOrder, isWaiting, offerOf, waitsForAgent } from './routing/work-item.ts'
export * from './shift/index.ts'
export type { WorkItem } from './routing/work-item.ts'
export { noAttempts } from './ticket/attempts.ts'
export type { Briefing } from './ticket/briefing.ts'
export { ticketCommandSchema, ticketCommandSchemas } from './ticket/commands.ts'
export type { TicketCommand, TicketCommandInput, TicketCommandOf, TicketCommandType } from './ticket/commands.ts'
export { deadlineKinds, ticketDeadlines } from './ticket/deadlines.ts'
export type { DeadlineKind, TicketDeadline } from './ticket/deadlines.ts'
export { answersTheCustomer, informsTheCustomer, ticketEvents } from './ticket/events.ts'
export type { TicketEvent, TicketEventData, TicketEventOf, TicketEventType } from './ticket/events.ts'
export { evolveTicket } from './ticket/evolve.ts'
export { isLate, ticketLabels } from './ticket/labels.ts'
export { accepts, lifecycle, takenWhenMerged } from './ticket/lifecycle.ts'
export type { Cell, LifecycleStatus } from './ticket/lifecycle.ts'
export { messageOf } from './ticket/messages.ts'
export type { KnownMessage, Messages } from './ticket/messages.ts'
export { defaultTicketPolicy, firstResponseTime, ticketPolicySchema } from './ticket/policy.ts'
export type { ObjectivePolicy, TicketPolicy } from './ticket/policy.ts'
export { always } from './ticket/policy-timeline.ts'
export type { PolicyTimeline, PolicyVersion } from './ticket/policy-timeline.ts'
export { termsAt, unchanging } from './ticket/terms.ts'
export type { TermsTimeline, TermsVersion } from './ticket/terms.ts'
export { pausesOf } from './ticket/pauses.ts'
export { standsStill } from './ticket/service-clocks.ts'
export type { ServiceClocks } from './ticket/service-clocks.ts'
export { isImminent, targetDue, targetTime } from './ticket/target-deadlines.ts'
export type { ServedTicket, TargetDue } from './ticket/target-deadlines.ts'
export { targetStatuses } from './ticket/target-status.ts'
export type { TargetStatus } from './ticket/target-status.ts'
export { aroundTheClock, businessTimeOn } from './sla/business-time.ts'
export { slaFor } from './sla/terms.ts'
export type { BusinessTime } from './sla/business-time.ts'
export { calendarOwners, pausesWhileWaiting, slaPolicySchema } from './sla/settings.ts'
export type { SlaPolicy } from './sla/settings.ts'
export type { CalendarOwner } from './sla/calendar-for.ts'
export { slaStates, slaTargets } from './sla/target-clock.ts'
export type { SlaState, SlaTarget, TargetClock, TargetClocks } from './sla/target-clock.ts'
export type { ServiceLevels, SlaInForce, SlaTerms } from './sla/terms.ts'
export { termsChanges } from './sla/terms-change.ts'
export type { TermsChange } from './sla/terms-change.ts'
export type { Absent, Ticket, TicketState } from './ticket/state.ts'
export { needsAgent, neverRouted } from './ticket/routing.ts'
export type { Decline, Offer, Routing } from './ticket/routing.ts'
export { sentBy } from './ticket/senders.ts'
export { statusAfter } from './ticket/status-after.ts'
export { ticketAggregate } from './ticket/ticket.ts'
export type { TicketAggregate } from './ticket/ticket.ts'
export {
  isEmail,
  channels,
  closeReasons,
  customerSchema,
  id,
  language,
  limits,
  line,
  manualCloseReasons,
  personId,
  personSchema,
  priorities,
  relations,
  ticketStatuses,
} from './ticket/vocabulary.ts'
export type { Channel, CloseReason, Customer, Person, Priority, Relation, TicketStatus } from './ticket/vocabulary.ts'
export { english } from './wording/english.ts'
export { french } from './wording/french.ts'
export type { PlaceholderValues } from './wording/render.ts'
export { languageFor, speaks, wordingFor } from './wording/wording.ts'
export type { LanguageWording, NotificationKind, PlaceholderKey, Variants, Wording } from './wording/wording.ts'
export { defaultWording } from './wording/index.ts'
