/** The GraphQL documents that the pages send, and the shapes of what they get. A test checks them with the schema. */

type ChatAgent = { readonly userId: string; readonly name: string | null }

/** A chat as both sides are shown it; the fields of the desk are null for customers. */
export type Chat = {
  readonly id: string
  readonly status: 'WAITING' | 'ACTIVE' | 'CLOSED'
  readonly channel: 'WEB' | 'MOBILE' | 'VIDEO'
  readonly customer: { readonly userId: string; readonly name: string | null }
  /** Whether it waits for its customer, who is not connected now: nobody can accept it. Null for customers. */
  readonly customerAway: boolean | null
  readonly agent: ChatAgent | null
  readonly lastNumber: number
  readonly read: { readonly customer: number; readonly desk: number }
  readonly closeReason: string | null
  readonly closedAt: string | null
  readonly rating: { readonly rating: number; readonly comment: string | null } | null
  readonly priority: string
  readonly startedAt: string
  readonly offer: { readonly agent: ChatAgent; readonly expiresAt: string } | null
  readonly transfer: {
    readonly agent: ChatAgent | null
    readonly team: string | null
    readonly level: number | null
    readonly note: string | null
  } | null
  readonly callKinds: readonly CallKind[]
  readonly participants: readonly { readonly agent: ChatAgent; readonly role: string; readonly joined: boolean }[]
  readonly ticket: { readonly id: string } | null
}

/** The chat that a visit goes on with. */
export type CurrentChat = Chat & {
  /** How many messages of the desk the customer has not read. */
  readonly unread: number
}

/** A chat in the agent's list; what is missing has not changed. */
export type ListedChat = Chat & {
  readonly lastMessage?: { readonly text: string; readonly attachments: number } | null
  /** Who replies next, and since when. */
  readonly awaitedReply?: {
    readonly from: 'CUSTOMER' | 'DESK'
    readonly since: string
    readonly overdue: boolean
  } | null
}

/** A page of the open chats, the longest wait first. */
export type ChatPage = {
  readonly chats: {
    readonly nodes: readonly ListedChat[]
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
  }
}

/** Chats by their ids; null for one that is not shown any more. */
export type ChatsById = { readonly nodes: readonly (ListedChat | null)[] }

/** How both sides can call each other. */
export type CallKind = 'VOICE' | 'VIDEO' | 'SCREEN' | 'REMOTE'

/** A call in a chat. */
export type Call = {
  readonly callId: string
  readonly kind: CallKind
  readonly side: 'CUSTOMER' | 'DESK'
  readonly agent: ChatAgent | null
  readonly recorded: boolean
  readonly acceptedAt: string | null
  readonly endedAt: string | null
}

/** A file of a message, as it was sent; what it is now says `FileView`. */
export type Attachment = {
  readonly fileId: string
  readonly name: string
  readonly mediaType: string
  readonly bytes: number
}

/** A button of a message, which the customer can choose. */
export type Action = { readonly actionId: string; readonly label: string }

/** Facts in a message, under a title. */
export type Card = {
  readonly title: string
  readonly fields: readonly { readonly label: string; readonly value: string }[]
}

/** Who did something; `kind` is that of their account, such as `CUSTOMER` or `AGENT`. */
export type Actor = { readonly kind: string; readonly userId: string; readonly name: string | null }

/** An event of a chat, as `chatChanged` gives it. */
export type ChatEvent = {
  readonly type: string
  readonly number: number | null
  readonly at: string
  readonly by: Actor
  readonly messageId: string | null
  readonly body: string | null
  readonly actionId: string | null
  readonly agent: ChatAgent | null
  /** Why; null for customers. */
  readonly reason: string | null
  readonly message: {
    readonly messageId: string
    readonly kind: string
    readonly body: string
    readonly attachments: readonly Attachment[]
    readonly actions: readonly Action[]
    readonly card: Card | null
  } | null
}

/**
 * What `chatChanged` gives: an event, and the chat after it. `cursor` is where to go on after a lost connection;
 * `truncated` says that events before it are not given.
 */
export type ChatChange = {
  readonly cursor: string
  readonly truncated: boolean
  readonly event: ChatEvent
  readonly chat: (Chat & { readonly calls: readonly Call[] }) | null
}

/** A message as it stands, in a page of `Chat.messages`. */
export type SentMessage = {
  readonly messageId: string
  readonly number: number | null
  readonly kind: string
  readonly at: string
  readonly by: Actor
  readonly body: string
  readonly attachments: readonly Attachment[]
  readonly actions: readonly Action[]
  readonly card: Card | null
  readonly chosen: string | null
  readonly editedAt: string | null
  readonly redactedAt: string | null
}

/** A page of the messages of a chat, oldest first. */
export type MessagePage = {
  readonly nodes: readonly SentMessage[]
  readonly pageInfo: { readonly hasPreviousPage: boolean; readonly startCursor: string | null }
}

