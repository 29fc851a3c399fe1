import { describe, expect, it } from 'vitest'
import type { Actor } from '../kernel/actor.ts'
import { fold } from '../kernel/decider.ts'
import type { EventData } from '../kernel/event.ts'
import { eventsFrom } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import { days, hours, later, minutes } from '../kernel/time.ts'
import { after, alex, byAlex, camille, exampleSuspicion, monday } from '../testing/examples.ts'
import { asSent, nothing, refused, specify } from '../testing/specification.ts'
import { draftAggregate, isHoldout, isVisibleDraft, suspectCommand } from './draft.ts'
import type { DraftEvent, draftEvents } from './draft-catalogue.ts'
import type { ProactiveSettings, ProactiveSettingsInput } from './settings.ts'
import { defaultProactiveSettings, proactiveSettingsSchema } from './settings.ts'

const engine: Actor = { kind: 'system', id: 'analysis' }
const stranger: Actor = { kind: 'customer', id: 'zoe' }

const payment = exampleSuspicion({
  code: 'E_PAYMENT',
  versions: ['2.1'],
  confidence: 0.987,
  reasons: [{ reason: 'repeated', count: 4, expected: 0.05 }],
})

const text = { subject: 'Une erreur qui revient', body: 'Elle revient.', language: 'fr' }

const suspect = (fingerprint = payment.fingerprint) => suspectCommand({ ...payment, fingerprint }, 'rules', text)

const settingsWith = (settings: ProactiveSettingsInput): ProactiveSettings =>
  proactiveSettingsSchema.parse({ holdout: 0, ...settings })

const draftsUnder = (settings: ProactiveSettingsInput = {}) => draftAggregate.under(() => settingsWith(settings))

const specifyDrafts = (settings: ProactiveSettingsInput = {}) =>
  specify(asSent(draftAggregate.schema, draftsUnder(settings)), { ...byAlex, aggregateId: 'camille', by: engine })

const make = eventsFrom<typeof draftEvents>()

const event = <T extends DraftEvent['type']>(type: T, data: EventData<typeof draftEvents, T>, at: Instant = monday) =>
  make(type, { at, by: engine }, data)

const suspected = (at: Instant = monday, number = 1, fingerprint: string = payment.fingerprint) =>
  event(
    'TroubleSuspected',
    {
      number,
      suspicion: { ...payment, fingerprint },
      analyser: 'rules',
      ...text,
      lapsesAt: later(at, days(3)),
      silentFor: days(14),
      isHoldout: false,
    },
    at,
  )

const offered = (at: Instant = monday, number = 1) =>
  event('DraftOffered', { number, lapsesAt: later(at, days(3)) }, at)

const opened = (at: Instant = monday, number = 1) =>
  event('DraftOpened', { number, ticketId: 'T1', subject: 'x', body: 'y', silentUntil: later(at, days(14)) }, at)

const settled = (at: Instant) =>
  event('DraftSettled', { number: 1, silentUntil: later(at, days(14)), outcome: 'resolved' }, at)

const { given, when } = specifyDrafts()
const byCamille = { by: camille }

