export * from './calendar/business-time.ts'
export * from './level.ts'
export { agentAggregate, takesWork, whyUnable } from './agent/agent.ts'
export { availabilities, defaultCapacity, workChannels } from './agent/commands.ts'
export type {
  AgentCommand,
  AgentCommandInput,
  AgentCommandOf,
  AgentCommandType,
  Availability,
  Profile,
  WorkChannel,
} from './agent/commands.ts'
export { agentEvents, evolveAgent, loadOf } from './agent/events.ts'
export type { Agent, AgentEvent, AgentEventOf, AgentEventType, AgentState, Claim } from './agent/events.ts'
export { customerAggregate } from './customer/customer.ts'
export type { CustomerCommand, CustomerCommandInput, CustomerCommandType } from './customer/commands.ts'
export {
  detailNames,
  domainOf,
  emailIdentity,
  externalIdentity,
  fieldValues,
  otherFormOf,
  phoneIdentities,
  sharedWith,
} from './customer/details.ts'
export type { CustomerSettings, FieldValue, Identity, SharedWith } from './customer/details.ts'
export { customerEvents, evolveCustomer } from './customer/events.ts'
export type { CustomerEvent, CustomerEventOf, CustomerRecord, CustomerState } from './customer/events.ts'
export { holderOf, settleRemoval, settleWithdrawal } from './desk/claim-identities.ts'
export { customerBy, survivingRecordOf } from './desk/customers.ts'
export type { CustomerIdentity, IdentifiedCustomer } from './desk/customers.ts'
export { isSurvivorOf, mergedCustomersOf, sharesChatsOf, survivingCustomer, survivorOf } from './desk/survivors.ts'
export { mailAddressOf } from './desk/mail-address.ts'
export { evolveOrganisation, organisationAggregate, organisationEvents } from './organisation.ts'
export type { Organisation, OrganisationEvent, OrganisationState } from './organisation.ts'
export { calendarLimits, calendarSchema, countrySchema, publicHolidaysSchema } from './calendar/calendar.ts'
export type { CalendarDefinition, PublicHolidays, Week } from './calendar/calendar.ts'
export { compileCalendar } from './calendar/compile.ts'
export { holidaysAhead, uncovered, unionOf } from './calendar/outlook.ts'
export type { Gap, Holiday } from './calendar/outlook.ts'
export type { Calendar } from './calendar/spans.ts'
export { categoriesOf, categoryTreeSchema, type CategoryFacts, type CategoryNode } from './category.ts'
export { centreLimits, centreSettingsSchema, defaultHandOver } from './centre.ts'
export type { Centre, CentreSettings, HandOverSettings } from './centre.ts'
export { checkConsistency, configurationSchema, hoursFaults, wellFormed } from './configuration/consistency.ts'
export type { ConfigurationInput } from './configuration/consistency.ts'
export { changesBetween, type Change, type Configuration } from './configuration/configuration.ts'
export { defaultConfiguration, defaultConfigurationVersion } from './configuration/default-configuration.ts'
export { charactersOf, pageLimitAfter, readInPages } from './kernel/event-store.ts'
export type {
  Append,
  AppendOutcome,
  EventStore,
  ExpectedVersion,
  FirstOutcome,
  LogObserver,
  LogTail,
  ReadAll,
  SnapshotStore,
  StoredSnapshot,
  StreamPoint,
} from './kernel/event-store.ts'
export {
  businessDaysOf,
  businessTimeSchema,
  days,
  durationSchema,
  elapsed,
  formatDuration,
  hours,
  instant,
  instantSchema,
  isInstant,
  later,
  latest,
  minutes,
  sinceEpoch,
  storedInstantSchema,
} from './kernel/time.ts'
export type { BusinessDays, Instant } from './kernel/time.ts'
export { configurationWarnings } from './configuration/warnings.ts'
export { policyOf, termsOf, versionName } from './configuration/terms-of.ts'
export { configurationAggregate, configurationId, countriesOf, inForce } from './configuration/versions.ts'
export type {
  ConfigurationCommand,
  ConfigurationCommandInput,
  ConfigurationEvent,
  ConfigurationState,
  ConfigurationVersion,
} from './configuration/versions.ts'
export { aggregates, clockedAggregates, guichetEvents } from './desk/categories.ts'
export type { OwnAggregate, OwnAggregates } from './desk/own-aggregates.ts'
export type { ClockedCategory, GuichetEvent, GuichetEventOf } from './desk/categories.ts'
export type { StreamCategories, StreamCategory } from './desk/categories.ts'
export { classificationSchema, defaultClassification } from './classification/classifier.ts'
export type {
  Alternative,
  Classification,
  ClassificationRule,
  ClassificationSettings,
  Classifier,
  Reason,
  ClassifiableTicket,
} from './classification/classifier.ts'
export {
  attachedFilesSchema,
  factsOfFile,
  fileAggregate,
  fileEvents,
  fileIdSchema,
  fileLimits,
  fileOwnerSchema,
  fileStatuses,
  refuseFiles,
  safeFileName,
  scanVerdicts,
} from './file.ts'
export type { AttachedFile, FileEvent, FileState, FileStatus, ScanVerdict, StoredFile } from './file.ts'
export { classifierOf } from './classification/compose.ts'
export type { Classifiers } from './classification/compose.ts'
export { crossValidating, evaluating } from './classification/evaluate.ts'
export type { Confusion, Evaluation } from './classification/evaluate.ts'
export { learnable, train, training, versionOf } from './classification/training.ts'
export type { Example } from './classification/training.ts'
export { modelClassifier, textOf } from './classification/model-classifier.ts'
export type { LinearModel } from './classification/model-classifier.ts'
export type { Vocabulary } from './classification/features.ts'
export { ruleClassifier } from './classification/rule-classifier.ts'
export * from './chat/index.ts'
export { cannedReplyAggregate, cannedReplyEvents, cannedTargets, cannedTexts } from './canned/canned-reply.ts'
export type { CannedReply, CannedTarget } from './canned/canned-reply.ts'
export { macroActions, macroAggregate, macroEvents } from './canned/macro.ts'
export type { Macro } from './canned/macro.ts'
export { nameValues, type CannedValues } from './wording/placeholders.ts'
export { cannedTextFor, chatCommandsOf, ticketCommandsOf } from './canned/run-macro.ts'
export type { MacroTerms } from './canned/run-macro.ts'
export { chooseForChat, createChatBoard, requestOf } from './routing/chat-board.ts'
export type { ChatBoard, RoutedChat } from './routing/chat-board.ts'
export { canSendChatTranscript, settleChat, type ChatStart } from './desk/chats.ts'
export { carryRedactions } from './desk/convert-chat.ts'
export { filesToDelete } from './desk/redacted-files.ts'
export { removeFormerSubjects } from './desk/former-subjects.ts'
export { readHistory } from './desk/history.ts'
export { declareIncident, relayUpdate } from './desk/incidents.ts'
export type { Declaration, LinkOutcome } from './desk/incidents.ts'
export { createDesk, type DeskOptions } from './desk/desk.ts'
export { mostSteps } from './desk/port.ts'
export { completions } from './desk/processes.ts'
export type { Desk, DeskWith } from './desk/processes.ts'
export type { Completion } from './desk/process.ts'
export type { IdentifiedSender, Outcome, Sender, Step, StreamDesk } from './desk/port.ts'
export type { Split } from './desk/split-ticket.ts'
export { questionBroughtBy } from './desk/merge-tickets.ts'
export { ticketsNaming } from './desk/naming-tickets.ts'
export { holdsTickets, importAggregate, importCorrelation, importEvents, importIdOf } from './history-import.ts'
export type { ImportCommand, ImportEvent, ImportFigures, ImportState } from './history-import.ts'
export { importedPast, importOf } from './history-import/imported-past.ts'
export type { ImportedPast } from './history-import/imported-past.ts'
export {
  incidentAccepts,
  incidentDeadlineKinds,
  incidentLimits,
  incidentStatuses,
  overdueKinds,
  severities,
} from './incident/commands.ts'
export type {
  AffectedCustomer,
  IncidentCommand,
  IncidentCommandInput,
  IncidentCommandOf,
  IncidentCommandType,
  IncidentDeadlineKind,
  IncidentStatus,
  OverdueKind,
  Severity,
} from './incident/commands.ts'
export { incidentDeadlines, incidentLabels, owed } from './incident/deadlines.ts'
export type { IncidentDeadline } from './incident/deadlines.ts'
export { describeIncidentEvent, incidentEvents } from './incident/events.ts'
export type { IncidentEvent, IncidentEventOf, IncidentEventType } from './incident/events.ts'
export { evolveIncident } from './incident/state.ts'
export type { Incident, IncidentState, IncidentTicket, Page, Technician } from './incident/state.ts'
export { defaultIncidentTerms, incidentAggregate } from './incident/incident.ts'
export type { IncidentTerms } from './incident/rule.ts'
export { incidentNotifications, incidentNotice } from './incident/notifications.ts'
export type { IncidentNotice } from './incident/notifications.ts'
export { defaultIncidentSettings, incidentSettingsSchema } from './incident/settings.ts'
export type { IncidentSettings, IncidentSettingsInput } from './incident/settings.ts'
export {
  actorSchema,
  classifierActor,
  scannerActor,
  filesActor,
  clockActor,
  commandIdLength,
  commandIdSchema,
  commandLineActor,
  derivedCommandId,
  engineCommandId,
  identityActor,
  importActor,
  chatActor,
  incidentActor,
  isEngineActor,
  isEngineCommandId,
  isVisitorId,
  routingActor,
  simulationActor,
  stepCommandId,
} from './kernel/actor.ts'
export type { Actor, EngineNamespace } from './kernel/actor.ts'
export { defineAggregate } from './kernel/aggregate.ts'
export type { DefinedAggregate } from './kernel/aggregate.ts'
export { defineCommand, fireSchema, isInternal, senders } from './kernel/command.ts'
export type { CommandDefinition, Senders } from './kernel/command.ts'
export {
  CorruptHistory,
  decodeEvent,
  defineEvent,
  encodeEvent,
  eventIdLength,
  parseStream,
  StreamDeleted,
  unlessDeleted,
  streamName,
  streamNameLength,
} from './kernel/event.ts'
export type {
  DataSubject,
  Description,
  EventDefinition,
  PersonalFields,
  DomainEvent,
  EventCatalogue,
  EventEnvelope,
  EventType,
  Position,
  StoredEvent,
  StreamName,
} from './kernel/event.ts'
export { earliestFirst, fold, isSameDeadline } from './kernel/decider.ts'
export type { Aggregate, ClockLabels, Deadline, Decider, CommandMetadata, ClockState } from './kernel/decider.ts'
export {
  cutTo,
  isEngineName,
  isLongerThan,
  line,
  isUnknownName,
  nameSchema,
  personId,
  personName,
  priorities,
  withoutUnprintable,
  withoutUnseen,
} from './kernel/values.ts'
export type { NameSet, Priority } from './kernel/values.ts'
export type { Execution } from './kernel/execute.ts'
export { describeIssue, malformed } from './kernel/validation.ts'
export { LruCache, type LruBounds } from './kernel/lru-cache.ts'
export { busMessage, busSubscribers, inProcessBus, longestBusMessage } from './ephemeral/bus.ts'
export type { BusPayload, EphemeralBus } from './ephemeral/bus.ts'
export { createPresence, presenceStatuses, presenceTimes } from './ephemeral/presence.ts'
export type { Lease, PersonPresence, Presence, PresenceStatus } from './ephemeral/presence.ts'
export { createTyping } from './ephemeral/typing.ts'
export type { Typing } from './ephemeral/typing.ts'
export { inMemoryStore, matchesVersion } from './kernel/memory-store.ts'
export type { MemoryEvent } from './kernel/memory-store.ts'
export { createTurns } from './kernel/stream-cache.ts'
export type { Snapshot } from './kernel/snapshots.ts'
export type { LifecycleCell } from './kernel/lifecycle.ts'
export {
  accept,
  CommandRefused,
  deny,
  isRefusalCode,
  isTransient,
  refusal,
  refusalMessages,
  throwIfTransient,
} from './kernel/refusal.ts'
export type { DefinedCode, Refusal, RefusalCode, Result } from './kernel/refusal.ts'
export { channelsByPreference, momentOf, notificationKinds, notificationsFor } from './notification.ts'
export type {
  Audience,
  Notification,
  NotificationChannels,
  NotificationLevel,
  NotificationTerms,
} from './notification.ts'
export { languageOf, preferences, recipientAggregate, recipientEvents } from './recipient.ts'
export type { Preference, Recipient, RecipientCommand, RecipientEvent } from './recipient.ts'
export { createBoard } from './routing/board.ts'
export type { Board } from './routing/board.ts'
export { defaultRoutingTerms, exclusions, routingTermsAt, chatNoticesOf } from './routing/eligibility.ts'
export type { Colleague, Exclusion, RoutingTerms, AssignableWork } from './routing/eligibility.ts'
export { candidateScores, candidateTable, listedCandidates, readCandidateTable } from './ticket/candidates.ts'
export type { Candidate, CandidateScore, Equal } from './ticket/candidates.ts'
export { chooseAgent, createChooser, kindOf } from './routing/choose-agent.ts'
export type { Choice, QueueReason } from './routing/choose-agent.ts'
export type { Roster } from './routing/roster.ts'
export { defaultRoutingSettings, routingSettingsSchema, routingStrategies } from './routing/settings.ts'
export type { RoutingSettings, RoutingStrategy } from './routing/settings.ts'
export {
  evolveWorkItem,
  inQueueOrder,
  isOngoing,
  isWaiting,
  offerOf,
  takesPlace,
  waitsForAgent,
  workChannelOf,
} from './routing/work-item.ts'
export type { WorkItem, WorkOrigin } from './routing/work-item.ts'
export {
  belongsTo,
  changesAfter,
  crewKinds,
  crewOf,
  isAmong,
  isOnShift,
  isSameCrew,
  latestChange,
  nextChange,
  onShiftAt,
  planAt,
  shortCrewsAt,
  takesOver,
} from './shift/plan.ts'
export type {
  Crew,
  HandOver,
  OnShift,
  CrewMembership,
  PlannedCrew,
  ShiftPlan,
  ShiftTimeline,
  ShortCrew,
} from './shift/plan.ts'
export {
  evolveShift,
  shiftAggregate,
  shiftDeadlines,
  shiftEvents,
  shiftId,
  shiftLabels,
  shiftsAt,
} from './shift/shift.ts'
export type { FollowedShifts, ShiftChanged, ShiftCommand, ShiftEvent, ShiftsAt, ShiftState } from './shift/shift.ts'
export { messageOf, noAttempts } from './ticket/messages.ts'
export { redactedBy, redactionsIn, withoutRedacted } from './ticket/redaction.ts'
export type { MessageRecord, Messages } from './ticket/messages.ts'
export {
  channels,
  closeReasons,
  customerSchema,
  emailSchema,
  id,
  isEmail,
  language,
  limits,
  manualCloseReasons,
  personSchema,
  relations,
  ticketStatuses,
} from './ticket/vocabulary.ts'
export type { Briefing, Channel, CloseReason, Customer, Person, Relation, TicketStatus } from './ticket/vocabulary.ts'
export { accepts, acceptedWhenMerged } from './ticket/commands.ts'
export type { TicketCommand, TicketCommandInput, TicketCommandOf, TicketCommandType } from './ticket/commands.ts'
export { deadlineKinds, isImminent, targetDue, targetStatuses, targetTime } from './ticket/targets.ts'
export type { DeadlineKind, ServedTicket, TargetDue, TargetStatus, TicketDeadline } from './ticket/targets.ts'
export { ticketDeadlines } from './ticket/deadlines.ts'
export {
  answersTheCustomer,
  describeTicketEvent,
  informsTheCustomer,
  isShownToCustomers,
  statusAfter,
  ticketEvents,
} from './ticket/events.ts'
export type { TicketEvent, TicketEventData, TicketEventOf, TicketEventType } from './ticket/events.ts'
export { evolveTicket } from './ticket/state.ts'
export { isLate, ticketAggregate, ticketLabels } from './ticket/ticket.ts'
export type { TicketAggregate } from './ticket/ticket.ts'
export type { LifecycleStatus } from './ticket/catalogue/definition.ts'
export { constantPolicy, defaultTicketPolicy, firstResponseTime, ticketPolicySchema } from './ticket/policy.ts'
export type { ObjectivePolicy, PolicyTimeline, PolicyVersion, TicketPolicy } from './ticket/policy.ts'
export { constantTerms, termsAt, versionAt } from './ticket/rule.ts'
export type { TermsTimeline, TermsVersion } from './ticket/rule.ts'
export { pausesOf } from './ticket/pauses.ts'
export type { ServiceClocks } from './ticket/pauses.ts'
export { isPaused } from './ticket/service-clocks.ts'
export { aroundTheClock, businessTimeOn } from './sla/business-time.ts'
export type { BusinessTime } from './sla/business-time.ts'
export { slaFor, termsChanges } from './sla/terms.ts'
export type { ServiceLevels, SlaInForce, SlaTerms, TermsChange } from './sla/terms.ts'
export { calendarOwners, pausesWhileWaiting, slaPolicySchema, slaStates, slaTargets } from './sla/settings.ts'
export type { CalendarOwner, SlaPolicy, SlaState, SlaTarget, TargetClock, TargetClocks } from './sla/settings.ts'
export { needsAgent, neverRouted } from './ticket/routing.ts'
export type { Decline, Offer, Routing } from './ticket/routing.ts'
export type { Absent, Ticket, TicketState } from './ticket/state.ts'
export { english } from './wording/english.ts'
export { french } from './wording/french.ts'
export type { PlaceholderValues } from './wording/render.ts'
export { languageFor, speaks, wordingFor } from './wording/wording.ts'
export type { LanguageWording, NotificationKind, PlaceholderKey, Variants, Wording } from './wording/wording.ts'
export { defaultWording } from './wording/index.ts'
