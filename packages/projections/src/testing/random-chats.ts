import fc from 'fast-check'
import type { Actor, ChatCommandInput, Desk, Instant } from '@guichet/domain'
import { availabilities, chatChannels, days, later, openCall, priorities, readHistory } from '@guichet/domain'
import type { RecordedEvent } from '../runner/projection.ts'
import { emptyDesk, historyOf } from './random-history.ts'

type ChatAct = { readonly chat: number; readonly kind: number; readonly choice: number; readonly seconds: number }

/** What happens most: an agent accepts a chat, and both sides write, read and call. */
const likely = [1, 1, 1, 4, 4, 6, 6, 6, 7, 8, 8, 9, 10, 11, 12, 12, 15, 17, 18, 30, 33, 33, 33, 33] as const

/** What still happens to a closed chat: it is reopened, rated or converted, and its ticket is opened. */
const afterwards = [20, 21, 21, 21, 22, 23, 23, 10, 12] as const

const act: fc.Arbitrary<ChatAct> = fc.record({
  chat: fc.nat(5),
  kind: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...likely) }, { weight: 2, arbitrary: fc.nat(33) }),
  choice: fc.nat(9),
  seconds: fc.oneof(fc.nat(20), fc.nat(1_800)),
})

/** What customers, two agents, the router and the clock do in six chats, as random commands. */
export const randomChatActs: fc.Arbitrary<readonly ChatAct[]> = fc.array(act, { minLength: 100, maxLength: 180 })

const closeReasons = ['solved', 'spam', 'other'] as const
const system: Actor = { kind: 'system', id: 'router' }
const agents = [
  { id: 'agent-1', name: 'Anne Martin' },
  { id: 'agent-2', name: 'Bo' },
] as const

/**
 * Carries out random commands on an empty desk; refused ones have no effect.
 * @param handled how many chats agents have had, one after the other, just before.
 * @returns the resulting history.
 */
export async function carryOutChats(acts: readonly ChatAct[], handled = 0): Promise<readonly RecordedEvent[]> {
  const desk = emptyDesk()
  let now = '2026-03-27T09:00:00.000Z' as Instant
  const hired = { by: { kind: 'agent', id: 'boss' }, at: now } as const
  for (const { id, name } of agents) {
    await desk.execute('agent', id, { type: 'register', profile: { name } }, hired)
    await desk.execute('agent', id, { type: 'setAvailability', availability: 'available' }, hired)
  }
  for (let number = 1; number <= handled; number++) now = await handle(desk, number, now)
  for (const each of acts) {
    now = later(now, each.seconds * 1_000)
    await perform(desk, each, now)
  }
  return historyOf(desk)
}

/** An agent has a chat for some seconds. @returns when it has ended. */
async function handle(desk: Desk, number: number, from: Instant): Promise<Instant> {
  const id = `handled-${number}`
  const ends = later(from, 10_000 + number * 1_370)
  const [agent, customer] = [agents[0], { id: `handled-${number}` }]
  const send = (by: Actor, command: ChatCommandInput, at: Instant) => desk.execute('chat', id, command, { by, at })
  await send({ kind: 'customer', ...customer }, { type: 'start', customer }, from)
  await send(system, { type: 'offer', round: 1, agent, agentVersion: 1 }, from)
  await send({ kind: 'agent', ...agent }, { type: 'accept' }, later(from, 5_000))
  await send({ kind: 'agent', ...agent }, { type: 'close', reason: 'solved' }, ends)
  return ends
}