describe('trouble that is suspected', () => {
  it('offers a draft of a ticket, with its evidence', () => {
    when(suspect()).then([
      {
        type: 'TroubleSuspected',
        number: 1,
        suspicion: payment,
        analyser: 'rules',
        ...text,
        silentFor: days(14),
        isHoldout: false,
      },
      { type: 'DraftOffered', number: 1, lapsesAt: after(days(3)) },
    ])
  })

  it('is not suspected twice at the same time', () => {
    given(suspected(), offered())
      .when(suspect(), { at: after(days(2)) })
      .then(nothing)
    given(suspected())
      .when(suspect(), { at: after(days(2)) })
      .then(nothing)
  })

  it.each<[string, readonly DraftEvent[]]>([
    ['opened and settled', [opened(), settled(monday)]],
    ['dismissed', [event('DraftDismissed', { number: 1, silentUntil: after(days(14)) })]],
    ['lapsed', [event('DraftLapsed', { number: 1, silentUntil: after(days(14)) })]],
    ['withheld', [event('DraftWithheld', { number: 1, silentUntil: after(days(14)), cause: 'review' })]],
  ])('is silent for two weeks after its draft was %s, and other trouble is not', (_, decided) => {
    const history = given(suspected(), offered(), ...decided)
    history.when(suspect(), { at: later(after(days(14)), -1) }).then(nothing)
    const again = [{ type: 'TroubleSuspected', number: 2 } as const, { type: 'DraftOffered', number: 2 } as const]
    history.when(suspect(), { at: after(days(14)) }).then(again)
    history.when(suspect('login_failed'), { at: after(days(1)) }).then(again)
  })

  it('is not suspected while the ticket of its draft is open, however long that takes', () => {
    const history = [suspected(), offered(), opened()]
    given(...history)
      .when(suspect(), { at: after(days(300)) })
      .then(nothing)
    const closed = given(...history, settled(after(days(30))))
    closed.when(suspect(), { at: after(days(43)) }).then(nothing)
    closed.when(suspect(), { at: after(days(44)) }).then([{ type: 'TroubleSuspected' }, { type: 'DraftOffered' }])
    const reopened = given(...history, settled(after(days(30))), event('DraftReopened', { number: 1 }, after(days(40))))
    reopened.when(suspect(), { at: after(days(300)) }).then(nothing)
  })

  it('is not suspected either where it was among rising errors whose draft is open, or silent', () => {
    const rising = exampleSuspicion({ ...payment, rule: 'rising', fingerprint: '*', code: '' })
    const data = {
      number: 1,
      suspicion: rising,
      analyser: 'rules',
      ...text,
      silentFor: days(14),
      isHoldout: false,
    } as const
    const begun = [event('TroubleSuspected', { ...data, lapsesAt: after(days(3)) }), offered()]
    given(...begun)
      .when(suspect(), { at: after(days(2)) })
      .then(nothing)
    const dismissed = given(...begun, event('DraftDismissed', { number: 1, silentUntil: after(days(14)) }))
    dismissed.when(suspect(), { at: after(days(2)) }).then(nothing)
    const again = [{ type: 'TroubleSuspected', number: 2 } as const, { type: 'DraftOffered', number: 2 } as const]
    dismissed.when(suspect('login_failed'), { at: after(days(2)) }).then(again)
    dismissed.when(suspect(), { at: after(days(14)) }).then(again)
  })

  it('offers a person one draft a day', () => {
    const history = given(suspected(), offered())
    history.when(suspect('login_failed'), { at: after(hours(23)) }).then(nothing)
    history.when(suspect('login_failed'), { at: after(hours(24)) }).then([
      { type: 'TroubleSuspected', number: 2 },
      { type: 'DraftOffered', number: 2 },
    ])
    const approved = given(suspected(), offered(after(days(2))))
    approved.when(suspect('login_failed'), { at: after(hours(71)) }).then(nothing)
  })

  it('is suspected by the desk alone, and checked as every command', () => {
    when(suspect(), { by: alex }).then(refused('not_for_this_actor', 'by'))
    when(suspect(), byCamille).then(refused('not_for_this_actor', 'by'))
    when({ ...suspect(), subject: ' ' }).then(refused('invalid_command', 'subject'))
    when({ ...suspect(), suspicion: { ...payment, pages: ['/a', '/b', '/c', '/d'] } }).then(
      refused('invalid_command', 'suspicion.pages'),
    )
  })
})