const chatFields = `fragment ChatFields on Chat {
  id status channel customer { userId name } customerAway agent { userId name } lastNumber read { customer desk } closeReason closedAt rating { rating comment }
  callKinds priority startedAt offer { agent { userId name } expiresAt } transfer { agent { userId name } team level note }
  participants { agent { userId name } role joined } ticket { id }
}`

const listed = `...ChatFields lastMessage { text attachments } awaitedReply { from since overdue }`

const payload = `{ chat { ...ChatFields } repeated userErrors { code message } }`

const mutation = (name: string, type = `${name[0]?.toUpperCase()}${name.slice(1)}`): string =>
  `mutation ${type}($input: ${type}Input!) { result: ${name}(input: $input) ${payload} }\n${chatFields}`

/** The place of a waiting chat in the queue; the expected wait in milliseconds. */
export type Place = {
  /** Null where the desk does not show it. */
  readonly position: number | null
  readonly expectedWait: { readonly from: number; readonly to: number } | null
}

/** How the customer chats, as a part of variables; the desk takes web where it is missing. */
export type Channel = { readonly channel?: string }

/** Whether the desk chats now. */
export type Availability = {
  readonly open: boolean
  readonly opensAt: string | null
  readonly abilities: { readonly offlineMessages: boolean; readonly files: boolean }
}

/** Why the desk refuses a command: the code, and the field of its input that it is about, if it is about one. */
export type UserError = { readonly code: string; readonly field: string | null }

/** The answer to a message that was left. */
export type LeftMessage = { readonly result: { readonly userErrors: readonly UserError[] } }

/** A ticket that is already written, about trouble that the customer probably has. */
export type OfferedDraft = {
  readonly id: string
  /** The number among the drafts of `customerId`. */
  readonly number: number
  /** Whose it is: the customer's own id, or one that was merged into theirs. */
  readonly customerId: string
  readonly subject: string
  readonly body: string
  /** How certain the trouble is, from 0 to 0.99. */
  readonly confidence: number
  /** Why it is suspected, in sentences. */
  readonly reasons: readonly string[]
  /** The incident about the same trouble that the customer is notified of; null where there is none. */
  readonly incident: DraftIncident | null
}

/** An incident, as its customers are notified of it. */
export type DraftIncident = { readonly title: string; readonly isResolved: boolean }

/** The drafts that the customer is offered now. */
export type DraftsChanged = { readonly draftsChanged: { readonly drafts: readonly OfferedDraft[] } }

/** Whether the customer is offered no drafts, since they want none. */
export type DraftsSwitchedOff = { readonly viewer: { readonly draftsSwitchedOff: boolean } }

/** The answer to a decision on a draft. */
export type DraftOutcome = { readonly result: { readonly userErrors: readonly UserError[] } }

/** What a mutation answers. */
export type Result = {
  readonly result: {
    readonly chat: Chat | null
    readonly repeated: boolean
    readonly userErrors: readonly { readonly code: string; readonly message: string }[]
  }
}

/** A file as a page shows it; links are paths at the server. */
export type FileView = {
  readonly status: 'QUARANTINED' | 'CLEAN' | 'INFECTED' | 'DELETED'
  readonly url: string | null
  readonly previewUrl: string | null
}

/** What `createUpload` answers. */
export type UploadAnswer = {
  readonly result: {
    readonly upload: { readonly fileId: string; readonly url: string } | null
    readonly userErrors: readonly UserError[]
  }
}

/** The mutations of a chat. All take its id, and answer with the chat. */
const chatMutations = {
  sendChatMessage: mutation('sendChatMessage'),
  chooseChatAction: mutation('chooseChatAction'),
  markChatRead: mutation('markChatRead'),
  endChat: mutation('endChat'),
  reopenChat: mutation('reopenChat'),
  rateChat: mutation('rateChat'),
  sendChatTranscript: mutation('sendChatTranscript'),
  acceptChat: mutation('acceptChat'),
  declineChat: mutation('declineChat'),
  transferChat: mutation('transferChat'),
  inviteToChat: mutation('inviteToChat'),
  joinChat: mutation('joinChat'),
  leaveChat: mutation('leaveChat'),
  requestChatCall: mutation('requestChatCall'),
  acceptChatCall: mutation('acceptChatCall'),
  connectChatCall: mutation('connectChatCall'),
  withdrawChatCallRecording: mutation('withdrawChatCallRecording'),
  endChatCall: mutation('endChatCall'),
  closeChat: mutation('closeChat'),
  convertChat: mutation('convertChat'),
} as const

