import { describe, expect, it } from 'vitest'
import { guichetEvents } from '../desk/categories.ts'
import { clockActor } from '../kernel/actor.ts'
import { decodeEvent, encodeEvent } from '../kernel/event.ts'
import { hours, minutes } from '../kernel/time.ts'
import { levelSettingsSchema } from '../level.ts'
import { slaPolicySchema } from '../sla/settings.ts'
import { after, alex, sacha, ticketEvent, ticketOpened } from '../testing/examples.ts'
import { nothing, refused, specifyTicket } from '../testing/specification.ts'
import { defaultWording } from '../wording/default-wording.ts'
import type { TicketEvent } from './events.ts'
import { attemptLimits } from './messages.ts'
import { defaultTicketPolicy } from './policy.ts'
import { briefingLimits } from './vocabulary.ts'

const { given } = specifyTicket()
const opened = ticketOpened({ plan: 'premium', category: 'technical_support/login_issues' })
const alexIs = { id: 'alex', name: 'Alex Martin' }
const assigned = ticketEvent('TicketAssigned', { assignee: alexIs })
const reason = 'Beyond me'
const raised = ticketEvent('TicketEscalated', { team: 'level_2', level: 2, fromLevel: 1, reason })
const replied = (body: string, at = after(minutes(5))) =>
  ticketEvent('AgentReplied', { messageId: `m-${body}`, body }, { at })

describe('escalating to a level', () => {
  it('removes the ticket’s agent and says when that level should answer', () => {
    given(opened, assigned)
      .when({ type: 'escalate', level: 2, reason })
      .then([
        { type: 'TicketEscalated', team: 'level_2', level: 2, fromLevel: 1, reason, expectedBy: after(minutes(30)) },
        { type: 'TicketUnassigned', from: alexIs, reason: 'escalated' },
      ])
    given(opened)
      .when({ type: 'escalate', level: 3, reason })
      .then({
        type: 'TicketEscalated',
        level: 3,
        fromLevel: 1,
        expectedBy: after(hours(2)),
      })
  })

  it('leaves the ticket with its agent when only a team is called', () => {
    given(opened, assigned)
      .when({ type: 'escalate', team: 'tech', reason })
      .then({ type: 'TicketEscalated', team: 'tech', level: 1, fromLevel: 1, expectedBy: undefined })
  })

  it('reports the team that the ticket already has', () => {
    const again = { type: 'TicketEscalated', team: 'billers', from: 'billers', reason: 'Still' } as const
    given(opened, ticketEvent('TicketEscalated', { team: 'billers', reason }))
      .when({ type: 'escalate', team: 'billers', reason: 'Still' })
      .then(again)
  })

  it('calls only the desk’s own teams, if it has some, except in imported history', () => {
    const teams = new Set(['tech'])
    const { given: on } = specifyTicket({ policy: { ...defaultTicketPolicy, teams } })
    const ghost = { type: 'escalate', team: 'ghosts', reason } as const
    for (const by of [alex, { kind: 'system', id: 'pager' }] as const) {
      on(opened).when(ghost, { by }).then(refused('team_unknown', 'team'))
      on(opened)
        .when({ ...ghost, team: 'tech' }, { by })
        .then({ type: 'TicketEscalated', team: 'tech' })
      on(opened).when({ type: 'escalate', level: 2, reason }, { by }).then({ type: 'TicketEscalated', level: 2 })
    }
    on(opened)
      .when({ ...ghost, anyTeam: true })
      .then({ type: 'TicketEscalated', team: 'ghosts' })
    specifyTicket({ policy: { ...defaultTicketPolicy, teams: new Set() } })
      .given(opened)
      .when(ghost)
      .then({ type: 'TicketEscalated', team: 'ghosts' })
  })

  it('calls no unknown team when neither the level nor the category names one', () => {
    const { given: on } = specifyTicket({ policy: { ...defaultTicketPolicy, teams: new Set(['tech']) } })
    const up = on(ticketOpened()).when({ type: 'escalate', level: 2, reason })
    up.then({ type: 'TicketEscalated', level: 2, team: undefined })
    expect(up.state).toMatchObject({ level: 2, team: undefined, escalations: [{ level: 2, reason }] })
    for (const event of up.decision.ok ? up.decision.value : []) expect(encodeEvent(guichetEvents, event)).toBeDefined()
    const withTech = ticketEvent('TicketEscalated', { team: 'tech', reason: 'Bug' })
    on(ticketOpened(), withTech)
      .when({ type: 'escalate', level: 2, reason })
      .then({ type: 'TicketEscalated', level: 2, team: 'tech', from: 'tech' })
  })

  it('goes to the team of the level, else of the category', () => {
    const escalationTeams = { technical_support: 'technical_specialists' }
    const policy = { ...defaultTicketPolicy, serviceLevels: { policies: [], calendars: {}, escalationTeams } }
    const by = (level: object) =>
      specifyTicket({ policy: { ...policy, levels: levelSettingsSchema.parse(level) } })
        .given(opened)
        .when({ type: 'escalate', level: 2, reason })
    by({}).then({ type: 'TicketEscalated', team: 'technical_specialists' })
    by({ 2: { team: 'engineers', respondWithin: '10m' } }).then({
      type: 'TicketEscalated',
      team: 'engineers',
      expectedBy: after(minutes(10)),
    })
  })

  it('changes nothing when it is repeated, and is refused downwards', () => {
    given(opened, raised).when({ type: 'escalate', level: 2, reason }).then(nothing)
    given(opened, raised)
      .when({ type: 'escalate', level: 3, reason })
      .then({ type: 'TicketEscalated', level: 3, fromLevel: 2 })
    const third = ticketEvent('TicketEscalated', { team: 'level_3', level: 3, fromLevel: 2, reason })
    given(opened, raised, third).when({ type: 'escalate', level: 2, reason }).then(refused('level_not_higher'))
    given(opened).when({ type: 'escalate', reason }).then(refused('invalid_command'))
  })

  it('keeps the level over a resolution and a reopening', () => {
    const resolved = ticketEvent('TicketResolved', {})
    const reopened = ticketEvent('TicketReopened', { from: 'resolved', reason: 'manual' })
    expect(given(opened, raised, resolved, reopened).when({ type: 'start' }).state).toMatchObject({ level: 2 })
  })
})

