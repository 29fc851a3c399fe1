/** The GraphQL documents that the pages send, and the shapes of what they get. A test checks them with the schema. */

type ChatAgent = { readonly userId: string; readonly name: string | null }

/** A chat as both sides are shown it; the fields of the desk are null for customers. */
export type Chat = {
  readonly id: string
  readonly status: 'WAITING' | 'ACTIVE' | 'CLOSED'
  readonly customer: { readonly userId: string; readonly name: string | null }
  readonly agent: ChatAgent | null
  readonly lastNumber: number
  readonly read: { readonly customer: number; readonly desk: number }
  readonly closeReason: string | null
  readonly rating: { readonly rating: number } | null
  readonly priority: string
  readonly startedAt: string
  readonly offer: { readonly agent: ChatAgent; readonly expiresAt: string } | null
  readonly transfer: { readonly agent: ChatAgent | null; readonly note: string | null } | null
  readonly participants: readonly { readonly agent: ChatAgent; readonly role: string; readonly joined: boolean }[]
  readonly ticket: { readonly id: string } | null
}

export type Attachment = {
  readonly fileId: string
  readonly name: string
  readonly mediaType: string
  readonly bytes: number
}
export type Action = { readonly actionId: string; readonly label: string }
export type Card = {
  readonly title: string
  readonly fields: readonly { readonly label: string; readonly value: string }[]
}
export type Actor = { readonly kind: string; readonly userId: string; readonly name: string | null }

/** An event of a chat, as `chatChanged` tells it. */
export type ChatEvent = {
  readonly type: string
  readonly number: number | null
  readonly at: string
  readonly by: Actor
  readonly messageId: string | null
  readonly body: string | null
  readonly actionId: string | null
  readonly agent: ChatAgent | null
  readonly message: {
    readonly messageId: string
    readonly kind: string
    readonly body: string
    readonly attachments: readonly Attachment[]
    readonly actions: readonly Action[]
    readonly card: Card | null
  } | null
}

export type ChatChange = {
  readonly cursor: string
  readonly truncated: boolean
  readonly event: ChatEvent
  readonly chat: Chat | null
}

const chatFields = `fragment ChatFields on Chat {
  id status customer { userId name } agent { userId name } lastNumber read { customer desk } closeReason rating { rating }
  priority startedAt offer { agent { userId name } expiresAt } transfer { agent { userId name } note }
  participants { agent { userId name } role joined } ticket { id }
}`

const payload = `{ chat { ...ChatFields } repeated userErrors { code message } }`

const mutation = (name: string, type = `${name[0]?.toUpperCase()}${name.slice(1)}`): string =>
  `mutation ${type}($input: ${type}Input!) { result: ${name}(input: $input) ${payload} }\n${chatFields}`

/** The place of a waiting chat in the queue; the expected wait in milliseconds. */
export type Place = {
  readonly position: number
  readonly expectedWait: { readonly from: number; readonly to: number } | null
}

/** What a mutation answers. */
export type Result = {
  readonly result: {
    readonly chat: Chat | null
    readonly repeated: boolean
    readonly userErrors: readonly { readonly code: string; readonly message: string }[]
  }
}

/** The operations that the pages use. */
export const documents = {
  chat: `query Chat($id: ID!) { chat(id: $id) { ...ChatFields } }\n${chatFields}`,
  chatChanged: `subscription ChatChanged($id: ID!, $after: String, $last: Int) {
  chatChanged(id: $id, after: $after, last: $last) {
    cursor truncated
    chat { ...ChatFields }
    event {
      type number at by { kind userId name } messageId body actionId agent { userId name }
      message {
        messageId kind body attachments { fileId name mediaType bytes } actions { actionId label }
        card { title fields { label value } }
      }
    }
  }
}\n${chatFields}`,
  chats: `query Chats { chats(first: 50, orderBy: WAIT) { nodes { ...ChatFields } } }\n${chatFields}`,
  chatsChanged: `subscription ChatsChanged { chatsChanged(all: true) { ...ChatFields } }\n${chatFields}`,
  chatPlaceChanged: `subscription ChatPlaceChanged($chatId: ID!) {
  chatPlaceChanged(chatId: $chatId) { position expectedWait { from to } }
}`,
  viewer: `query Viewer { viewer { userId name role } }`,
  setAvailability: `mutation SetAvailability($input: SetAvailabilityInput!) {
  result: setAvailability(input: $input) { userErrors { code message } }
}`,
  startChat: mutation('startChat'),
  sendChatMessage: mutation('sendChatMessage'),
  chooseChatAction: mutation('chooseChatAction'),
  markChatRead: mutation('markChatRead'),
  endChat: mutation('endChat'),
  rateChat: mutation('rateChat'),
  acceptChat: mutation('acceptChat'),
  declineChat: mutation('declineChat'),
  transferChat: mutation('transferChat'),
  inviteToChat: mutation('inviteToChat'),
  closeChat: mutation('closeChat'),
  convertChat: mutation('convertChat'),
} as const

/** A mutation of a chat. */
export type ChatMutation = Exclude<
  keyof typeof documents,
  'chat' | 'chats' | 'chatChanged' | 'chatsChanged' | 'chatPlaceChanged' | 'viewer' | 'setAvailability'
>
