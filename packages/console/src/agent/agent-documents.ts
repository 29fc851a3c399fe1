/** The GraphQL documents that only the agent's page sends, and the shapes of what they get. A test checks them with the schema. */

type Pair = { readonly name: string; readonly value: string }

/** What takes points from a score of health, such as `TICKETS`. */
export type HealthReason = { readonly term: string; readonly points: number; readonly count: number }

/** How somebody fares with the desk: a score from 0 to 100. */
export type Health = {
  readonly score: number
  readonly isAtRisk: boolean
  readonly sevenDaysAgo: number
  readonly reasons: readonly HealthReason[]
}

/** Something that a customer did or met in a product. */
export type RecentActivity = {
  readonly kind: string
  readonly code: string | null
  readonly at: string
  readonly page: string | null
}

/** What an agent is shown beside a chat. */
export type CustomerAnswer = {
  readonly chat: {
    readonly language: string
    readonly plan: string | null
    readonly context: readonly Pair[]
    readonly customerRecord: {
      readonly id: string
      readonly merged: readonly string[]
      readonly name: string | null
      readonly language: string | null
      readonly plan: string | null
      readonly organisation: { readonly name: string } | null
      readonly blocked: { readonly reason: string } | null
      readonly figures: {
        readonly open: number
        readonly lastThirtyDays: number
        readonly chatsLastThirtyDays: number
        readonly promisesKept: number
        readonly promisesMissed: number
      }
      /** Null for who may not read it. */
      readonly health: Health | null
      readonly activities: { readonly nodes: readonly RecentActivity[] } | null
      readonly drafts: { readonly nodes: readonly CustomerDraft[] }
    } | null
  } | null
}

/** A draft of a customer, and the ticket that it was opened as. */
export type CustomerDraft = {
  readonly subject: string
  readonly body: string
  readonly status: string
  /** Why it is withheld, if it is. */
  readonly withheldCause: string | null
  readonly confidence: number
  readonly reasons: readonly string[]
  readonly suspectedAt: string
  readonly ticket: { readonly number: number } | null
}

/** The analysis of the draft that a ticket was opened from. */
export type TicketOrigin = {
  readonly rule: string | null
  readonly confidence: number
  readonly reasons: readonly string[]
  readonly evidence: readonly { readonly fingerprint: string; readonly count: number }[]
}

/** The tickets of a customer that the desk still works on. */
export type OpenTickets = {
  readonly tickets: {
    readonly nodes: readonly {
      readonly number: number
      readonly subject: string
      readonly status: string
      /** The draft that it was opened from; null for other tickets. */
      readonly draft: TicketOrigin | null
    }[]
  }
}

/** A card of another system, which can be sent as a message. */
export type LiveCard = {
  readonly source: string
  readonly cardId: string
  readonly title: string
  readonly asOf: string
  readonly fields: readonly { readonly label: string; readonly value: string }[]
}

/** Cards of the customer from other systems, and the systems that did not answer; null for an agent who may not see them. */
export type LiveDataAnswer = {
  readonly chat: {
    readonly liveData: { readonly failedSources: readonly string[]; readonly cards: readonly LiveCard[] } | null
  } | null
}

/** All active alerts of a customer, whenever one of them changes. */
export type AlertsChanged = {
  readonly customerAlertsChanged: {
    readonly alerts: readonly {
      readonly alertId: string
      readonly source: string
      readonly severity: 'INFO' | 'WARNING' | 'CRITICAL'
      readonly title: string
      readonly since: string | null
    }[]
  }
}

type SuggestedReply = { readonly id: string; readonly shortcut: string; readonly title: string }

/** What a macro does in one step, such as `CLOSE`. */
export type MacroStep = { readonly action: string }

/** The canned replies and macros whose shortcut or title matches. */
export type Suggestions = {
  readonly cannedReplies: { readonly nodes: readonly SuggestedReply[] }
  readonly macros: { readonly nodes: readonly (SuggestedReply & { readonly steps: readonly MacroStep[] })[] }
}

/** A canned reply with its variables filled in; null where there is none any more. */
export type RenderedReply = { readonly renderCannedReply: { readonly text: string } | null }

/** Why a mutation was refused; empty if it was not. */
export type Outcome = { readonly result: { readonly userErrors: readonly { readonly code: string }[] } }

/** What an agent is doing; null for somebody who is no agent of the desk. */
export type Availability = { readonly agent: { readonly availability: string } | null }