describe('handing down', () => {
  it('returns the ticket to a lower level, whoever has it', () => {
    const taken = ticketEvent('TicketAssigned', { assignee: { id: 'sacha' }, round: 1 })
    given(opened, raised, taken)
      .when({ type: 'deescalate', level: 1, reason: 'A question of settings' })
      .then([
        { type: 'TicketDeescalated', level: 1, fromLevel: 2, from: 'level_2', reason: 'A question of settings' },
        { type: 'TicketUnassigned', from: { id: 'sacha' }, reason: 'de-escalated' },
      ])
  })

  it('changes nothing at the level, is refused upwards, and lets the same team be called again', () => {
    given(opened).when({ type: 'deescalate', level: 1, reason }).then(nothing)
    given(opened).when({ type: 'deescalate', level: 2, reason }).then(refused('level_not_lower'))
    const lowered = ticketEvent('TicketDeescalated', { level: 1, fromLevel: 2, reason })
    given(opened, raised, lowered)
      .when({ type: 'escalate', level: 2, reason })
      .then({ type: 'TicketEscalated', level: 2, fromLevel: 1 })
  })
})

describe('the briefing of an escalation', () => {
  const briefing = (...history: readonly TicketEvent[]) => {
    const { decision } = given(...history).when({ type: 'escalate', level: 3, reason })
    const [event] = decision.ok ? decision.value : []
    if (event?.type !== 'TicketEscalated' || !event.briefing) throw new Error('no briefing')
    return event.briefing
  }

  it('holds the customer, the attempts, the related tickets and the earlier escalations', () => {
    expect(
      briefing(
        opened,
        replied('\n  Have you restarted it?\nPlease do.'),
        ticketEvent('InternalNoteAdded', { messageId: 'n1', body: 'Logs are empty' }, { by: sacha }),
        ticketEvent('TicketLinked', { to: 'T9', relation: 'caused_by' }),
        ticketEvent('TicketSplit', { messageId: 'm1', into: 'T7', subject: 'x', waitingSince: opened.at }),
        raised,
      ),
    ).toMatchObject({
      customerId: 'camille',
      plan: 'premium',
      subject: 'Facture introuvable',
      category: 'technical_support/login_issues',
      priority: 'normal',
      openedAt: opened.at,
      tried: [
        { by: alex, kind: 'reply', line: 'Have you restarted it?' },
        { by: sacha, kind: 'note', line: 'Logs are empty' },
      ],
      triedBefore: 0,
      related: [
        { ticketId: 'T9', relation: 'caused_by' },
        { ticketId: 'T7', relation: 'split' },
      ],
      earlier: [{ by: alex, team: 'level_2', level: 2, reason }],
    })
  })

  it('names the ticket that its own was split from, however many others are related', () => {
    const splitFrom = { ticketId: 'T0', messageId: 'm9', waitingSince: opened.at }
    const links = Array.from({ length: 30 }, (_, n) =>
      ticketEvent('TicketLinked', { to: `L${n}`, relation: 'related' }),
    )
    const { related } = briefing(ticketOpened({ splitFrom }), ...links)
    expect(related).toHaveLength(briefingLimits.related)
    expect([related[0], related[1], related.at(-1)]).toEqual([
      { ticketId: 'T0', relation: 'split_from' },
      { ticketId: 'L11', relation: 'related' },
      { ticketId: 'L29', relation: 'related' },
    ])
  })

  it('is bounded, however long the history', () => {
    const many = Array.from({ length: 30 }, (_, n) => replied(`${n} ${'é🙂'.repeat(20_000)}`))
    const calls = Array.from({ length: 30 }, (_, n) => ticketEvent('TicketEscalated', { team: 't', reason: `r${n}` }))
    const { tried, triedBefore, earlier } = briefing(opened, ...many, ...calls)
    expect(tried.map(({ line }) => line.split(' ')[0])).toEqual(['22', '23', '24', '25', '26', '27', '28', '29'])
    for (const { line } of tried) {
      expect(line.length).toBeLessThanOrEqual(attemptLimits.line)
      expect(() => encodeURIComponent(line)).not.toThrow()
    }
    expect([triedBefore, earlier.length]).toEqual([22, briefingLimits.earlier])
  })

  it('has the status of each target', () => {
    const promises = slaPolicySchema.parse({ name: 'all', firstResponse: '1h', resolution: '8h' })
    const policy = { ...defaultTicketPolicy, serviceLevels: { policies: [promises], calendars: {} } }
    const { decision } = specifyTicket({ policy })
      .given(opened)
      .when({ type: 'escalate', level: 2, reason }, { at: after(hours(2)) })
    expect(decision.ok && decision.value).toMatchObject([
      { type: 'TargetBreached' },
      {
        briefing: {
          targets: [
            { target: 'first_response', state: 'BREACHED', dueAt: after(hours(1)) },
            { target: 'resolution', state: 'PENDING', dueAt: after(hours(8)) },
          ],
        },
      },
    ])
  })

  it('is read with the states of its targets in lower case too, as old events have them', () => {
    const { decision } = specifyTicket().given(opened).when({ type: 'escalate', level: 2, reason })
    const [event] = decision.ok ? decision.value : []
    if (event?.type !== 'TicketEscalated' || !event.briefing) throw new Error('no briefing')
    const stored = encodeEvent(guichetEvents, event)
    const target = { target: 'resolution', cycle: 1, dueAt: after(hours(8)) }
    const withState = (state: string) => ({
      ...event,
      briefing: { ...event.briefing, targets: [{ ...target, state }] },
    })
    const { type: _, at: __, by: ___, ...data } = withState('imminent_breach')
    expect(decodeEvent(guichetEvents, { ...stored, data })).toEqual(withState('IMMINENT_BREACH'))
  })
})