describe('drafts in the holdout', () => {
  const fingerprints = Array.from({ length: 1_000 }, (_, index) => `error_occurred:E${index}`)
  const [one = ''] = fingerprints.filter((each) => isHoldout('camille', each, 0.05))
  const { given, when } = specifyDrafts({ holdout: 0.05, review: true })
  const history = [
    { ...suspected(monday, 1, one), isHoldout: true },
    event('DraftWithheld', { number: 1, silentUntil: after(days(14)), cause: 'holdout' }),
  ]

  it('are recorded, and offered to nobody', () => {
    when(suspect(one)).then([
      { type: 'TroubleSuspected', number: 1, isHoldout: true },
      { type: 'DraftWithheld', number: 1, cause: 'holdout', silentUntil: after(days(14)) },
    ])
    const state = fold(draftsUnder(), history)
    expect(state.drafts).toMatchObject([{ isHoldout: true }])
    expect(state.drafts.filter(isVisibleDraft)).toEqual([])
    const held = given(...history)
    held.when({ type: 'approve', number: 1 }, { by: alex }).then(refused('draft_decided'))
    held.when({ type: 'open', number: 1, ticketId: 'T1' }, byCamille).then(refused('draft_not_found'))
    held.when({ type: 'dismiss', number: 1 }, byCamille).then(refused('draft_not_found'))
    held.when(suspect(one), { at: after(days(13)) }).then(nothing)
  })

  it('are one in twenty, of people and of troubles, and the same ones again', () => {
    const people = Array.from({ length: 20_000 }, (_, index) => `person-${index}`)
    const held = people.filter((id) => isHoldout(id, payment.fingerprint, defaultProactiveSettings.holdout))
    expect(held.length / people.length).toBeCloseTo(0.05, 2)
    expect(held.filter((id) => !isHoldout(id, payment.fingerprint, 0.05))).toEqual([])
    const ofOnePerson = fingerprints.filter((each) => isHoldout('camille', each, 0.05))
    expect(ofOnePerson.length).toBeGreaterThan(20)
    expect(ofOnePerson.length).toBeLessThan(80)
    expect(people.some((id) => isHoldout(id, payment.fingerprint, 0))).toBe(false)
  })
})

describe('a review', () => {
  const { given, when } = specifyDrafts({ review: true })
  const approve = { type: 'approve', number: 1 } as const
  const withhold = { type: 'withhold', number: 1, reason: 'A test account.' } as const

  it('decides whether the customer is offered the draft, which does not exist for them before', () => {
    when(suspect()).then({ type: 'TroubleSuspected', number: 1 })
    const history = given(suspected())
    history.when({ type: 'open', number: 1, ticketId: 'T1' }, byCamille).then(refused('draft_not_found', 'number'))
    history
      .when(approve, { by: alex, at: after(days(2)) })
      .then({ type: 'DraftOffered', number: 1, lapsesAt: after(days(5)) })
    history
      .when(withhold, { by: alex })
      .then({ type: 'DraftWithheld', cause: 'review', reason: withhold.reason, silentUntil: after(days(14)) })
  })

  it('repeats nothing, and decides once', () => {
    given(suspected(), offered()).when(approve, { by: alex }).then(nothing)
    given(suspected(), offered()).when(withhold, { by: alex }).then({ type: 'DraftWithheld', cause: 'review' })
    const withheld = event('DraftWithheld', { number: 1, silentUntil: after(days(14)), cause: 'review' })
    given(suspected(), withheld).when(withhold, { by: alex }).then(nothing)
    given(suspected(), offered(), withheld)
      .when({ type: 'dismiss', number: 1 }, byCamille)
      .then(refused('draft_not_found', 'number'))
    given(suspected(), withheld).when(approve, { by: alex }).then(refused('draft_decided'))
    given(suspected(), offered(), opened()).when(withhold, { by: alex }).then(refused('draft_decided'))
    when(approve, { by: alex }).then(refused('draft_not_found', 'number'))
    given(suspected()).when(approve, byCamille).then(refused('not_for_this_actor', 'by'))
  })

  it('leaves nothing for the customer when it never comes, or they switch drafts off before it', () => {
    const fire = { type: 'fire', kind: 'draft_lapse', cycle: 1, dueAt: after(days(3)) } as const
    const fired = given(suspected()).when(fire, { at: after(days(3)) })
    const switchedOff = given(suspected()).when({ type: 'switchOff' }, byCamille)
    for (const { decision, state } of [fired, switchedOff]) {
      expect(state.drafts).toMatchObject([{ status: 'lapsed' }])
      expect(state.drafts.filter(isVisibleDraft)).toEqual([])
      const history = given(suspected(), ...(decision.ok ? decision.value : []))
      const at = after(days(4))
      history.when({ type: 'dismiss', number: 1 }, { ...byCamille, at }).then(refused('draft_not_found', 'number'))
      history
        .when({ type: 'open', number: 1, ticketId: 'T1' }, { ...byCamille, at })
        .then(refused('draft_not_found', 'number'))
    }
  })

  it('has one draft of a person at a time', () => {
    given(suspected())
      .when(suspect('login_failed'), { at: after(days(2)) })
      .then(nothing)
  })
})