/** The outcome of setting it. */
export type AvailabilitySet = { readonly result: Outcome['result'] & Availability }

/** An agent of the desk, with what they have to do now. */
export type Colleague = {
  readonly userId: string
  readonly name: string
  readonly team: string | null
  readonly onShift: boolean
  readonly presence: { readonly status: 'ONLINE' | 'AWAY' | 'OFFLINE' }
  readonly load: readonly { readonly channel: string; readonly taken: number; readonly places: number }[]
}

/** A page of the agents who are available. */
export type ColleaguePage = {
  readonly agents: {
    readonly nodes: readonly Colleague[]
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
  }
}

/** The teams of the desk. */
export type Teams = {
  readonly configuration: { readonly teams: readonly { readonly name: string; readonly label: string }[] } | null
}

/** A draft of a ticket that waits for its review. */
export type DraftInReview = {
  readonly id: string
  readonly number: number
  readonly customerId: string
  readonly subject: string
  readonly body: string
  readonly confidence: number
  readonly reasons: readonly string[]
  readonly suspectedAt: string
  readonly customer: { readonly name: string | null } | null
  /** The likely incident about the same trouble; null if there is none. */
  readonly likelyIncident: Pick<LikelyIncident, 'people' | 'usual'> | null
}

/** All of them, whenever that changes. */
export type DraftsInReviewChanged = { readonly draftsInReviewChanged: { readonly drafts: readonly DraftInReview[] } }

/** Trouble of so many customers that it is probably an incident, and what that would be declared as. */
export type LikelyIncident = {
  readonly since: string
  readonly people: number
  readonly usual: number
  readonly declaration: IncidentDeclaration
  /** The incident that it was declared as; null until then. */
  readonly incident: { readonly status: string } | null
}

/** What the declaration of an incident sends, besides the id of the command. */
type IncidentDeclaration = {
  readonly incidentId: string
  readonly title: string
  readonly description: string
  readonly customers: readonly { readonly id: string }[] | null
}

/** What supervisors look at from time to time. */
export type TroubleAnswer = {
  readonly likelyIncidents: readonly LikelyIncident[]
  readonly atRisk: {
    readonly nodes: readonly {
      readonly customer: { readonly userId: string; readonly name: string | null } | null
      readonly health: Health
    }[]
  }
}

/** How many there were on a day in UTC, such as `2026-03-02`. */
export type DayCount = { readonly day: string; readonly count: number }

/** How many activities have a value; null stands for none, and for the rare ones. */
export type ActivityCount = {
  readonly value: string | null
  readonly count: number
  /** How many people, each once a day; null where they are not counted. */
  readonly people: number | null
  /** Without days that have none. */
  readonly days: readonly DayCount[]
}

/** What became of the drafts that a rule has suspected. */
export type DraftFigures = {
  readonly rule: string
  readonly suspected: number
  readonly offered: number
  readonly opened: number
  readonly dismissed: number
  readonly lapsed: number
  readonly withheld: number
  readonly reported: number
  readonly holdout: number
  /** Shares from 0 to 1; null where nothing is decided. */
  readonly acceptance: number | null
  readonly precision: number | null
  /** Those that were suspected. */
  readonly days: readonly DayCount[]
}

/** How many were at risk at the end of a day in UTC, or are now. */
export type AtRiskDay = { readonly day: string; readonly customers: number; readonly organisations: number }

/** What the desk looks at for trends and patterns. */
export type TrendsAnswer = {
  readonly kinds: readonly ActivityCount[]
  readonly pages: readonly ActivityCount[]
  readonly versions: readonly ActivityCount[]
  readonly troubles: readonly ActivityCount[]
  readonly draftReport: readonly DraftFigures[]
  readonly atRiskCounts: readonly AtRiskDay[]
  readonly customers: TroubleAnswer['atRisk']
  readonly organisations: {
    readonly nodes: readonly { readonly organisation: { readonly name: string } | null; readonly health: Health }[]
  }
}