describe('a missed target', () => {
  it('hands the ticket up when its SLA policy says so', () => {
    const promises = slaPolicySchema.parse({
      name: 'all',
      firstResponse: '1h',
      escalateAfter: '1h',
      escalateToLevel: 2,
    })
    const policy = { ...defaultTicketPolicy, serviceLevels: { policies: [promises], calendars: {} } }
    const promise = { cycle: 1, since: opened.at, dueAt: after(hours(1)), policy: 'all', policyVersion: 'p' }
    const breach = ticketEvent('TargetBreached', { target: 'first_response', ...promise }, { by: clockActor })
    specifyTicket({ policy })
      .given(opened, assigned, breach)
      .when(
        { type: 'fire', kind: 'first_response_escalation', cycle: 1, dueAt: after(hours(2)) },
        { at: after(hours(2)), by: clockActor },
      )
      .then([
        { type: 'TicketEscalated', team: 'supervisors', level: 2, fromLevel: 1 },
        { type: 'TicketUnassigned', from: alexIs },
      ])
  })
})

describe('a feature request', () => {
  it('is thanked for, resolved and recorded in one command, in the customer’s language', () => {
    const wish = given(opened).when({ type: 'handOverToProduct' })
    wish.then([
      { type: 'AgentReplied', template: 'feature_request', then: 'resolved' },
      { type: 'TicketStarted' },
      { type: 'TicketResolved' },
      { type: 'FeatureRequestNoted', team: 'product' },
      { type: 'TicketTagged', tag: 'feature_request' },
    ])
    expect(JSON.stringify(wish.decision)).toContain('Merci pour votre suggestion concernant Facture introuvable')
    const english = given(ticketOpened({ language: 'en' })).when({ type: 'handOverToProduct' })
    expect(JSON.stringify(english.decision)).toContain('Thank you for your suggestion')
  })

  it('is thanked for when neither the customer nor the agent has a name', () => {
    const nameless = [
      ticketOpened({ customer: { id: 'camille' } }),
      ticketOpened({ language: 'en', customer: { id: 'c' } }),
    ]
    for (const open of nameless) {
      const { decision } = given(open).when({ type: 'handOverToProduct' }, { by: { kind: 'agent', id: 'alex' } })
      expect(decision).toMatchObject({ ok: true })
    }
  })

  it('is recorded on a resolved ticket as a last message, and once', () => {
    const resolved = ticketEvent('TicketResolved', {})
    given(opened, resolved)
      .when({ type: 'handOverToProduct', team: 'roadmap' })
      .then([{ type: 'AgentReplied' }, { type: 'FeatureRequestNoted', team: 'roadmap' }, { type: 'TicketTagged' }])
    const noted = ticketEvent('FeatureRequestNoted', { team: 'product', messageId: 'm9' })
    given(opened, resolved, noted).when({ type: 'handOverToProduct' }).then(nothing)
  })

  it('goes only to the desk’s own teams, if it has some; the product team needs no entry', () => {
    const { given: on } = specifyTicket({ policy: { ...defaultTicketPolicy, teams: new Set(['roadmap']) } })
    const noted = (team: string) => [{ type: 'AgentReplied' }, { type: 'FeatureRequestNoted', team }, tagged] as const
    const tagged = { type: 'TicketTagged', tag: 'feature_request' } as const
    const resolved = [opened, ticketEvent('TicketResolved', {})] as const
    for (const by of [alex, { kind: 'system', id: 'pager' }] as const) {
      on(...resolved)
        .when({ type: 'handOverToProduct', team: 'ghosts' }, { by })
        .then(refused('team_unknown', 'team'))
    }
    on(...resolved)
      .when({ type: 'handOverToProduct', team: 'roadmap' })
      .then(noted('roadmap'))
    on(...resolved)
      .when({ type: 'handOverToProduct' })
      .then(noted('product'))
    specifyTicket({ policy: { ...defaultTicketPolicy, teams: new Set() } })
      .given(...resolved)
      .when({ type: 'handOverToProduct', team: 'ghosts' })
      .then(noted('ghosts'))
  })

  it('is refused rather than sent with a hole, and on a closed ticket', () => {
    const french = defaultWording.fr
    const replyTemplates = { ...french.replyTemplates, feature_request: 'Bonjour [Prénom]' }
    const own = specifyTicket({ wording: { fr: { ...french, replyTemplates } } })
    const nameless = ticketOpened({ customer: { id: 'camille' } })
    own.given(nameless).when({ type: 'handOverToProduct' }).then(refused('placeholder_without_value', 'values'))
    const named = own.given(nameless).when({ type: 'handOverToProduct', values: { Prénom: 'Camille' } })
    expect(JSON.stringify(named.decision)).toContain('Bonjour Camille')
    const closed = ticketEvent('TicketClosed', { from: 'new', reason: 'other' })
    given(opened, closed).when({ type: 'handOverToProduct' }).then(refused('ticket_closed'))
  })
})
