import type { StreamCategories, StreamCategory } from '@guichet/domain'
import { aggregates } from '@guichet/domain'
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
/** What everybody reads, each what is theirs to read. */
const readers: Row = { ...everyone, visitor: 'any' }
const ownOrStaff: Row = { ...everyone, customer: 'own' }
const staff: Row = { ...everyone, customer: 'none' }
const desk: Row = { ...staff, auditor: 'none' }
/** People of the desk. No service acts for them. */
const deskOnly: Row = { ...desk, service: 'none' }
/** What people of the desk and auditors read of customers, and no service. */
const deskReaders: Row = { ...deskOnly, auditor: 'any' }
const deskAndCustomer: Row = { ...desk, customer: 'own' }
const customerOrService: Row = { ...nobody(), customer: 'own', service: 'any' }
/** Operations that move a promise or another agent's ticket: agents must give a reason. */
const explained: Row = { ...desk, agent: 'explained' }
const ownDesk: Row = { ...desk, agent: 'own' }
const oversight: Row = { ...nobody(), supervisor: 'any', admin: 'any', auditor: 'any' }
const supervision: Row = { ...nobody(), supervisor: 'any', admin: 'any', service: 'any' }
/** Orders of supervisors, who are accountable for them, and what they decide of drafts. No service gives them. */
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

/** A command, by the category of its stream. */
type SentCommand = { readonly [K in StreamCategory]?: StreamCategories[K]['checked']['type'] }

