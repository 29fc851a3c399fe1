import { describe, expect, it } from 'vitest'
import { minutes } from '../kernel/time.ts'
import { after, camille, chatEvent, chatStarted, sacha } from '../testing/examples.ts'
import { nothing, refused, specifyChat } from '../testing/specification.ts'
import { isShownInChat } from './events.ts'

const { given } = specifyChat()
const clock = { kind: 'system', id: 'clock' } as const
const agent = { id: 'alex', name: 'Alex Martin' } as const
const other = { id: 'sacha', name: 'Sacha Petit' } as const
const third = { id: 'lea', name: 'Léa Roy' } as const
const offered = (round: number, to: { readonly id: string; readonly name: string }) =>
  chatEvent('ChatOffered', { round, agent: to, agentVersion: 7, expiresAt: after(20_000) }, { by: clock })
const active = [chatStarted(), offered(1, agent), chatEvent('ChatAccepted', { round: 1, agent })]
const toTeam = chatEvent('ChatTransferRequested', { to: { team: 'billing' } })
const toOther = chatEvent('ChatTransferRequested', { to: { agent: other } })

describe('a transfer to a team', () => {
  it('is refused, and not offered, where the desk has teams and no such one', () => {
    const desk = specifyChat({}, { teams: new Set(['claims']) })
    const transfer = { type: 'transfer', to: { team: 'billing' } } as const
    desk
      .given(...active)
      .when(transfer)
      .then(refused('team_unknown', 'to.team'))
    const actions = [{ actionId: 'b', label: 'Facturation', transferTo: transfer.to }]
    desk
      .given(...active)
      .when({ type: 'send', messageId: 'm', kind: 'actions', actions })
      .then(refused('team_unknown', 'actions[0].transferTo.team'))
    given(...active)
      .when(transfer)
      .then({ type: 'ChatTransferRequested' })
  })

  it('goes on to the next agent when one declines, and skips that one', () => {
    const { state, then } = given(...active, toTeam, offered(2, other)).when({ type: 'decline' }, { by: sacha })
    then({ type: 'ChatOfferDeclined', round: 2 })
    expect(state).toMatchObject({ transfer: { to: { team: 'billing' } }, skipped: [{ agentId: 'sacha' }] })
    given(
      ...active,
      toTeam,
      offered(2, other),
      chatEvent('ChatOfferDeclined', { round: 2, agent: other, agentVersion: 7 }),
    )
      .when({ type: 'offer', round: 3, agent: third, agentVersion: 1 }, { by: clock })
      .then({ type: 'ChatOffered', round: 3 })
  })

  it('ends when nobody has accepted it in time, and leaves the chat to its agent', () => {
    const fire = { type: 'fire', kind: 'chat_transfer', cycle: 1, dueAt: after(minutes(2)) } as const
    const issued = { by: clock, at: after(minutes(2)) }
    const { state, then } = given(...active, toTeam, offered(2, other)).when(fire, issued)
    then([
      { type: 'ChatOfferWithdrawn', round: 2 },
      { type: 'ChatTransferEnded', reason: 'expired' },
    ])
    expect(state).toMatchObject({ status: 'active', assignee: agent, transfer: undefined, offer: undefined })
    const ended = chatEvent('ChatTransferEnded', { reason: 'cancelled' })
    given(...active, toTeam, ended)
      .when(fire, issued)
      .then(nothing)
    given(...active, toTeam, ended, toTeam)
      .when(fire, issued)
      .then(nothing)
    given(...active, toTeam, ended, toTeam)
      .when({ ...fire, cycle: 2 }, issued)
      .then({ type: 'ChatTransferEnded', reason: 'expired' })
  })
})

describe('a transfer that the customer has asked for', () => {
  const asked = chatEvent('ChatTransferRequested', { to: { level: 2 } }, { by: camille })
  const kept = (reason: string) => ({ type: 'ChatTransferEnded', reason, agent }) as const

  it('is shown to them when it ends, with who keeps the chat', () => {
    given(...active, asked)
      .when({ type: 'endTransfer', reason: 'nobody' }, { by: clock })
      .then(kept('nobody'))
    expect(isShownInChat(chatEvent('ChatTransferEnded', { reason: 'nobody', agent }))).toBe(true)
    given(...active, asked)
      .when(
        { type: 'fire', kind: 'chat_transfer', cycle: 1, dueAt: after(minutes(2)) },
        { by: clock, at: after(minutes(2)) },
      )
      .then(kept('expired'))
  })

  it('is not shown to them when an agent has asked for it', () => {
    given(...active, toTeam)
      .when({ type: 'endTransfer' })
      .then([{ type: 'ChatTransferEnded', reason: 'cancelled', agent: undefined }])
    expect(isShownInChat(chatEvent('ChatTransferEnded', { reason: 'cancelled' }))).toBe(false)
  })
})

describe('a transfer to a team or a level', () => {
  const take = { type: 'offer', round: 2, agent: other, agentVersion: 1 } as const
  const toExperts = chatEvent('ChatTransferRequested', { to: { level: 2 } })

  it('is taken by its own agents alone', () => {
    for (const outside of [take, { ...take, team: 'claims', level: 1 }]) {
      given(...active, toTeam)
        .when(outside, { by: sacha })
        .then(refused('chat_for_others'))
      given(...active, toExperts)
        .when(outside, { by: sacha })
        .then(refused('chat_for_others'))
    }
    given(...active, toTeam)
      .when({ ...take, team: 'billing' }, { by: sacha })
      .then({ type: 'ChatOffered', round: 2 })
    given(...active, toExperts)
      .when({ ...take, level: 3 }, { by: sacha })
      .then({ type: 'ChatOffered', round: 2 })
  })
})

describe('a transfer to one agent', () => {
  it('ends when the offer is withdrawn: nobody else is asked', () => {
    given(...active, toOther, offered(2, other))
      .when({ type: 'withdrawOffer', round: 2, reason: 'agent_full' }, { by: clock })
      .then([{ type: 'ChatOfferWithdrawn' }, { type: 'ChatTransferEnded', reason: 'agent_full' }])
  })

  it('is offered to nobody else, and never to the agent of the chat', () => {
    given(...active, toOther)
      .when({ type: 'offer', round: 2, agent: third, agentVersion: 1 }, { by: clock })
      .then(refused('chat_offered'))
    given(...active, toTeam)
      .when({ type: 'offer', round: 2, agent, agentVersion: 1 }, { by: clock })
      .then(refused('chat_taken'))
  })
})