/** The operations that the pages use. */
export const documents = {
  chat: `query Chat($id: ID!) { chat(id: $id) { ...ChatFields unread } }\n${chatFields}`,
  chatChanged: `subscription ChatChanged($id: ID!, $after: String, $last: Int) {
  chatChanged(id: $id, after: $after, last: $last) {
    cursor truncated
    chat { ...ChatFields calls { callId kind side agent { userId name } recorded acceptedAt endedAt } }
    event {
      type number at by { kind userId name } messageId body actionId agent { userId name } reason
      message {
        messageId kind body attachments { fileId name mediaType bytes } actions { actionId label }
        card { title fields { label value } }
      }
    }
  }
}\n${chatFields}`,
  chats: `query Chats($after: String) {
  chats(first: 50, after: $after, orderBy: WAIT) { nodes { ${listed} } pageInfo { hasNextPage endCursor } }
}\n${chatFields}`,
  messages: `query Messages($id: ID!, $before: String) {
  chat(id: $id) {
    messages(last: 100, before: $before) {
      nodes {
        messageId number kind at by { kind userId name } body attachments { fileId name mediaType bytes }
        actions { actionId label } card { title fields { label value } } chosen editedAt redactedAt
      }
      pageInfo { hasPreviousPage startCursor }
    }
  }
}`,
  chatsById: `query ChatsById($ids: [ID!]!) { nodes(ids: $ids) { ... on Chat { ${listed} } } }\n${chatFields}`,
  ownChats: `query OwnChats {
  open: chats(first: 1, orderBy: WAIT, filter: { mine: true }) { nodes { ...ChatFields unread } }
  ended: chats(first: 10, orderBy: LATEST, filter: { mine: true, status: [CLOSED] }) { nodes { ...ChatFields unread } }
}\n${chatFields}`,
  chatsChanged: `subscription ChatsChanged { chatsChanged(all: true) { ${listed} } }\n${chatFields}`,
  chatPlaceChanged: `subscription ChatPlaceChanged($chatId: ID!) {
  chatPlaceChanged(chatId: $chatId) { position expectedWait { from to } }
}`,
  chatAvailabilityChanged: `subscription ChatAvailabilityChanged($channel: ChatChannel) {
  chatAvailabilityChanged(channel: $channel) { open opensAt abilities { offlineMessages files } }
}`,
  leaveChatMessage: `mutation LeaveChatMessage($input: LeaveChatMessageInput!) {
  result: leaveChatMessage(input: $input) { userErrors { code field } }
}`,
  draftsChanged: `subscription DraftsChanged($language: String!) {
  draftsChanged {
    drafts {
      id number customerId subject(language: $language) body(language: $language) confidence
      reasons(language: $language) incident { title isResolved }
    }
  }
}`,
  openDraft: `mutation OpenDraft($input: OpenDraftInput!) {
  result: openDraft(input: $input) { userErrors { code field } }
}`,
  dismissDraft: `mutation DismissDraft($input: DismissDraftInput!) {
  result: dismissDraft(input: $input) { userErrors { code field } }
}`,
  switchDraftsOff: `mutation SwitchDraftsOff($input: SwitchDraftsOffInput!) {
  result: switchDraftsOff(input: $input) { userErrors { code field } }
}`,
  switchDraftsOn: `mutation SwitchDraftsOn($input: SwitchDraftsOnInput!) {
  result: switchDraftsOn(input: $input) { userErrors { code field } }
}`,
  draftsSwitchedOff: `query DraftsSwitchedOff { viewer { draftsSwitchedOff } }`,
  pushKey: `query PushKey($channel: ChatChannel) { chatAvailability(channel: $channel) { pushKey } }`,
  subscribeToPush: `mutation SubscribeToPush($input: SubscribeToPushInput!) {
  result: subscribeToPush(input: $input) { userErrors { code message } }
}`,
  canSendTranscript: `query CanSendTranscript($id: ID!) { chat(id: $id) { canSendTranscript } }`,
  file: `query File($id: ID!) { file(id: $id) { status url previewUrl } }`,
  createUpload: `mutation CreateUpload($input: CreateUploadInput!) {
  result: createUpload(input: $input) { upload { fileId url } userErrors { code field } }
}`,
  showChatTyping: `mutation ShowChatTyping($input: ShowChatTypingInput!) {
  showChatTyping(input: $input) { userErrors { code } }
}`,
  chatTypingChanged: `subscription ChatTypingChanged($chatId: ID!) {
  chatTypingChanged(chatId: $chatId) { typing { side agent { name } } }
}`,
  callSetup: `query CallSetup($id: ID!) {
  chat(id: $id) { calls { callId setup { iceServers { urls username credential } url } } }
}`,
  sendChatCallSignal: `mutation SendChatCallSignal($input: SendChatCallSignalInput!) {
  result: sendChatCallSignal(input: $input) { userErrors { code message } }
}`,
  chatCallSignalled: `subscription ChatCallSignalled($chatId: ID!, $callId: ID!) {
  chatCallSignalled(chatId: $chatId, callId: $callId) { signalId data }
}`,
  viewer: `query Viewer { viewer { userId name role } }`,
  setAvailability: `mutation SetAvailability($input: SetAvailabilityInput!) {
  result: setAvailability(input: $input) { agent { availability } userErrors { code message } }
}`,
  startChat: mutation('startChat'),
  ...chatMutations,
} as const

/** A mutation of a chat. */
export type ChatMutation = keyof typeof chatMutations