/** Who may use an operation, and the command that it sends, whose definition lists its allowed senders. */
type Right = Row & { readonly sends?: SentCommand }

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
  conversationArticles: desk,
  chatSlaDashboard: staff,
  activityCounts: staff,
  drafts: staff,
  draftReport: staff,
  atRisk: deskReaders,
  atRiskCounts: deskReaders,
  likelyIncidents: staff,
  incidents: staff,
  article: readers,
  articleReplacement: readers,
  articles: readers,
  articleCategories: readers,
  articleTags: readers,
  articleSearch: readers,
  articleSuggestions: readers,
  articleAnswers: readers,
  contextualHelp: readers,
  mostReadArticles: readers,
  recentArticles: readers,
  popularArticleSearches: readers,
  searchesWithoutResult: desk,
  articleReadership: staff,
  deflectionReport: staff,
  articleContributions: oversight,
  draftTranslation: desk,
  translationQualities: staff,
  agents: staff,
  agent: staff,
  queue: staff,
  shifts: staff,
  languageAvailability: readers,
  escalations: staff,
  levelReport: staff,
  customer: staff,
  customers: staff,
  customerByIdentity: staff,
  organisation: staff,
  organisations: staff,

  openTicket: { ...deskAndCustomer, sends: { ticket: 'open' } },
  startTicket: { ...desk, sends: { ticket: 'start' } },
  agentReply: { ...desk, sends: { ticket: 'agentReply' } },
  customerReply: { ...customerOrService, sends: { ticket: 'customerReply' } },
  addNote: { ...desk, sends: { ticket: 'addNote' } },
  waitForCustomer: { ...desk, sends: { ticket: 'waitForCustomer' } },
  chaseCustomer: { ...desk, sends: { ticket: 'chase' } },
  resolveTicket: { ...desk, sends: { ticket: 'resolve' } },
  confirmTicket: { ...customerOrService, sends: { ticket: 'confirm' } },
  closeTicket: { ...desk, sends: { ticket: 'close' } },
  reopenTicket: { ...desk, sends: { ticket: 'reopen' } },
  markSpam: { ...desk, sends: { ticket: 'markSpam' } },
  changePriority: { ...explained, sends: { ticket: 'changePriority' } },
  assignTicket: { ...explained, sends: { ticket: 'assign' } },
  unassignTicket: { ...explained, sends: { ticket: 'unassign' } },
  tagTicket: { ...desk, sends: { ticket: 'tag' } },
  untagTicket: { ...desk, sends: { ticket: 'untag' } },
  redactMessage: { ...desk, sends: { ticket: 'redactMessage' } },
  renameTicket: { ...desk, sends: { ticket: 'rename' } },
  categorizeTicket: { ...explained, sends: { ticket: 'categorize' } },
  createUpload: { ...deskAndCustomer, visitor: 'own' },
  uploadFile: { ...deskAndCustomer, visitor: 'own', sends: { file: 'store' } },
  deleteFile: { ...desk, sends: { file: 'delete' } },
  attachToTicket: { ...deskAndCustomer, sends: { ticket: 'attach' } },
  addWatcher: { ...desk, sends: { ticket: 'addWatcher' } },
  removeWatcher: { ...desk, sends: { ticket: 'removeWatcher' } },
  mergeTickets: { ...desk, sends: { ticket: 'mergeInto' } },
  splitTicket: { ...desk, sends: { ticket: 'split' } },
  linkTickets: { ...desk, sends: { ticket: 'link' } },
  unlinkTickets: { ...desk, sends: { ticket: 'unlink' } },
  escalateTicket: { ...desk, sends: { ticket: 'escalate' } },
  deescalateTicket: { ...desk, sends: { ticket: 'deescalate' } },
  handOverToProduct: { ...desk, sends: { ticket: 'handOverToProduct' } },
  declareIncident: { ...desk, sends: { incident: 'declare' } },
  acknowledgeIncident: { ...deskOnly, sends: { incident: 'acknowledge' } },
  addAffectedCustomers: { ...desk, sends: { incident: 'addCustomers' } },
  recordCallback: { ...desk, sends: { incident: 'recordCallback' } },
  openWarRoom: { ...desk, sends: { incident: 'openWarRoom' } },
  dispatchTechnician: { ...desk, sends: { incident: 'dispatchTechnician' } },
  confirmOnSite: { ...desk, sends: { incident: 'confirmOnSite' } },
  postIncidentUpdate: { ...desk, sends: { incident: 'postUpdate' } },
  resolveIncident: { ...desk, sends: { incident: 'resolve' } },
  reopenIncident: { ...deskOnly, sends: { incident: 'reopen' } },
  writePostMortem: { ...deskOnly, sends: { incident: 'writePostMortem' } },
  startChat: { ...customerOrService, visitor: 'own', sends: { chat: 'start' } },
  acceptChat: { ...deskOnly, sends: { chat: 'accept' } },
  declineChat: { ...deskOnly, sends: { chat: 'decline' } },
  requeueChat: { ...desk, sends: { chat: 'requeue' } },
  changeChatPriority: { ...desk, sends: { chat: 'changePriority' } },
  categorizeChat: { ...desk, sends: { chat: 'categorize' } },
  sendChatMessage: { ...deskAndCustomer, visitor: 'own', sends: { chat: 'send' } },
  sendLiveDataCard: desk,
  editChatMessage: { ...deskAndCustomer, visitor: 'own', sends: { chat: 'edit' } },
  redactChatMessage: { ...deskAndCustomer, visitor: 'own', sends: { chat: 'redact' } },
  chooseChatAction: { ...customerOrService, visitor: 'own', sends: { chat: 'choose' } },
  markChatDelivered: { ...deskAndCustomer, visitor: 'own', sends: { chat: 'markDelivered' } },
  markChatRead: { ...deskAndCustomer, visitor: 'own', sends: { chat: 'markRead' } },
  transferChat: { ...desk, sends: { chat: 'transfer' } },
  cancelChatTransfer: { ...desk, sends: { chat: 'endTransfer' } },
  inviteToChat: { ...desk, sends: { chat: 'invite' } },
  joinChat: { ...deskOnly, sends: { chat: 'join' } },
  leaveChat: { ...desk, sends: { chat: 'leave' } },
  requestChatCall: { ...deskAndCustomer, visitor: 'own', sends: { chat: 'requestCall' } },
  acceptChatCall: { ...deskAndCustomer, visitor: 'own', sends: { chat: 'acceptCall' } },
  connectChatCall: { ...deskAndCustomer, visitor: 'own', sends: { chat: 'startCall' } },
  endChatCall: { ...deskAndCustomer, visitor: 'own', sends: { chat: 'endCall' } },
  withdrawChatCallRecording: { ...deskAndCustomer, visitor: 'own', sends: { chat: 'withdrawRecording' } },
  recordChatCall: { ...desk, sends: { chat: 'recordCall' } },
  sendChatCallSignal: { ...deskAndCustomer, service: 'none', visitor: 'own' },
  endChat: { ...customerOrService, visitor: 'own', sends: { chat: 'end' } },
  closeChat: { ...desk, sends: { chat: 'close' } },
  reopenChat: { ...deskAndCustomer, visitor: 'own', sends: { chat: 'reopen' } },
  rateChat: { ...customerOrService, visitor: 'own', sends: { chat: 'rate' } },
  sendChatTranscript: { ...deskAndCustomer, visitor: 'own', sends: { chat: 'sendTranscript' } },
  leaveChatMessage: { ...nobody(), customer: 'own', visitor: 'own' },
  subscribeToPush: { ...nobody(), customer: 'own', visitor: 'own' },
  unsubscribeFromPush: { ...nobody(), customer: 'own', visitor: 'own' },
  showChatTyping: { ...deskAndCustomer, visitor: 'own' },
  showPresence: { ...deskAndCustomer, visitor: 'own' },
  convertChat: { ...desk, sends: { chat: 'convert' } },
  recordActivities: { ...customerOrService, visitor: 'own' },
  approveDraft: { ...orders, sends: { draft: 'approve' } },
  withholdDraft: { ...orders, sends: { draft: 'withhold' } },
  openDraft: { ...customerOrService, visitor: 'own', sends: { draft: 'open' } },
  dismissDraft: { ...customerOrService, visitor: 'own', sends: { draft: 'dismiss' } },
  switchDraftsOff: { ...deskAndCustomer, visitor: 'own', sends: { draft: 'switchOff' } },
  switchDraftsOn: { ...deskAndCustomer, service: 'none', visitor: 'own', sends: { draft: 'switchOn' } },
  saveCannedReply: { ...deskOnly, sends: { cannedReply: 'save' } },
  removeCannedReply: { ...deskOnly, sends: { cannedReply: 'remove' } },
  saveMacro: { ...deskOnly, sends: { macro: 'save' } },
  removeMacro: { ...deskOnly, sends: { macro: 'remove' } },
  runMacro: deskOnly,
  sendArticle: desk,
  createArticle: { ...desk, sends: { article: 'create' } },
  reviseArticle: { ...desk, sends: { article: 'revise' } },
  restoreArticleRevision: desk,
  showArticleEditing: desk,
  requestArticleReview: { ...desk, sends: { article: 'requestReview' } },
  declineArticle: { ...deskOnly, sends: { article: 'decline' } },
  approveArticle: { ...deskOnly, sends: { article: 'approve' } },
  publishArticle: { ...desk, sends: { article: 'publish' } },
  scheduleArticlePublication: { ...desk, sends: { article: 'schedulePublication' } },
  scheduleArticleUnpublication: { ...desk, sends: { article: 'scheduleUnpublication' } },
  cancelArticleSchedule: { ...desk, sends: { article: 'cancelSchedule' } },
  unpublishArticle: { ...desk, sends: { article: 'unpublish' } },
  changeArticleDetails: { ...desk, sends: { article: 'changeDetails' } },
  confirmArticleTranslation: { ...deskOnly, sends: { article: 'confirmTranslation' } },
  addArticlePhrase: { ...desk, sends: { article: 'addPhrase' } },
  removeArticlePhrase: { ...desk, sends: { article: 'removePhrase' } },
  archiveArticle: { ...desk, sends: { article: 'archive' } },
  restoreArticle: { ...desk, sends: { article: 'restore' } },
  deleteArticle: { ...orders, sends: { article: 'delete' } },
  rateArticle: { ...deskOnly, customer: 'own', visitor: 'own' },
  viewArticle: { ...nobody(), customer: 'own', visitor: 'own' },
  rateTranslation: { ...deskOnly, customer: 'own', visitor: 'own' },
  recordDeflection: { ...nobody(), customer: 'own', visitor: 'own' },
  addArticleCategory: { ...supervision, sends: { articleTree: 'add' } },
  changeArticleCategory: { ...supervision, sends: { articleTree: 'change' } },
  moveArticleCategory: { ...supervision, sends: { articleTree: 'move' } },
  removeArticleCategory: { ...supervision, sends: { articleTree: 'remove' } },
  changePlan: { ...supervision, sends: { ticket: 'changePlan' } },
  pauseClocks: { ...orders, sends: { ticket: 'pauseClocks' } },
  resumeClocks: { ...orders, sends: { ticket: 'resumeClocks' } },
  registerAgent: { ...supervision, sends: { agent: 'register' } },
  changeAgent: { ...supervision, sends: { agent: 'changeProfile' } },
  retireAgent: { ...supervision, sends: { agent: 'retire' } },
  setAvailability: { ...ownDesk, sends: { agent: 'setAvailability' } },
  registerCustomer: { ...desk, sends: { customer: 'register' } },
  identifyCustomer: desk,
  changeCustomer: { ...desk, sends: { customer: 'change' } },
  addCustomerEmail: { ...desk, sends: { customer: 'addEmail' } },
  removeCustomerEmail: { ...desk, sends: { customer: 'removeEmail' } },
  addCustomerPhone: { ...desk, sends: { customer: 'addPhone' } },
  removeCustomerPhone: { ...desk, sends: { customer: 'removePhone' } },
  addCustomerExternalId: { ...desk, sends: { customer: 'addExternalId' } },
  removeCustomerExternalId: { ...desk, sends: { customer: 'removeExternalId' } },
  addCustomerNote: { ...desk, sends: { customer: 'addNote' } },
  blockCustomer: { ...desk, sends: { customer: 'block' } },
  unblockCustomer: { ...desk, sends: { customer: 'unblock' } },
  mergeCustomers: { ...desk, sends: { customer: 'mergeInto' } },
  splitCustomer: { ...desk, sends: { customer: 'splitBack' } },
  registerOrganisation: { ...supervision, sends: { organisation: 'register' } },
  changeOrganisation: { ...supervision, sends: { organisation: 'change' } },
  addOrganisationDomain: { ...supervision, sends: { organisation: 'addDomain' } },
  removeOrganisationDomain: { ...supervision, sends: { organisation: 'removeDomain' } },
  addOrganisationManager: { ...supervision, sends: { organisation: 'addManager' } },
  removeOrganisationManager: { ...supervision, sends: { organisation: 'removeManager' } },
  changePreference: { ...self, sends: { recipient: 'changePreference' } },
  chooseLanguage: { ...self, sends: { recipient: 'chooseLanguage' } },
  applyConfiguration: { ...administration, sends: { configuration: 'apply' } },

  ticketChanged: ownOrStaff,
  chatChanged: { ...ownOrStaff, visitor: 'own' },
  chatPlaceChanged: { ...ownOrStaff, visitor: 'own' },
  chatTypingChanged: { ...ownOrStaff, visitor: 'own' },
  chatPresenceChanged: { ...ownOrStaff, visitor: 'own' },
  chatCallSignalled: { ...deskAndCustomer, service: 'none', visitor: 'own' },
  chatAvailabilityChanged: { ...everyone, visitor: 'own' },
  chatsChanged: staff,
  articleEditorsChanged: staff,
  customerAlertsChanged: staff,
  draftsChanged: { ...nobody(), customer: 'own', visitor: 'own' },
  draftsInReviewChanged: staff,
  inboxReceived: self,
} as const satisfies Readonly<Record<string, Right>>