describe('the customer', () => {
  const open = { type: 'open', number: 1, ticketId: 'T1' } as const
  const dismiss = { type: 'dismiss', number: 1 } as const
  const dismissed = event('DraftDismissed', { number: 1, silentUntil: after(days(14)) })
  const lapsed = event('DraftLapsed', { number: 1, silentUntil: after(days(14)) })

  it('opens the draft as it was offered, or as they have changed it', () => {
    const history = given(suspected(), offered())
    history.when(open, byCamille).then({
      type: 'DraftOpened',
      ticketId: 'T1',
      subject: text.subject,
      body: text.body,
      silentUntil: after(days(14)),
    })
    history
      .when({ ...open, subject: 'Paiement refusé', body: 'Ma carte est valable.' }, byCamille)
      .then({ type: 'DraftOpened', subject: 'Paiement refusé', body: 'Ma carte est valable.' })
  })

  it('opens it in the language in which they have read it', () => {
    const offer = { subject: 'An error that comes back', body: 'It comes back.', language: 'en' }
    const history = given(suspected(), offered())
    history.when({ ...open, offer, body: 'It is my card.' }, byCamille).then({
      type: 'DraftOpened',
      subject: offer.subject,
      body: 'It is my card.',
      language: 'en',
    })
    const { state } = history.when({ ...open, offer }, byCamille)
    expect(state.drafts).toMatchObject([{ ...offer, ticket: { id: 'T1', isOpen: true } }])
  })

  it('opens it once: a repeat changes nothing, and another ticket is refused', () => {
    const history = given(suspected(), offered(), opened())
    history.when(open, byCamille).then(nothing)
    history.when({ ...open, ticketId: 'T2' }, byCamille).then(refused('draft_decided'))
    history.when(dismiss, byCamille).then(refused('draft_decided'))
  })

  it('dismisses it, and may do so twice', () => {
    given(suspected(), offered())
      .when(dismiss, byCamille)
      .then({ type: 'DraftDismissed', number: 1, silentUntil: after(days(14)) })
    given(suspected(), offered(), dismissed).when(dismiss, byCamille).then(nothing)
    given(suspected(), offered(), lapsed).when(dismiss, byCamille).then(nothing)
    given(suspected(), offered(), dismissed).when(open, byCamille).then(refused('draft_decided'))
    given(suspected(), offered(), lapsed).when(open, byCamille).then(refused('draft_decided'))
    when(dismiss, byCamille).then(refused('draft_not_found', 'number'))
  })

  it('switches drafts off and on, and those that are offered lapse', () => {
    const switchOff = { type: 'switchOff' } as const
    const off = event('DraftsSwitchedOff', {})
    const on = event('DraftsSwitchedOn', {})
    when(switchOff, byCamille).then({ type: 'DraftsSwitchedOff' })
    given(suspected(), offered())
      .when(switchOff, byCamille)
      .then([{ type: 'DraftsSwitchedOff' }, { type: 'DraftLapsed', number: 1 }])
    given(make('DraftsSwitchedOff', { at: monday, ...byCamille }, {}))
      .when(switchOff, byCamille)
      .then(nothing)
    given(off).when(suspect()).then(nothing)
    when({ type: 'switchOn' }, byCamille).then(nothing)
    given(off).when({ type: 'switchOn' }, byCamille).then({ type: 'DraftsSwitchedOn' })
    given(off, on)
      .when(suspect())
      .then([{ type: 'TroubleSuspected' }, { type: 'DraftOffered' }])
  })

  it('alone undoes that they switched drafts off, also after somebody else did', () => {
    const [switchOff, switchOn] = [{ type: 'switchOff' } as const, { type: 'switchOn' } as const]
    const off = event('DraftsSwitchedOff', {})
    const ownOff = make('DraftsSwitchedOff', { at: monday, ...byCamille }, {})
    given(off).when(switchOn, { by: alex }).then({ type: 'DraftsSwitchedOn' })
    given(off).when(switchOff, { by: alex }).then(nothing)
    given(off).when(switchOff, byCamille).then({ type: 'DraftsSwitchedOff' })
    for (const history of [given(ownOff), given(off, ownOff)]) {
      history.when(switchOff, byCamille).then(nothing)
      history.when(switchOff, { by: alex }).then(nothing)
      for (const by of [alex, engine]) history.when(switchOn, { by }).then(refused('not_for_this_actor', 'by'))
      history.when(switchOn, byCamille).then({ type: 'DraftsSwitchedOn' })
    }
  })

  it('is the one of the stream, and nobody else', () => {
    const history = given(suspected(), offered())
    for (const command of [open, dismiss, { type: 'switchOff' } as const]) {
      history.when(command, { by: stranger }).then(refused('not_the_customer', 'by'))
    }
    history.when(open, { by: alex }).then(refused('not_for_this_actor', 'by'))
  })
})

