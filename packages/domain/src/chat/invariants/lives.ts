import fc from 'fast-check'
import type { Actor } from '../../kernel/actor.ts'
import { later, latest, minutes } from '../../kernel/time.ts'
import { alex, camille, monday, sacha } from '../../testing/examples.ts'
import { chatAggregate } from '../chat.ts'
import type { ChatCommandInput } from '../commands.ts'
import type { ChatState } from '../state.ts'
import { chatMessageKinds } from '../vocabulary.ts'
import type { Step } from './step.ts'
import { chat, deadlinesOf, fire, take } from './step.ts'

const lea: Actor = { kind: 'agent', id: 'lea' }
const zoe: Actor = { kind: 'customer', id: 'zoe' }
const engine: Actor = { kind: 'system', id: 'engine' }
const agents = fc.constantFrom({ id: 'alex' }, { id: 'sacha' }, { id: 'lea' })
const messageId = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
const callId = fc.constantFrom('v', 'w')
const text = fc.constantFrom('Bonjour', 'Voilà')
const upTo = fc.integer({ min: 1, max: 12 })
const actions = [
  { actionId: 'yes', label: 'Oui', transferTo: { level: 2 } },
  { actionId: 'no', label: 'Non' },
]
/** A file of the sender in the chat, as the desk has read it. */
const stored = (by: Actor) => [
  {
    fileId: 'f',
    file: { here: true, status: 'clean' as const, storedBy: by, name: 'a.png', mediaType: 'image/png', bytes: 1 },
  },
]
const card = { source: 'erp', title: 'Facture', fields: [] }

const of = <T extends string, R>(type: T, model: { [K in keyof R]: fc.Arbitrary<R[K]> }) =>
  fc.record<R>(model).map((rest) => ({ type, ...rest }))

/** A message with the content that its kind needs, most often. */
const send = fc
  .record({ kind: fc.constantFrom(...chatMessageKinds), messageId, body: text, solves: fc.boolean() })
  .map(({ kind, ...rest }) => ({ ...rest, kind: rest.messageId === 'f' ? ('actions' as const) : kind }))
  .map(({ kind, solves, ...message }) => ({
    type: 'send' as const,
    kind,
    ...message,
    ...((kind === 'file' || kind === 'voice') && { attachments: [{ fileId: 'f' }] }),
    ...(kind === 'actions' && { actions }),
    ...(kind === 'card' && { card }),
    ...(kind === 'automatic' && solves && { solution: 'sent' }),
  }))

/** The number of a reservation, most often; without one, a chat that was started by one is not reopened. */
const reservation = fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined, freq: 3 })

/** Any command of a chat, with few ids, so that ids coincide. The rounds of offers follow from the state. */
const commands: fc.Arbitrary<ChatCommandInput> = fc.oneof(
  { weight: 4, arbitrary: of('offer', { round: fc.constant(1), agent: agents, agentVersion: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.constantFrom({ type: 'accept' as const }) },
  { weight: 3, arbitrary: send },
  {
    weight: 2,
    arbitrary: of('choose', { messageId: fc.constantFrom('f', 'f', 'a'), actionId: fc.constantFrom('yes', 'no') }),
  },
  of('edit', { messageId, body: text }),
  of('redact', { messageId }),
  of('markRead', { upTo }),
  of('markDelivered', { upTo }),
  {
    weight: 14,
    arbitrary: fc.constantFrom(
      { type: 'decline' as const },
      { type: 'disconnect' as const },
      { type: 'reconnect' as const },
      { type: 'identify' as const, visitorId: 'camille', customer: { id: 'yann' }, reservation: 2 },
      { type: 'end' as const },
      { type: 'close' as const },
      { type: 'close' as const, reason: 'spam' as const },
      { type: 'leave' as const },
      { type: 'endTransfer' as const },
      { type: 'convert' as const, subject: 'Facture' },
      { type: 'declineTicket' as const, attempt: 1, reason: 'plan_unknown' },
      { type: 'declineTicket' as const, attempt: 2, reason: 'ticket_already_open' },
      { type: 'linkTicket' as const, ticketId: 'none' },
      { type: 'requeue' as const, reason: 'gone' },
      { type: 'categorize' as const, category: 'technical' },
      { type: 'changePriority' as const, priority: 'high' as const },
    ),
  },
  of('start', { customer: fc.constant({ id: 'camille' }), reservation }),
  of('reopen', { reservation }),
  of('fence', { reservation: fc.integer({ min: 1, max: 4 }) }),
  of('withdrawOffer', { round: fc.integer({ min: 1, max: 3 }), reason: fc.constant('agent_full') }),
  of('transfer', {
    to: fc.oneof(
      agents.map((agent) => ({ agent })),
      fc.constant({ team: 'billing' }),
    ),
  }),
  of('invite', { agent: agents, role: fc.constantFrom('observer' as const, 'speaker' as const) }),
  of('join', { role: fc.constantFrom('observer' as const, 'speaker' as const) }),
  of('requestCall', { callId, kind: fc.constantFrom('video' as const, 'remote' as const), recorded: fc.boolean() }),
  {
    weight: 6,
    arbitrary: fc.oneof(
      of('acceptCall', { callId, recorded: fc.constantFrom(true, true, false) }),
      of('startCall', { callId }),
      of('endCall', { callId, failed: fc.boolean() }),
      of('withdrawRecording', { callId }),
      of('recordCall', { callId, reference: fc.constantFrom('r', 's') }),
    ),
  },
  fc.oneof(
    of('rate', { rating: fc.integer({ min: 1, max: 5 }) }),
    of('sendTranscript', { address: fc.constantFrom('camille@example.com', undefined) }),
  ),
)

/** A move: a command, or the firing of the next deadline; after a pause (the clock of a sender may even be behind). */
const moves = fc.record({
  command: fc.oneof(
    { weight: 3, arbitrary: commands },
    { weight: 2, arbitrary: fc.constantFrom('due' as const, 'late' as const) },
  ),
  pause: fc.oneof(fc.constant(0), fc.integer({ min: -minutes(1), max: minutes(2) }), fc.constant(minutes(20))),
  by: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom<Actor>(camille, camille, alex, alex, sacha, lea, engine) },
    { weight: 1, arbitrary: fc.constant(zoe) },
  ),
})

