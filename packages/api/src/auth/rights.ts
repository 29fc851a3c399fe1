import type { Principal, Role } from './principal.ts'

/**
 * What a role may do with an operation: on anything; on anything, but with a reason where the domain's `refuseUnexplained` asks
 * for one; on what is its own (its tickets, its inbox); or not at all.
 */
export type Access = 'any' | 'explained' | 'own' | 'none'

type Row = Readonly<Record<Role, Access>>

const everyone: Row = { customer: 'any', agent: 'any', supervisor: 'any', admin: 'any', auditor: 'any', service: 'any' }
const ownOrStaff: Row = { ...everyone, customer: 'own' }
const staff: Row = { ...everyone, customer: 'none' }
const desk: Row = { ...staff, auditor: 'none' }
/** People of the desk: no service acts in their place. */
const deskOnly: Row = { ...desk, service: 'none' }
const deskAndCustomer: Row = { ...desk, customer: 'own' }
const customerOrService: Row = { ...nobody(), customer: 'own', service: 'any' }
/** What moves a promise or somebody else's ticket: agents say why. */
const explained: Row = { ...desk, agent: 'explained' }
const ownDesk: Row = { ...desk, agent: 'own' }
const oversight: Row = { ...nobody(), supervisor: 'any', admin: 'any', auditor: 'any' }
const supervision: Row = { ...nobody(), supervisor: 'any', admin: 'any', service: 'any' }
/** Orders of people who answer for them: no service gives one in their place. */
const orders: Row = { ...supervision, service: 'none' }
const administration: Row = { ...nobody(), admin: 'any' }
const self: Row = {
  customer: 'own',
  agent: 'own',
  supervisor: 'own',
  admin: 'own',
  auditor: 'own',
  service: 'own',
}

function nobody(): Row {
  return { customer: 'none', agent: 'none', supervisor: 'none', admin: 'none', auditor: 'none', service: 'none' }
}

/** Every operation of the API and who may use it. Total: a root field without a row keeps the server from starting. */
export const rights = {
  node: ownOrStaff,
  nodes: ownOrStaff,
  viewer: self,
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
  incidents: staff,
  agents: staff,
  agent: staff,
  queue: staff,
  shifts: staff,
  escalations: staff,
  levelReport: staff,

  openTicket: deskAndCustomer,
  startTicket: desk,
  agentReply: desk,
  customerReply: customerOrService,
  addNote: desk,
  waitForCustomer: desk,
  resolveTicket: desk,
  confirmTicket: customerOrService,
  closeTicket: desk,
  reopenTicket: desk,
  markSpam: desk,
  changePriority: explained,
  assignTicket: explained,
  unassignTicket: explained,
  tagTicket: desk,
  untagTicket: desk,
  renameTicket: desk,
  categorizeTicket: explained,
  attachToTicket: deskAndCustomer,
  addWatcher: desk,
  removeWatcher: desk,
  mergeTickets: desk,
  splitTicket: desk,
  linkTickets: desk,
  unlinkTickets: desk,
  escalateTicket: desk,
  deescalateTicket: desk,
  handOverToProduct: desk,
  declareIncident: desk,
  acknowledgeIncident: deskOnly,
  addAffectedCustomers: desk,
  recordCallback: desk,
  openWarRoom: desk,
  dispatchTechnician: desk,
  confirmOnSite: desk,
  postIncidentUpdate: desk,
  resolveIncident: desk,
  reopenIncident: deskOnly,
  writePostMortem: deskOnly,
  changePlan: supervision,
  pauseClocks: orders,
  resumeClocks: orders,
  registerAgent: supervision,
  changeAgent: supervision,
  retireAgent: supervision,
  setAvailability: ownDesk,
  changePreference: self,
  chooseLanguage: self,
  applyConfiguration: administration,

  ticketChanged: ownOrStaff,
  inboxReceived: self,
} as const satisfies Readonly<Record<string, Row>>

export type Operation = keyof typeof rights

/** What is told of a thing only to some of those who may see it: others read null. */
export const fieldRights = {
  'Agent.timeInAvailability': { ...oversight, agent: 'own', service: 'any' },
} as const satisfies Readonly<Record<string, Row>>

type GuardedField = keyof typeof fieldRights

/** What a principal may read of a guarded field. */
export const accessToField = (field: GuardedField, principal: Principal | undefined): Access =>
  principal ? fieldRights[field][principal.role] : 'none'

/** What a principal may do with an operation; nobody may do anything without a token. */
export const accessTo = (operation: Operation, principal: Principal | undefined): Access =>
  principal ? rights[operation][principal.role] : 'none'