describe('a ticket that was not opened from a draft', () => {
  const report = { type: 'report', ticketId: 'T9', openedAt: after(minutes(1)) } as const

  it.each([
    ['is offered', [suspected(), offered()]],
    ['waits for its review', [suspected()]],
  ])('ends a draft that %s, once, without a silence', (_, history) => {
    const at = after(minutes(2))
    const reported = { number: 1, ticketId: 'T9' }
    const ended = given(...history).when(report, { at })
    ended.then({ type: 'DraftReported', ...reported })
    expect(ended.state).toMatchObject({ drafts: [{ status: 'reported' }], silences: [] })
    given(...history, event('DraftReported', reported, at))
      .when(report, { at })
      .then(nothing)
  })

  it('changes no draft whose trouble began later, and none that is decided', () => {
    const earlier = { ...report, openedAt: later(payment.since, -1) }
    given(suspected(), offered()).when(earlier).then(nothing)
    given(suspected(), offered(), opened()).when(report).then(nothing)
  })
})

describe('the ticket of a draft', () => {
  const history = [suspected(), offered(), opened()]
  const settle = { type: 'settle', ticketId: 'T1', outcome: 'resolved' } as const
  const reopen = { type: 'reopen', ticketId: 'T1' } as const

  it('is settled and open again, each once', () => {
    const at = after(days(2))
    const open = given(...history)
    open
      .when(settle, { at })
      .then({ type: 'DraftSettled', number: 1, silentUntil: after(days(16)), outcome: 'resolved' })
    open.when(reopen, { at }).then(nothing)
    const closed = given(...history, settled(at))
    closed.when(settle, { at }).then(nothing)
    closed.when(reopen, { at }).then({ type: 'DraftReopened', number: 1 })
  })

  it('has the last outcome that it was settled with, and none while it is open', () => {
    const at = after(days(2))
    const spam = given(...history, settled(at)).when({ ...settle, outcome: 'closed' }, { at })
    spam.then({ type: 'DraftSettled', number: 1, outcome: 'closed' })
    expect(spam.state.drafts).toMatchObject([{ ticket: { id: 'T1', isOpen: false, outcome: 'closed' } }])
    const { state } = given(...history, settled(at)).when(reopen, { at })
    expect(state.drafts.map(({ ticket }) => ticket)).toEqual([{ id: 'T1', isOpen: true }])
  })

  it('takes along what is removed from it, each once', () => {
    const redact = { type: 'redact', number: 1, subject: 'A card' } as const
    const redacted = given(...history).when(redact)
    redacted.then({ type: 'DraftRedacted', number: 1, subject: 'A card' })
    expect(redacted.state.drafts).toMatchObject([{ status: 'opened', subject: 'A card', body: 'y' }])
    const both = given(...history, event('DraftRedacted', { number: 1, subject: 'A card', body: '' }))
    both.when({ ...redact, body: '' }).then(nothing)
    both.when({ ...redact, body: 'A number.' }).then({ type: 'DraftRedacted', body: 'A number.' })
    given(suspected(), offered()).when(redact).then(nothing)
    when(redact).then(nothing)
  })

  it('is none that no draft was opened as', () => {
    when(settle).then(nothing)
    const open = given(...history)
    open.when({ ...settle, ticketId: 'T9' }).then(nothing)
    open.when({ ...reopen, ticketId: 'T9' }).then(nothing)
  })
})