async function perform(desk: Desk, { chat, kind, choice, seconds }: ChatAct, at: Instant): Promise<void> {
  const id = `c-${chat}`
  const customer = { id: `customer-${chat % 4}`, name: `Zoé Dupont ${chat}` }
  const agent = agents[choice % agents.length] ?? agents[0]
  const [theirs, ours] = [{ kind: 'customer', ...customer } as const, { kind: 'agent', ...agent } as const]
  const { state, version } = await desk.read('chat', id)
  const send = (by: Actor, command: ChatCommandInput, when = at) => desk.execute('chat', id, command, { by, at: when })
  const messageId = `m-${choice}-${seconds}`
  const body = `${choice % 2 ? 'la facture' : 'the printer'} ${seconds}`
  if (state.status === 'absent') {
    const channel = chatChannels[choice % chatChannels.length]
    const priority = priorities[choice % priorities.length]
    const category = choice % 3 ? { category: `bill${choice % 2 ? '/late' : ''}` } : {}
    const message = choice % 2 ? { message: { messageId: 'first', body } } : {}
    await send(theirs, { type: 'start', customer, channel, priority, ...category, ...message })
    return
  }
  const { offer, assignee, transfer, offers, lastNumber } = state
  const some = [theirs, { kind: 'agent', ...(assignee ?? agent) }, ours] as const
  const written = await messagesOf(desk, id)
  const known = written[seconds % Math.max(1, written.length)] ?? { messageId: 'none', by: theirs }
  const sendFile = async () => {
    const fileId = `f-${chat}-${messageId}`
    const content = {
      owner: `chat-${id}`,
      name: 'a.png',
      mediaType: 'image/png',
      bytes: choice,
      sha256: '0'.repeat(64),
    }
    await desk.execute('file', fileId, { type: 'store', ...content, scan: false }, { by: theirs, at })
    return send(theirs, { type: 'send', messageId, kind: 'file', attachments: [{ fileId }] })
  }
  const offerIt = async () => {
    const to = transfer?.to.agent ?? agent
    const claim = { type: 'claim', work: `chat-${id}`, channel: 'chat', version, forced: choice > 7 } as const
    const claimed = await desk.execute('agent', to.id, claim, { by: system, at })
    if (claimed.ok) await send(system, { type: 'offer', round: offers + 1, agent: to, agentVersion: version })
    return to
  }
  const goOnWithCall = async () => {
    const { callId = messageId, acceptedAt, startedAt } = openCall(state) ?? {}
    const [asks, accepts] = choice % 2 ? [theirs, some[1]] : [some[1], theirs]
    if (startedAt !== undefined || choice === 9) return send(some[1], { type: 'endCall', callId })
    if (acceptedAt !== undefined) return send(asks, { type: 'startCall', callId })
    await send(asks, { type: 'requestCall', callId, kind: 'video' })
    return send(accepts, { type: 'acceptCall', callId })
  }
  const acts: readonly (() => Promise<unknown>)[] = [
    offerIt,
    async () => {
      const to = offer?.agent ?? (await offerIt())
      await send({ kind: 'agent', ...to }, { type: 'accept' })
    },
    () => send(ours, { type: 'decline', reason: 'busy' }),
    () => send(system, { type: 'withdrawOffer', round: offers, reason: 'full' }),
    () => send(theirs, { type: 'send', messageId, body }),
    sendFile,
    () => send(some[1], { type: 'send', messageId, body: body.repeat(choice * 4) || 'ok' }),
    () => send(ours, { type: 'send', messageId, kind: 'note', body }),
    () =>
      send(some[1], { type: 'send', messageId, kind: 'actions', body, actions: [{ actionId: 'yes', label: 'Oui' }] }),
    () => send(known.by, { type: 'edit', messageId: known.messageId, body: `${body} edited` }),
    () => send(some[choice % 3] ?? ours, { type: 'redact', messageId: known.messageId }),
    () => send(theirs, { type: 'choose', messageId: known.messageId, actionId: 'yes' }),
    () => send(some[choice % 3] ?? ours, { type: 'markRead', upTo: Math.max(1, lastNumber - (choice % 4)) }),
    () => send(some[choice % 3] ?? ours, { type: 'markDelivered', upTo: Math.max(1, lastNumber - (choice % 2)) }),
    () => send(ours, { type: 'requeue', reason: 'away' }),
    () => send(ours, { type: 'transfer', to: choice % 3 ? { agent } : { team: 'billing' }, note: body }),
    () => send(ours, { type: 'endTransfer' }),
    () => send(system, { type: choice % 2 ? 'disconnect' : 'reconnect' }),
    () => send(theirs, { type: 'end' }),
    () => send(ours, { type: 'close', reason: closeReasons[choice % closeReasons.length] }),
    () => send(choice % 2 ? theirs : ours, { type: 'reopen' }),
    () => send(theirs, { type: 'rate', rating: (choice % 5) + 1, resolved: choice % 2 === 0, comment: body }),
    () => send(ours, { type: 'convert', subject: body }),
    async () => {
      const { ticketId = 'none', attempt = 1 } = state.conversion ?? {}
      const refused = { type: 'declineTicket', attempt, reason: 'spam' } as const
      await send(system, choice % 4 ? { type: 'linkTicket', ticketId } : refused)
    },
    () => send(ours, { type: 'changePriority', priority: priorities[choice % priorities.length] ?? 'low' }),
    () => send(ours, { type: 'categorize', category: choice % 2 ? 'bill' : 'other' }),
    () => send(ours, { type: 'invite', agent: { id: 'expert' }, role: choice % 2 ? 'speaker' : 'observer' }),
    () => send(ours, { type: choice % 2 ? 'join' : 'leave' }),
    () => send(system, { type: 'send', messageId, kind: 'automatic', body, ...(choice === 9 && { solution: 'x' }) }),
    () => {
      const availability = availabilities[choice % availabilities.length] ?? 'available'
      return desk.execute('agent', agent.id, { type: 'setAvailability', availability }, { by: ours, at })
    },
    () => fireDue(desk, id, at),
    () => fireDue(desk, id, later(at, days(1))),
    async () => {
      const release = { type: 'release', work: `chat-${id}`, version, reason: 'ended' } as const
      for (const each of agents) await desk.execute('agent', each.id, release, { by: system, at })
    },
    goOnWithCall,
  ]
  await acts[state.status === 'closed' ? (afterwards[kind % afterwards.length] ?? 20) : kind]?.()
}

async function messagesOf(desk: Desk, id: string): Promise<readonly { messageId: string; by: Actor }[]> {
  const events = await readHistory(desk.store, 'chat', id)
  return events.flatMap(({ event }) =>
    event.type === 'ChatMessageSent' ? [{ messageId: event.messageId, by: event.by }] : [],
  )
}

/** Fires the earliest deadline of a chat, if it is due by an instant. */
async function fireDue(desk: Desk, id: string, by: Instant): Promise<void> {
  const [due] = (await desk.clockState(`chat-${id}`)).deadlines
  if (!due || due.dueAt > by) return
  await desk.execute('chat', id, { type: 'fire', ...due }, { by: { kind: 'system', id: 'clock' }, at: due.dueAt })
}