/** The name of a query, mutation or subscription of the API, as the schema spells it. */
export type Operation = keyof typeof rights

/** The commands that operations send. */
type SentByOperations = Extract<(typeof rights)[Operation], { readonly sends: unknown }>['sends']

/** The types of the commands of a category of streams that operations send. */
export type SentTo<C extends StreamCategory> = Extract<SentByOperations, { readonly [K in C]: string }>[C]

const operationsOf = (category: StreamCategory): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries<Right>(rights).flatMap(([operation, { sends }]) => {
      const command = sends?.[category]
      return command === undefined ? [] : [[command, operation] as const]
    }),
  )

/** The operation for each command, by the category of its stream. Commands that only the engine sends are not listed. */
export const operationOf = Object.fromEntries(
  (Object.keys(aggregates) as StreamCategory[]).map((category) => [category, operationsOf(category)]),
) as { readonly [C in StreamCategory]: Readonly<Record<SentTo<C>, Operation>> }

/** Fields that only some readers of an object may see. Others read null. */
export const fieldRights = {
  'Article.ratings': deskReaders,
  'ArticleRevision.previewAddress': desk,
  'Customer.activities': deskReaders,
  'Customer.health': deskReaders,
  'Organisation.health': deskReaders,
  'IncidentDeclaration.customers': deskReaders,
  'Agent.timeInAvailability': { ...oversight, agent: 'own', service: 'any' },
} as const satisfies Readonly<Record<string, Row>>

type GuardedField = keyof typeof fieldRights

/** Returns a principal's access to a guarded field. */
export const accessToField = (field: GuardedField, principal: Principal | undefined): Access =>
  principal ? fieldRights[field][principal.role] : 'none'

/** Returns a principal's access to an operation: none without a token. */
export const accessTo = (operation: Operation, principal: Principal | undefined): Access =>
  principal ? rights[operation][principal.role] : 'none'
