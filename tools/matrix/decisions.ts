import { ticketEvents } from '@guichet/domain'
import { operationOf } from '../../packages/api/src/auth/rights.ts'
import { isTicketEventType, timelineFields } from '../../packages/api/src/graphql/timeline-types.ts'

/**
 * Who may read a field. `everyone`: staff, services, and customers on their own tickets. `desk`: only staff and services; it is null or
 * empty for customers. `oversight`: supervisors, admins and auditors.
 */
export type Audience = 'everyone' | 'desk' | 'oversight'

type Decision = Readonly<Partial<Record<Audience, string>>>

/** Returns the same decision for the payloads of several mutations. */
function payloads(mutations: readonly string[], { desk = '', everyone }: Decision): Readonly<Record<string, Decision>> {
  const decision = { ...(everyone !== undefined && { everyone }), desk }
  return Object.fromEntries(mutations.map((name) => [`${capitalized(name)}Payload`, decision]))
}

const capitalized = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

const outcome = 'position readModelsReached repeated userErrors'
const ofAgents = ['changeAgent', 'registerAgent', 'retireAgent', 'setAvailability']

const ofCustomers =
  `addCustomerEmail addCustomerExternalId addCustomerNote addCustomerPhone blockCustomer changeCustomer identifyCustomer mergeCustomers
  registerCustomer removeCustomerEmail removeCustomerExternalId removeCustomerPhone splitCustomer unblockCustomer`.split(
    /\s+/,
  )
const ofOrganisations = [
  'addOrganisationDomain',
  'changeOrganisation',
  'registerOrganisation',
  'removeOrganisationDomain',
  'addOrganisationManager',
  'removeOrganisationManager',
]

const viewerCan = Object.keys(operationOf.ticket)
  .filter((command) => command !== 'open')
  .map((command) => `viewerCan${capitalized(command)}`)
  .join(' ')

/** The readers of the events of a timeline: the definition of an event says what customers are shown of it. */
const ofEvents = Object.fromEntries(
  Object.keys(ticketEvents)
    .filter(isTicketEventType)
    .map((type): [string, Decision] => {
      const isOpen = ticketEvents[type].shownToCustomers !== false
      const namesOf = (forDesk: boolean): string =>
        timelineFields(type)
          .flatMap(({ name, hidden }) => ((hidden || !isOpen) === forDesk ? [name] : []))
          .join(' ')
      const [desk, everyone] = [namesOf(true), namesOf(false)]
      const common = 'at by id number position'
      return [
        type,
        isOpen ? { everyone: `${common} ${everyone}`, desk: `version ${desk}` } : { desk: `${common} version ${desk}` },
      ]
    }),
)

/**
 * The readers of every field of every object type, by name. A field without a decision fails the matrix. Root fields are decided in
 * auth/rights.ts, which also decides the guarded fields in addition to this table.
 */