/** A command as it makes sense in a state: the next round, and most often a sender who may send it. */
function fitted(command: ChatCommandInput, state: ChatState, by: Actor): readonly [ChatCommandInput, Actor] {
  const round = state.status === 'absent' ? 1 : state.offers + 1
  if (command.type === 'offer') {
    const agent = (state.status !== 'absent' && state.transfer?.to.agent) || command.agent
    return [{ ...command, round, agent }, engine]
  }
  if (command.type === 'accept' || command.type === 'decline') {
    const offered = state.status === 'absent' ? undefined : state.offer?.agent.id
    return [command, { kind: 'agent', id: offered ?? by.id }]
  }
  if (command.type === 'linkTicket' && state.status !== 'absent' && state.conversion) {
    return [{ ...command, ticketId: state.conversion.ticketId }, engine]
  }
  if (command.type === 'send' && command.attachments) return [{ ...command, attachments: stored(by) }, by]
  const sendsIt = chatAggregate.sentBy[command.type]
  return [command, sendsIt[by.kind] || by.id === 'zoe' ? by : sendsIt.system ? engine : alex]
}

/** Camille goes on as the customer whom she has proved to be. */
const sentBy = (by: Actor, state: ChatState): Actor =>
  by.id === 'camille' && state.status !== 'absent' ? { kind: 'customer', id: state.customer.id } : by

/** A random life: most begin with a start, and some with an answer, so that they reach deeper states. */
export const lives: fc.Arbitrary<readonly Step[]> = fc
  .tuple(fc.integer({ min: 0, max: 9 }), reservation, fc.array(moves, { minLength: 1, maxLength: 40, size: 'max' }))
  .map(([first, startedBy, moved]) => {
    const life: Step[] = []
    let state: ChatState = chat.initial
    let now = monday
    const issue = (input: ChatCommandInput, by: Actor): void => {
      const command = chatAggregate.schema.parse(input)
      const step = take(state, { ...command, at: now, by, commandId: `c${life.length}`, aggregateId: 'C1' })
      life.push(step)
      state = step.after
    }
    if (first > 0) issue({ type: 'start', customer: { id: 'camille' }, reservation: startedBy }, camille)
    if (first > 6) {
      issue({ type: 'offer', round: 1, agent: { id: 'alex' }, agentVersion: 1 }, engine)
      issue({ type: 'accept' }, alex)
      issue({ type: 'send', messageId: 'a', body: 'Bonjour' }, alex)
      if (first === 7) {
        issue({ type: 'requestCall', callId: 'v', recorded: true }, alex)
        issue({ type: 'acceptCall', callId: 'v', recorded: true }, camille)
        issue({ type: 'startCall', callId: 'v' }, camille)
      }
      if (first > 8) issue({ type: 'transfer', to: { agent: { id: 'sacha' } } }, alex)
    }
    for (const { command, pause, by } of moved) {
      now = later(now, pause)
      if (typeof command !== 'string') {
        issue(...fitted(command, state, sentBy(by, state)))
        continue
      }
      const [due] = deadlinesOf(state)
      if (!due) continue
      now = latest(now, command === 'late' ? later(due.dueAt, minutes(7)) : due.dueAt)
      const step = take(state, fire(due, now))
      life.push(step)
      state = step.after
    }
    return life
  })
