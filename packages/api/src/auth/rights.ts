import type { StreamCategories, StreamCategory } from '@guichet/domain'
import type { Principal, Role } from './principal.ts'

/**
 * The objects that a role may use an operation on: any; any, but with a reason where the domain's `refuseUnexplained`
 * requires one; its own (its tickets, its inbox); or none.
 */
export type Access = 'any' | 'explained' | 'own' | 'none'

type Row = Readonly<Record<Role, Access>>

const everyone: Row = {
  visitor: 'none',
  customer: 'any',
  agent: 'any',
  supervisor: 'any',
  admin: 'any',
  auditor: 'any',
  service: 'any',
}
const ownOrStaff: Row = { ...everyone, customer: 'own' }
const staff: Row = { ...everyone, customer: 'none' }
const desk: Row = { ...staff, auditor: 'none' }
/** People of the desk. No service acts for them. */
const deskOnly: Row = { ...desk, service: 'none' }
const deskAndCustomer: Row = { ...desk, customer: 'own' }
const customerOrService: Row = { ...nobody(), customer: 'own', service: 'any' }
/** Operations that move a promise or another agent's ticket: agents must give a reason. */
const explained: Row = { ...desk, agent: 'explained' }
const ownDesk: Row = { ...desk, agent: 'own' }
const oversight: Row = { ...nobody(), supervisor: 'any', admin: 'any', auditor: 'any' }
const supervision: Row = { ...nobody(), supervisor: 'any', admin: 'any', service: 'any' }
/** Orders of supervisors, who are accountable for them. No service gives them. */
const orders: Row = { ...supervision, service: 'none' }
const administration: Row = { ...nobody(), admin: 'any' }
const self: Row = {
  visitor: 'none',
  customer: 'own',
  agent: 'own',
  supervisor: 'own',
  admin: 'own',
  auditor: 'own',
  service: 'own',
}

function nobody(): Row {
  return {
    visitor: 'none',
    customer: 'none',
    agent: 'none',
    supervisor: 'none',
    admin: 'none',
    auditor: 'none',
    service: 'none',
  }
}

/** The command that an operation sends, by the category of its stream. Its definition lists its allowed senders. */
type Sends = { readonly [K in Exclude<StreamCategory, Role>]?: StreamCategories[K]['checked']['type'] }

/**
 * Every operation of the API, with the roles that may use it and the command that it sends. The table is total: the
 * server does not start if a root field has no row.
 */
