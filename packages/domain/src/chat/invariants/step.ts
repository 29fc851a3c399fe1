import type { CommandMetadata, Deadline } from '../../kernel/decider.ts'
import { clockActor } from '../../kernel/actor.ts'
import type { Instant } from '../../kernel/time.ts'
import { defaultTicketPolicy } from '../../ticket/policy.ts'
import { chatAggregate } from '../chat.ts'
import type { ChatEvent } from '../events.ts'
import type { ChatCommandEnvelope, ChatDecision } from '../rule.ts'
import { chatSettingsSchema } from '../settings.ts'
import type { Chat, ChatState } from '../state.ts'

const settings = chatSettingsSchema.parse({
  channels: { web: { voice: true, voiceCalls: true, videoCalls: true, screenSharing: true, recording: true } },
})

/** The aggregate of the random lives. */
export const chat = chatAggregate.under(() => ({ settings, hours: () => undefined, policy: defaultTicketPolicy }))

/** One command of a random life, and its outcome. */
export type Step = {
  readonly command: ChatCommandEnvelope
  readonly before: ChatState
  readonly decision: ChatDecision
  readonly events: readonly ChatEvent[]
  readonly after: ChatState
}

/** Decides a command. */
export function take(before: ChatState, command: ChatCommandEnvelope): Step {
  const decision = chat.decide(command, before)
  const events = decision.ok ? decision.value : []
  return { command, before, decision, events, after: events.reduce(chat.evolve, before) }
}

/** The firing of a deadline. */
export function fire({ kind, cycle, dueAt }: Deadline, at: Instant): ChatCommandEnvelope {
  const metadata: CommandMetadata = { at, by: clockActor, commandId: `${kind}/${cycle}`, aggregateId: 'C1' }
  return { type: 'fire', kind, cycle, dueAt, ...metadata }
}

/** The events of a life. */
export const historyOf = (life: readonly Step[]): ChatEvent[] => life.flatMap(({ events }) => events)

/** Whether there is a chat. */
export const isChat = (state: ChatState): state is Chat => state.status !== 'absent'

/** The deadlines of a state. */
export const deadlinesOf = (state: ChatState): readonly Deadline[] => chat.deadlines?.(state) ?? []

/** Properties by the numbers of docs/lifecycle.md; each is checked on every random life. */
export type Invariants = Readonly<Record<string, (life: readonly Step[]) => void>>