describe('the deadline of a draft', () => {
  const { deadlines, labels } = draftsUnder()
  const fire = { type: 'fire', kind: 'draft_lapse', cycle: 1, dueAt: after(days(3)) } as const

  it('lets it lapse when nobody has decided in time', () => {
    const state = fold(draftsUnder(), [suspected(), offered()])
    expect(deadlines?.(state)).toEqual([{ kind: 'draft_lapse', dueAt: after(days(3)), cycle: 1 }])
    expect(labels?.(state)).toMatchObject({ status: 'pending' })
    given(suspected(), offered())
      .when(fire, { at: after(days(3)) })
      .then({ type: 'DraftLapsed', number: 1, silentUntil: after(days(17)) })
    given(suspected())
      .when(fire, { at: after(days(3)) })
      .then({ type: 'DraftLapsed', number: 1 })
  })

  it('changes nothing when it is early, doubled or out of date', () => {
    given(suspected(), offered())
      .when(fire, { at: after(days(2)) })
      .then(nothing)
    const lapsed = event('DraftLapsed', { number: 1, silentUntil: after(days(17)) }, after(days(3)))
    given(suspected(), offered(), lapsed)
      .when(fire, { at: after(days(3)) })
      .then(nothing)
    given(suspected(), offered(), opened())
      .when(fire, { at: after(days(3)) })
      .then(nothing)
    given(suspected(), offered(after(days(1))))
      .when(fire, { at: after(days(3)) })
      .then(nothing)
  })

  it('is none of a customer without drafts', () => {
    const state = draftsUnder().initial
    expect(deadlines?.(state)).toEqual([])
    expect(labels?.(state)).toBeUndefined()
    expect(labels?.(fold(draftsUnder(), [event('DraftsSwitchedOff', {})]))).toMatchObject({ status: 'closed' })
  })
})

it('a draft lasts as long as it matters, and few others do', () => {
  let state = draftsUnder().initial
  for (let number = 1; number <= 200; number++) {
    const at = after(days(number))
    const history: readonly DraftEvent[] = [suspected(at, number, `error_occurred:E${number}`), offered(at, number)]
    const decided =
      number === 1 ? opened(at, number) : event('DraftDismissed', { number, silentUntil: later(at, days(14)) }, at)
    state = [...history, decided].reduce(draftsUnder().evolve, state)
  }
  expect(state.drafts.length).toBeLessThan(60)
  expect(state.drafts.map(({ number }) => number)).toContain(1)
  expect(state.silences.length).toBeLessThan(20)
  expect(state.count).toBe(200)
})