export const rights = {
  node: ownOrStaff,
  nodes: ownOrStaff,
  viewer: { ...self, visitor: 'own' },
  file: { ...ownOrStaff, visitor: 'own' },
  ticket: ownOrStaff,
  tickets: ownOrStaff,
  ticketCounters: staff,
  responseTimes: staff,
  dailyReport: staff,
  inbox: self,
  deadlines: staff,
  slaDashboard: staff,
  slaTargets: staff,
  audit: oversight,
  replyTemplates: staff,
  policy: staff,
  configuration: staff,
  configurationHistory: staff,
  categories: everyone,
  customerPriorities: everyone,
  calendars: staff,
  incident: staff,
  chat: { ...ownOrStaff, visitor: 'own' },
  chats: ownOrStaff,
  chatAvailability: { ...everyone, visitor: 'own' },
  chatReport: staff,
  chatDays: staff,
  chatHours: staff,
  chatTargets: staff,
  cannedReplies: staff,
  macros: staff,
  renderCannedReply: desk,
  chatSlaDashboard: staff,
  incidents: staff,
  agents: staff,
  agent: staff,
  queue: staff,
  shifts: staff,
  escalations: staff,
  levelReport: staff,
  customer: staff,
  customers: staff,
  customerByIdentity: staff,
  organisation: staff,
  organisations: staff,

  openTicket: { ...deskAndCustomer, ticket: 'open' },
  startTicket: { ...desk, ticket: 'start' },
  agentReply: { ...desk, ticket: 'agentReply' },
  customerReply: { ...customerOrService, ticket: 'customerReply' },
  addNote: { ...desk, ticket: 'addNote' },
  waitForCustomer: { ...desk, ticket: 'waitForCustomer' },
  chaseCustomer: { ...desk, ticket: 'chase' },
  resolveTicket: { ...desk, ticket: 'resolve' },
  confirmTicket: { ...customerOrService, ticket: 'confirm' },
  closeTicket: { ...desk, ticket: 'close' },
  reopenTicket: { ...desk, ticket: 'reopen' },
  markSpam: { ...desk, ticket: 'markSpam' },
  changePriority: { ...explained, ticket: 'changePriority' },
  assignTicket: { ...explained, ticket: 'assign' },
  unassignTicket: { ...explained, ticket: 'unassign' },
  tagTicket: { ...desk, ticket: 'tag' },
  untagTicket: { ...desk, ticket: 'untag' },
  redactMessage: { ...desk, ticket: 'redactMessage' },
  renameTicket: { ...desk, ticket: 'rename' },
  categorizeTicket: { ...explained, ticket: 'categorize' },
  createUpload: { ...deskAndCustomer, visitor: 'own' },
  uploadFile: { ...deskAndCustomer, visitor: 'own' },
  deleteFile: { ...desk, file: 'delete' },
  attachToTicket: { ...deskAndCustomer, ticket: 'attach' },
  addWatcher: { ...desk, ticket: 'addWatcher' },
  removeWatcher: { ...desk, ticket: 'removeWatcher' },
  mergeTickets: { ...desk, ticket: 'mergeInto' },
  splitTicket: { ...desk, ticket: 'split' },
  linkTickets: { ...desk, ticket: 'link' },
  unlinkTickets: { ...desk, ticket: 'unlink' },
  escalateTicket: { ...desk, ticket: 'escalate' },
  deescalateTicket: { ...desk, ticket: 'deescalate' },
  handOverToProduct: { ...desk, ticket: 'handOverToProduct' },
  declareIncident: { ...desk, incident: 'declare' },
  acknowledgeIncident: { ...deskOnly, incident: 'acknowledge' },
  addAffectedCustomers: { ...desk, incident: 'addCustomers' },
  recordCallback: { ...desk, incident: 'recordCallback' },
  openWarRoom: { ...desk, incident: 'openWarRoom' },
  dispatchTechnician: { ...desk, incident: 'dispatchTechnician' },
  confirmOnSite: { ...desk, incident: 'confirmOnSite' },
  postIncidentUpdate: { ...desk, incident: 'postUpdate' },
  resolveIncident: { ...desk, incident: 'resolve' },
  reopenIncident: { ...deskOnly, incident: 'reopen' },
  writePostMortem: { ...deskOnly, incident: 'writePostMortem' },
  startChat: { ...customerOrService, visitor: 'own', chat: 'start' },
  acceptChat: { ...deskOnly, chat: 'accept' },
  declineChat: { ...deskOnly, chat: 'decline' },
  requeueChat: { ...desk, chat: 'requeue' },
  changeChatPriority: { ...desk, chat: 'changePriority' },
  categorizeChat: { ...desk, chat: 'categorize' },
  sendChatMessage: { ...deskAndCustomer, visitor: 'own', chat: 'send' },
  sendLiveDataCard: desk,
  editChatMessage: { ...deskAndCustomer, visitor: 'own', chat: 'edit' },
  redactChatMessage: { ...deskAndCustomer, visitor: 'own', chat: 'redact' },
  chooseChatAction: { ...customerOrService, visitor: 'own', chat: 'choose' },
  markChatDelivered: { ...deskAndCustomer, visitor: 'own', chat: 'markDelivered' },
  markChatRead: { ...deskAndCustomer, visitor: 'own', chat: 'markRead' },
  transferChat: { ...desk, chat: 'transfer' },
  cancelChatTransfer: { ...desk, chat: 'endTransfer' },
  inviteToChat: { ...desk, chat: 'invite' },
  joinChat: { ...deskOnly, chat: 'join' },
  leaveChat: { ...desk, chat: 'leave' },
  requestChatCall: { ...deskAndCustomer, visitor: 'own', chat: 'requestCall' },
  acceptChatCall: { ...deskAndCustomer, visitor: 'own', chat: 'acceptCall' },
  connectChatCall: { ...deskAndCustomer, visitor: 'own', chat: 'startCall' },
  endChatCall: { ...deskAndCustomer, visitor: 'own', chat: 'endCall' },
  withdrawChatCallRecording: { ...deskAndCustomer, visitor: 'own', chat: 'withdrawRecording' },
  recordChatCall: { ...desk, chat: 'recordCall' },
  sendChatCallSignal: { ...deskAndCustomer, service: 'none', visitor: 'own' },
  endChat: { ...customerOrService, visitor: 'own', chat: 'end' },
  closeChat: { ...desk, chat: 'close' },
  reopenChat: { ...deskAndCustomer, visitor: 'own', chat: 'reopen' },
  rateChat: { ...customerOrService, visitor: 'own', chat: 'rate' },
  sendChatTranscript: { ...deskAndCustomer, visitor: 'own', chat: 'sendTranscript' },
  leaveChatMessage: { ...nobody(), customer: 'own', visitor: 'own' },
  subscribeToPush: { ...nobody(), customer: 'own', visitor: 'own' },
  unsubscribeFromPush: { ...nobody(), customer: 'own', visitor: 'own' },
  showChatTyping: { ...deskAndCustomer, visitor: 'own' },
  showPresence: { ...deskAndCustomer, visitor: 'own' },
  convertChat: { ...desk, chat: 'convert' },
  saveCannedReply: deskOnly,
  removeCannedReply: deskOnly,
  saveMacro: deskOnly,
  removeMacro: deskOnly,
  runMacro: deskOnly,
  changePlan: { ...supervision, ticket: 'changePlan' },
  pauseClocks: { ...orders, ticket: 'pauseClocks' },
  resumeClocks: { ...orders, ticket: 'resumeClocks' },
  registerAgent: supervision,
  changeAgent: supervision,
  retireAgent: supervision,
  setAvailability: ownDesk,
  registerCustomer: desk,
  identifyCustomer: desk,
  changeCustomer: desk,
  addCustomerEmail: desk,
  removeCustomerEmail: desk,
  addCustomerPhone: desk,
  removeCustomerPhone: desk,
  addCustomerExternalId: desk,
  removeCustomerExternalId: desk,
  addCustomerNote: desk,
  blockCustomer: desk,
  unblockCustomer: desk,
  mergeCustomers: desk,
  splitCustomer: desk,
  registerOrganisation: supervision,
  changeOrganisation: supervision,
  addOrganisationDomain: supervision,
  removeOrganisationDomain: supervision,
  addOrganisationManager: supervision,
  removeOrganisationManager: supervision,
  changePreference: self,
  chooseLanguage: self,
  applyConfiguration: administration,

  ticketChanged: ownOrStaff,
  chatChanged: { ...ownOrStaff, visitor: 'own' },
  chatPlaceChanged: { ...ownOrStaff, visitor: 'own' },
  chatTypingChanged: { ...ownOrStaff, visitor: 'own' },
  chatPresenceChanged: { ...ownOrStaff, visitor: 'own' },
  chatCallSignalled: { ...deskAndCustomer, service: 'none', visitor: 'own' },
  chatAvailabilityChanged: { ...everyone, visitor: 'own' },
  chatsChanged: staff,
  customerAlertsChanged: staff,
  inboxReceived: self,
} as const satisfies Readonly<Record<string, Row & Sends>>

