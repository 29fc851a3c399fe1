import { z } from 'zod'
import { attachedFilesSchema } from '../file/file.ts'
import { internal } from '../kernel/command.ts'
import { limits } from '../kernel/limits.ts'
import { newMessageId } from '../kernel/message-id.ts'
import { id, isOnce, line, personId, personName, printable, text } from '../kernel/values.ts'

/** The three statuses of a chat (001, `ChatSession`). */
export const chatStatuses = ['waiting', 'active', 'closed'] as const

/** The status of a chat. */
export type ChatStatus = (typeof chatStatuses)[number]

/** How a visitor chats (004, `chatConfig.channels`). */
export const chatChannels = ['web', 'mobile', 'video'] as const

/** The channel by which a chat comes in. */
export type ChatChannel = (typeof chatChannels)[number]

/**
 * The kinds of messages. A `note` is for the desk alone, `actions` offers buttons, a `card` shows live data, `automatic`
 * was written by a program, and `system` reports something to both sides.
 */
export const chatMessageKinds = ['text', 'file', 'voice', 'note', 'actions', 'card', 'automatic', 'system'] as const

/** The kind of a message of a chat. */
export type ChatMessageKind = (typeof chatMessageKinds)[number]

/**
 * Why a chat ended. `left`: the customer ended an active chat. `abandoned`: the customer ended it while waiting. `gone`:
 * the customer was disconnected for too long while waiting. `inactive`: the customer did not answer. `continued`: a
 * visitor proved to be a customer who had another open chat, and goes on in that one.
 */
export const chatCloseReasons = [
  'solved',
  'left',
  'abandoned',
  'gone',
  'inactive',
  'converted',
  'continued',
  'spam',
  'other',
] as const

/** Why a chat was closed. */
export type ChatCloseReason = (typeof chatCloseReasons)[number]

/** The reasons for which the desk may close a chat. */
export const deskCloseReasons = ['solved', 'spam', 'other'] as const satisfies readonly ChatCloseReason[]

/** How a colleague takes part in a chat: an observer reads and writes notes, a speaker also writes to the customer. */
export const participantRoles = ['observer', 'speaker'] as const

/** A colleague's part in a chat; see `participantRoles`. */
export type ParticipantRole = (typeof participantRoles)[number]

/** The sides of a chat, each with its own marks of what was delivered and read. */
export const chatSides = ['customer', 'desk'] as const

/** A side of a chat: its customer, or the desk. */
export type ChatSide = (typeof chatSides)[number]

/**
 * The kinds of calls in a chat: by voice, by video, a shared screen, and help in which the agent operates the customer's
 * screen through a provider.
 */
export const callKinds = ['voice', 'video', 'screen', 'remote'] as const

/** The kind of a call in a chat. */
export type CallKind = (typeof callKinds)[number]

/**
 * Why a call ended. Before acceptance: `cancelled` by who asked, `declined` by who was asked, `unanswered` in time.
 * Afterwards: `hung_up` by either side, at its `time_limit`. `failed` without a connection; `agent_left` and
 * `chat_closed` with the chat.
 */
export const callEndReasons = [
  'hung_up',
  'cancelled',
  'declined',
  'unanswered',
  'failed',
  'time_limit',
  'agent_left',
  'chat_closed',
] as const

/** Why a call has ended; see `callEndReasons`. */
export type CallEndReason = (typeof callEndReasons)[number]

/** The kinds of pushes about a chat. */
export const chatPushKinds = ['chat_message', 'chat_accepted', 'chat_warning'] as const

/** What a push notification tells the customer of a chat. */
export type ChatPushKind = (typeof chatPushKinds)[number]

/** The limits of a chat's contents; the edge refuses what exceeds them. */
export const chatLimits = {
  body: 10_000,
  actions: 10,
  cardFields: 20,
  facts: 20,
  participants: 20,
  skipped: 100,
  transcripts: 5,
} as const

const label = line(100)

/** An agent, as a chat names them. */
export const chatAgentSchema = z.strictObject({
  id: personId.describe('The id of the agent.'),
  name: internal(personName.optional()),
})

/** To whom a chat is handed over: an agent, a team, or an expert of a support level (001, « Transfer to Agent »). */
export const chatTransferTargetSchema = z
  .strictObject({
    agent: chatAgentSchema.optional().describe('An agent.'),
    team: line(limits.name).optional().describe('A team, of which somebody is found.'),
    level: z.int().min(1).max(3).optional().describe('The least support level, 1 to 3.'),
  })
  .refine(
    ({ agent, team, level }) => (agent ? 1 : 0) + (team ? 1 : 0) + (level ? 1 : 0) === 1,
    'must name one of agent, team and level',
  )

/** To whom a chat is transferred: an agent, a team or a support level. */
export type ChatTransferTarget = z.infer<typeof chatTransferTargetSchema>

/** Why nobody could take a chat that is handed over: the codes of the refusals. */
export const unreachableReasons = [
  'agent_not_found',
  'agent_retired',
  'agent_unavailable',
  'agent_full',
  'team_unknown',
] as const

/** An action that a message offers, as a button. */
export const chatActionSchema = z.strictObject({
  actionId: id.describe('The id of the action, unique in its message.'),
  label: label.describe('The text of the button.'),
  transferTo: chatTransferTargetSchema
    .optional()
    .describe('An escalation that is offered: choosing the action hands the chat over, as `transferChat` does.'),
})

/** Live data shown in a message (000, « Message avec données »). */
export const chatCardSchema = z.strictObject({
  source: label.describe('Where the data comes from, such as the name of the system.'),
  title: label.describe('The title.'),
  fields: z
    .array(z.strictObject({ label: label.describe('What the value is.'), value: line(500).describe('The value.') }))
    .max(chatLimits.cardFields)
    .describe('The values, in order.'),
})

/** Facts by name, such as the page on which a chat began or the version of an app. */
export const chatFactsSchema = z
  .record(line(50).describe('The name.'), line(500).describe('The value.'))
  .refine((facts) => Object.keys(facts).length <= chatLimits.facts, `must be at most ${chatLimits.facts}`)

/** The data of a message, as its sender gives it. */
export const chatMessageFields = {
  messageId: newMessageId.describe(
    'An id of your choice, unique in the chat. A repeat of the same message under it changes nothing.',
  ),
  kind: z.enum(chatMessageKinds).default('text').describe('The kind of message; text unless given.'),
  body: printable(chatLimits.body).default('').describe('The text.'),
  attachments: attachedFilesSchema.describe('The files of the message.'),
  actions: z
    .array(chatActionSchema)
    .min(1)
    .max(chatLimits.actions)
    .refine((actions) => isOnce(actions, ({ actionId }) => actionId), 'must have different ids')
    .optional()
    .describe('The actions offered, as buttons.'),
  card: chatCardSchema.optional().describe('Live data.'),
  metadata: chatFactsSchema.optional().describe('Facts for programs, such as the version of the app.'),
  inReplyTo: id.optional().describe('The id of the message that it answers.'),
} as const

/** The text of a message that was changed. */
export const chatBody = text(chatLimits.body)