/** The operations that only the agent's page uses. */
export const agentDocuments = {
  workingLanguage: `query WorkingLanguage($id: ID!) { chat(id: $id) { language workingLanguage } }`,
  customer: `query CustomerOfChat($id: ID!) {
  chat(id: $id) {
    language plan context { name value }
    customerRecord {
      id merged name language plan organisation { name } blocked { reason }
      figures { open lastThirtyDays chatsLastThirtyDays promisesKept promisesMissed }
      health { score isAtRisk sevenDaysAgo reasons { term points count } }
      activities(first: 10) { nodes { kind code at page } }
      drafts(first: 5) { nodes { subject body status withheldCause confidence reasons suspectedAt ticket { number } } }
    }
  }
}`,
  openTickets: `query OpenTickets($customerIds: [ID!]!) {
  tickets(first: 20, filter: { customerId: $customerIds, status: [NEW, IN_PROGRESS, WAITING_CUSTOMER] }) {
    nodes { number subject status draft { rule confidence reasons evidence { fingerprint count } } }
  }
}`,
  liveData: `query LiveData($id: ID!) {
  chat(id: $id) { liveData { failedSources cards { source cardId title asOf fields { label value } } } }
}`,
  sendLiveDataCard: `mutation SendLiveDataCard($input: SendLiveDataCardInput!) {
  result: sendLiveDataCard(input: $input) { userErrors { code } }
}`,
  customerAlertsChanged: `subscription CustomerAlertsChanged($customerId: ID!) {
  customerAlertsChanged(customerId: $customerId) { alerts { alertId source severity title since } }
}`,
  suggestions: `query Suggestions($filter: CannedFilter!) {
  cannedReplies(first: 100, filter: $filter) { nodes { id shortcut title } }
  macros(first: 100, filter: $filter) { nodes { id shortcut title steps { action } } }
}`,
  renderCannedReply: `query RenderCannedReply($cannedReplyId: ID!, $chatId: ID!) {
  renderCannedReply(cannedReplyId: $cannedReplyId, chatId: $chatId) { text }
}`,
  runMacro: `mutation RunMacro($input: RunMacroInput!) {
  result: runMacro(input: $input) { userErrors { code } }
}`,
  availability: `query AvailabilityOfAgent($id: ID!) { agent(id: $id) { availability } }`,
  colleagues: `query Colleagues($after: String) {
  agents(first: 100, after: $after, availability: [AVAILABLE]) {
    nodes { userId name team onShift presence { status } load { channel taken places } }
    pageInfo { hasNextPage endCursor }
  }
}`,
  draftsInReviewChanged: `subscription DraftsInReviewChanged {
  draftsInReviewChanged {
    drafts {
      id number customerId subject body confidence reasons suspectedAt customer { name }
      likelyIncident { people usual }
    }
  }
}`,
  approveDraft: `mutation ApproveDraft($input: ApproveDraftInput!) {
  result: approveDraft(input: $input) { userErrors { code } }
}`,
  withholdDraft: `mutation WithholdDraft($input: WithholdDraftInput!) {
  result: withholdDraft(input: $input) { userErrors { code } }
}`,
  trouble: `query Trouble {
  likelyIncidents {
    since people usual declaration { incidentId title description customers { id } } incident { status }
  }
  atRisk(first: 20) {
    nodes { customer { userId name } health { score isAtRisk sevenDaysAgo reasons { term points count } } }
  }
}`,
  declareIncident: `mutation DeclareIncident($input: DeclareIncidentInput!) {
  result: declareIncident(input: $input) { userErrors { code } }
}`,
  trends: `query Trends($week: Date!, $today: Date!, $month: DateTime!) {
  kinds: activityCounts(by: KIND, from: $week, to: $today) { ...Counts }
  pages: activityCounts(by: PAGE, from: $week, to: $today) { ...Counts }
  versions: activityCounts(by: VERSION, from: $week, to: $today) { ...Counts }
  troubles: activityCounts(by: TROUBLE, from: $week, to: $today) { ...Counts }
  draftReport(from: $month) {
    rule suspected offered opened dismissed reported lapsed withheld holdout acceptance precision
    days { day count: suspected }
  }
  atRiskCounts(from: $week, to: $today) { day customers organisations }
  customers: atRisk(first: 10) { nodes { customer { userId name } health { ...Fares } } }
  organisations: atRisk(first: 10, of: ORGANISATIONS) { nodes { organisation { name } health { ...Fares } } }
}
fragment Counts on ActivityCount { value count people days { day count } }
fragment Fares on Health { score isAtRisk sevenDaysAgo reasons { term points count } }`,
  teams: `query Teams { configuration { teams { name label } } }`,
  showPresence: `mutation ShowPresence { result: showPresence(input: {}) { userErrors { code } } }`,
} as const