export type Operation = keyof typeof rights

/** The types of the commands of a category of streams that operations send. */
export type SentTo<C extends keyof Sends> = Extract<(typeof rights)[Operation], { readonly [K in C]: string }>[C]

const operationsOf = <C extends keyof Sends>(category: C): Readonly<Record<SentTo<C>, Operation>> =>
  Object.fromEntries(
    Object.entries<Row & Sends>(rights).flatMap(([operation, { [category]: command }]) =>
      command ? [[command, operation]] : [],
    ),
  ) as Readonly<Record<SentTo<C>, Operation>>

/** The operation for each command, by the category of its stream. Commands that only the engine sends are not listed. */
export const operationOf = {
  ticket: operationsOf('ticket'),
  incident: operationsOf('incident'),
  chat: operationsOf('chat'),
}

/** Fields that only some readers of an object may see. Others read null. */
export const fieldRights = {
  'Agent.timeInAvailability': { ...oversight, agent: 'own', service: 'any' },
} as const satisfies Readonly<Record<string, Row>>

type GuardedField = keyof typeof fieldRights

/** Returns a principal's access to a guarded field. */
export const accessToField = (field: GuardedField, principal: Principal | undefined): Access =>
  principal ? fieldRights[field][principal.role] : 'none'

/** Returns a principal's access to an operation: none without a token. */
export const accessTo = (operation: Operation, principal: Principal | undefined): Access =>
  principal ? rights[operation][principal.role] : 'none'