export const decisions: Readonly<Record<string, Decision>> = {
  ...ofEvents,
  ...payloads(Object.values(operationOf.ticket), { everyone: `${outcome} ticket`, desk: `version` }),
  ...payloads(['changePreference', 'chooseLanguage'], { everyone: `${outcome} recipient`, desk: `version` }),
  ...payloads([...Object.values(operationOf.chat), 'sendLiveDataCard'], {
    everyone: `${outcome} chat`,
    desk: `version`,
  }),
  ...payloads(ofAgents, { desk: `${outcome} agent version` }),
  ...payloads(ofCustomers, { desk: `${outcome} customer version` }),
  ...payloads(ofOrganisations, { desk: `${outcome} organisation version` }),
  ...payloads(['createUpload'], { everyone: `${outcome} upload`, desk: `version` }),
  ...payloads(['uploadFile'], { everyone: `${outcome} file`, desk: `version` }),
  ...payloads(['deleteFile'], { desk: `${outcome} file version` }),
  ...payloads(Object.values(operationOf.incident), { desk: `${outcome} incident version` }),
  ...payloads(['applyConfiguration'], { desk: `${outcome} configuration version` }),
  ...payloads(['saveCannedReply', 'removeCannedReply'], { desk: `${outcome} cannedReply version` }),
  ...payloads(['saveMacro', 'removeMacro'], { desk: `${outcome} macro version` }),
  ...payloads(['runMacro'], { desk: `${outcome} chat ticket version` }),
  CannedReply: { desk: `category id savedAt savedBy shortcut targets team text texts title version` },
  CannedText: { desk: `language text` },
  LiveDataCard: { desk: `asOf cardId fields id source title` },
  Macro: { desk: `id savedAt savedBy shortcut steps target team title version` },
  MacroStep: { desk: `action body cannedReplyId category priority reason subject tag team texts` },
  RenderedText: { desk: `language text` },
  Actor: { everyone: `kind name userId` },
  AffectedCustomer: { desk: `customer language` },
  Agent: {
    desk: `availability availabilityReason availableSince centre email id languages level load name
      onShift presence rating retired shift skills specialities team timeInAvailability userId`,
  },
  AgentLoad: { desk: `channel places taken` },
  AgentTime: { desk: `availability day milliseconds` },
  Aimed: { desk: `aim met value` },
  Arrival: { desk: `at from` },
  Attachment: { everyone: `bytes file id key mediaType name visibility` },
  Attempt: { desk: `at by kind line` },
  AuditEntry: {
    oversight: `at by causationId commandId correlationId eventId id reason recordedAt stream type version`,
  },
  BriefedTarget: { desk: `cycle dueAt state target` },
  BriefedTicket: { desk: `relation ticketId` },
  Briefing: {
    desk: `category customerId earlier openedAt plan priority related reopenings subject targets tried
      triedBefore`,
  },
  Calendar: { desk: `closesAt holidays id isOpen name nextOpening zone` },
  CalendarOwner: { desk: `kind name` },
  Category: { everyone: `id label parent path`, desk: `escalateTo priority` },
  CategoryAlternative: { desk: `category confidence` },
  Chat: {
    everyone: `agent asOf callKinds calls canSendTranscript category channel closeReason closedAt customer delivered events id language
      lastMessage lastNumber messages place presence priority queuedSince rating read speakers startedAt status targets ticket unread updatedAt`,
    desk: `alerts awaitedReply context customerAway customerRecord liveData offer participants plan transfer version`,
  },
  ChatAbandonment: { desk: `aim met neverAnswered saidSo share silentlyGone` },
  ChatAbilities: {
    everyone: `files offlineMessages push queuePosition recording remoteHelp screenSharing typing videoCalls voice voiceCalls`,
  },
  ChatAction: { everyone: `actionId label`, desk: `transferTo` },
  ChatAgent: { everyone: `name userId` },
  ChatAttachment: { everyone: `bytes fileId id mediaType name` },
  ChatCall: {
    everyone: `acceptedAt agent callId setup endReason endedAt endsAt expiresAt id kind recorded requestedAt side startedAt`,
    desk: `recording`,
  },
  ChatCallSetup: { everyone: `iceServers url` },
  ChatCallSignal: { everyone: `data signalId` },
  ChatAvailability: { everyone: `abilities channel closesAt open opensAt pushKey` },
  ChatCard: { everyone: `fields source title` },
  ChatCardValue: { everyone: `label value` },
  ChatChange: { everyone: `chat cursor event position truncated` },
  ChatConnection: { everyone: `edges nodes pageInfo` },
  ChatContextFact: { desk: `name value` },
  ChatConversion: { desk: `aim converted met share` },
  ChatDay: { desk: `day figures` },
  ChatEdge: { everyone: `cursor node` },
  ChatEvent: {
    everyone: `actionId agent at body by callEndReason callId callKind category closeReason closesAt expiresAt id label message
      messageId number priority rating role side text ticketId type upTo`,
    desk: `reason team version`,
  },
  ChatEventConnection: { everyone: `edges nodes pageInfo` },
  ChatEventEdge: { everyone: `cursor node` },
  ChatFigures: {
    desk: `abandonment active closed conversion duration firstAnswer satisfaction spam total wait waiting`,
  },
  ChatFirstAnswers: { desk: `count late mean median p90 share withinPromise` },
  ChatGroup: { desk: `figures value` },
  ChatHour: { desk: `figures from` },
  ChatLastMessage: { everyone: `at attachments by kind messageId text` },
  ChatLiveData: { desk: `cards failedSources` },
  ChatMarks: { everyone: `customer desk` },
  ChatMessage: {
    everyone: `actions at attachments body by card chosen editedAt id inReplyTo kind messageId number redactedAt`,
    desk: `metadata`,
  },
  ChatMessageConnection: { everyone: `edges nodes pageInfo` },
  ChatMessageEdge: { everyone: `cursor node` },
  ChatOffer: { desk: `agent expiresAt round` },
  ChatParticipant: { everyone: `agent joined role` },
  ChatPlace: { everyone: `expectedWait meanFirstAnswer position queuedSince` },
  ChatRating: { everyone: `agentRating comment rating resolved waitRating` },
  ChatReport: { desk: `figures groups` },
  ChatSatisfaction: { desk: `aim mean meanOfAgent meanOfWait met ratings resolved satisfied` },
  ChatSpread: { desk: `count mean median p90` },
  ChatTargetRecord: {
    desk: `agentId answeredAt breachedAt cancelledAt category channel chat cycle dueAt id metAt open plan policy
      policyVersion priority since state target why`,
  },
  ChatTargetRecordConnection: { everyone: `pageInfo`, desk: `edges nodes` },
  ChatTargetRecordEdge: { desk: `cursor node` },
  ChatTransfer: { desk: `agent level note team` },
  ChatTransferTarget: { desk: `agent level team` },
  ClassificationReason: { desk: `evidence weight` },
  Configuration: {
    desk: `appliedAt appliedBy categories comment document effectiveFrom id name plans state teams version`,
  },
  Crew: { desk: `kind name` },
  Customer: {
    desk: `blocked chats country emails externalIds fields figures firstName id language lastName merged mergedInto name notes organisation phones plan registeredAt segment tickets timeZone updatedAt userId version`,
  },
  CustomerAlert: { desk: `alertId asOf expiresAt id severity since source title` },
  CustomerAlerts: { desk: `alerts` },
  CustomerBlock: { desk: `at by reason` },
  CustomerChatsConnection: { desk: `edges nodes pageInfo` },
  CustomerChatsEdge: { desk: `cursor node` },
  CustomerConnection: { desk: `edges nodes pageInfo` },
  CustomerEdge: { desk: `cursor node` },
  CustomerEmail: { desk: `address verified` },
  CustomerExternalId: { desk: `system value` },
  CustomerFigures: {
    desk: `chatsLastThirtyDays lastThirtyDays open openChats past pastChats promisesKept promisesMissed promisesOpen`,
  },
  CustomerNote: { desk: `at body by id` },
  CustomerPhone: { desk: `number verified` },
  CustomerTicketsConnection: { desk: `edges nodes pageInfo` },
  CustomerTicketsEdge: { desk: `cursor node` },
  DailyReport: {
    desk: `agentReplies atEndOfDay chases closed closedUnanswered customerReplies day medianFirstResponse
      opened reopened resolved spam stagnations`,
  },
  Deadline: { desk: `cycle dueAt held id kind ticket` },
  Escalation: {
    desk: `arrival at by endedAt expectedBy id fromLevel level reason state takenAt takenBy team
      ticket`,
  },
  ExpectedWait: { everyone: `from mean to` },
  File: {
    everyone: `bytes id key mediaType name previewUrl sha256 status storedAt storedBy url`,
    desk: `scanned`,
  },
  FirstContactReport: { desk: `count leftOut met resolvedAtFirstContact share targetShare waiting` },
  HandOver: { desk: `from to` },
  Holiday: { desk: `date hours name` },
  InboxReceipt: { everyone: `cursor notification position` },
  IceServer: { everyone: `credential urls username` },
  Incident: {
    desk: `acknowledgedAt acknowledgedBy channel customers deadlines declaredAt description id key overdue
      page postMortemAt resolvedAt severity status technician ticket timeline title updatedAt version
      warRoom`,
  },
  IncidentDeadline: { desk: `cycle dueAt kind` },
  IncidentEvent: { desk: `agentId at by dueAt id internal over overdueWith page text type version` },
  IncidentEventConnection: { desk: `edges nodes pageInfo totalCount` },
  IncidentEventEdge: { desk: `cursor node` },
  LevelReport: {
    desk: `averageResponse averageSolution closed escalated escalatedShare handedDown handled level open
      solveWithin solved solvedInTimeShare solvedShare`,
  },
  ...payloads(['sendChatCallSignal'], { everyone: outcome, desk: `version` }),
  ...payloads(['showChatTyping'], { everyone: outcome, desk: `version` }),
  ...payloads(['leaveChatMessage'], { everyone: `${outcome} ticketId`, desk: `version` }),
  ChatTyper: { everyone: `agent side` },
  ChatTyping: { everyone: `typing` },
  ...payloads(['subscribeToPush', 'unsubscribeFromPush'], { everyone: outcome, desk: `version` }),
  ...payloads(['showPresence'], { everyone: outcome, desk: `version` }),
  ChatPresence: { everyone: `agent customer` },
  Presence: { everyone: `status`, desk: `lastSeenAt` },
  Message: { everyone: `at attachments author body id key kind mergedFrom redactedAt`, desk: `version` },
  Notification: {
    everyone: `at id kind language level message ticket title toDesk`,
    desk: `chat incident team`,
  },
  OnCallPage: { desk: `agentId dueAt number round` },
  AwaitedReply: { desk: `from overdue since` },
  PageInfo: { everyone: `endCursor hasNextPage hasPreviousPage startCursor` },
  PastEscalation: { desk: `at by level reason team` },
  Organisation: { desk: `customerSince domains fields id industry key managers name plan sharedWith size version` },
  OrganisationConnection: { desk: `edges nodes pageInfo` },
  OrganisationEdge: { desk: `cursor node` },
  OwnField: { desk: `name value` },
  Person: { everyone: `email firstName id name userId` },
  Policy: {
    desk: `chaseAfter closeResolvedAfter closeUnansweredAfter defaultLanguage stagnationAfter targets timeZone
      urgentUpdateEvery version`,
  },
  CannedReplyConnection: { desk: `edges nodes pageInfo` },
  CannedReplyEdge: { desk: `cursor node` },
  DeadlineConnection: { desk: `edges nodes pageInfo` },
  DeadlineEdge: { desk: `cursor node` },
  ConfigurationConnection: { desk: `edges nodes pageInfo` },
  ConfigurationEdge: { desk: `cursor node` },
  MacroConnection: { desk: `edges nodes pageInfo` },
  MacroEdge: { desk: `cursor node` },
  AgentConnection: { desk: `edges nodes pageInfo` },
  AgentEdge: { desk: `cursor node` },
  AuditEntryConnection: { oversight: `edges nodes pageInfo` },
  AuditEntryEdge: { oversight: `cursor node` },
  EscalationConnection: { desk: `edges nodes pageInfo` },
  EscalationEdge: { desk: `cursor node` },
  NotificationConnection: { everyone: `edges nodes pageInfo` },
  NotificationEdge: { everyone: `cursor node` },
  IncidentConnection: { desk: `edges nodes pageInfo` },
  IncidentEdge: { desk: `cursor node` },
  SlaTargetRecordConnection: { everyone: `pageInfo`, desk: `edges nodes` },
  SlaTargetRecordEdge: { desk: `cursor node` },
  TicketConnection: { everyone: `edges nodes pageInfo totalCount` },
  TicketEdge: { everyone: `cursor node` },
  QueuedTicketConnection: { desk: `edges levels nodes pageInfo placedInTheLastHour totalCount` },
  QueuedTicketEdge: { desk: `cursor node` },
  QueueOfLevel: { desk: `expectedWait level placedInTheLastHour waiting` },
  QueuedTicket: { desk: `expectedWait id level position reason reasonSince ticket waitingSince` },
  Recipient: { everyone: `id language preference` },
  ReplyTemplate: { desk: `id name text` },
  ResponseTimesReport: { desk: `firstContact firstResponse nextResponse resolution` },
  RoutingCandidate: { desk: `agentId parts score` },
  RoutingEqual: { desk: `agentId lastGivenAt` },
  RoutingExclusion: { desk: `agents reason` },
  RoutingRound: {
    desk: `agent at candidates candidatesLeftOut equals excluded outcome policyVersion reason round strategy`,
  },
  ScorePart: { desk: `name points` },
  ShiftChange: { desk: `began dueAt ended handOvers id missedSince number onShift policyVersion recordedAt` },
  Shifts: { desk: `changes changesAt handOvers onShift shortCrews` },
  ShortCrew: { desk: `atWork crew minimum` },
  Skill: { desk: `level name` },
  SlaDashboard: { desk: `groups total` },
  SlaFigures: { desk: `aboutToBreach breached cancelled met missed onTime paused share` },
  SlaGroup: { desk: `figures key` },
  SlaPause: { desk: `from to` },
  SlaRule: { desk: `businessDays categories organisations plans policy priorities row time` },
  SlaTargetRecord: {
    desk: `answeredAt assigneeId breachedAt calendar calendarOf cancelledAt category centre cycle dueAt held
      id level metAt notBefore open pausedSince pauses plan policy policyVersion priority rule since state
      target team ticket timeLeft warnedAt why`,
  },
  TargetReport: {
    desk: `calendar count leftOut median met overdue p90 share target targetShare unanswered waiting withinTarget`,
  },
  Targets: { desk: `firstContactShare firstResponse nextResponse resolution resolutionShare` },
  Team: { desk: `calendar id label name` },
  Technician: { desk: `arrivedAt dispatchedAt person site` },
  TermsChange: { desk: `at change` },
  Ticket: {
    everyone: `asOf assignee category channel closeReason closedAt conversation customer firstRespondedAt id
      language lastAgentReplyAt lastCustomerReplyAt lastReplyAt mergedInto mergedTickets number openedAt priority reopenings resolutions resolvedAt slaTargets status subject
      timeline updatedAt ${viewerCan} waitingSince`,
    desk: `briefing customerWaitingSince deadlines idleSince level links plan planKnown routing tags team unreadSince version watchers`,
  },
  TicketChange: { everyone: `cursor event position ticket` },
  MessageConnection: { everyone: `edges nodes pageInfo` },
  MessageEdge: { everyone: `cursor node` },
  TicketCounters: { desk: `closed inProgress new resolved total waitingCustomer` },
  TicketLink: { desk: `relation ticket to` },
  TimelineItemConnection: { everyone: `edges nodes pageInfo totalCount` },
  TimelineItemEdge: { everyone: `cursor node` },
  UploadGrant: { everyone: `expiresAt fileId url` },
  UserError: { everyone: `code field message opensAt path` },
  Viewer: { everyone: `email name recipient role userId` },
  WarRoom: { desk: `openedAt place` },
}
