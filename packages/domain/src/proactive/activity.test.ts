import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { days, hours, minutes } from '../kernel/time.ts'
import { after, exampleSuspicion, monday } from '../testing/examples.ts'
import type { Activity, ActivityBatch, RefusedActivity } from './activity.ts'
import { activitiesOf, activityBatchSchema, activityFingerprint, activityKinds, activityLimits } from './activity.ts'
import { draftAggregate, suspectCommand } from './draft.ts'
import { draftText } from './draft-text.ts'
import { teamAlertAggregate } from './team-alert.ts'

type Reported = Readonly<Record<string, unknown>>

const addedKinds = new Set(['import_failed', 'constructor'])

const view = (fields: Reported = {}): Reported => ({
  id: 'activity-1',
  kind: 'page_view',
  at: '2026-03-02T09:00:00Z',
  ...fields,
})

/** A batch that is sent and received on Monday at nine. */
function receive(...activities: readonly Reported[]): {
  readonly accepted: readonly Activity[]
  readonly refused: readonly RefusedActivity[]
} {
  return activitiesOf(activityBatchSchema.parse({ sentAt: '2026-03-02T09:00:00Z', activities }), monday, addedKinds)
}

const takes = (fields: Reported): boolean =>
  activityBatchSchema.safeParse({ sentAt: '2026-03-02T09:00:00Z', activities: [view(fields)] }).success

const first = (...activities: readonly Reported[]): Activity | undefined => receive(...activities).accepted[0]

const messages = (...activities: readonly Reported[]): readonly string[] =>
  receive(...activities).refused.map(({ message }) => message)

const details: readonly (readonly [kind: string, detail: Reported, code: string])[] = [
  ['page_view', {}, ''],
  ['faq_search', { query: 'facture', results: 3, opened: true }, ''],
  ['form_error', { form: 'signup', field: 'email', code: 'required' }, 'signup/email/required'],
  ['form_error', { form: 'signup' }, 'signup'],
  ['login_failed', { code: 'bad_password' }, 'bad_password'],
  ['login_failed', {}, ''],
  ['error_occurred', { code: 'E_PAYMENT', message: 'Card declined' }, 'E_PAYMENT'],
  ['timeout_occurred', { operation: 'GET:/api/cart', afterMs: 10_000 }, 'GET:/api/cart'],
  ['timeout_occurred', { operation: 'GET:/users/4711', afterMs: 10_000 }, 'GET:/users/:id'],
  ['timeout_occurred', { operation: 'createPaymentMethodForCustomer2' }, 'createPaymentMethodForCustomer2'],
  ['import_failed', { code: 'E_ROW', rows: 12, dry: false, file: 'Clients du 2 mars' }, 'E_ROW'],
  ['constructor', {}, ''],
]

describe('the detail of an activity', () => {
  it.each(details)('of the kind %s is stored, and its code makes it the trouble that it is', (kind, detail, code) => {
    const activity = first(view({ kind, detail }))
    expect(activity).toMatchObject({ kind, code, detail, at: monday })
    expect(activity && activityFingerprint(activity)).toBe(code === '' ? kind : `${kind}:${code}`)
  })

  it('is specified of every kind', () => {
    expect(new Set(details.map(([kind]) => kind))).toEqual(new Set([...activityKinds, ...addedKinds]))
  })

  it('says that no article was opened unless the sender says so', () => {
    expect(first(view({ kind: 'faq_search', detail: { query: 'x' } }))?.detail).toEqual({ query: 'x', opened: false })
  })

  it.each<[string, Reported]>([
    ['detail.query: is missing', { kind: 'faq_search' }],
    ['detail.query: must be on one line', { kind: 'faq_search', detail: { query: 'a\nb' } }],
    ['detail.results: must be 0 or more', { kind: 'faq_search', detail: { query: 'a', results: -1 } }],
    ['detail.form: is missing', { kind: 'form_error', detail: { code: 'x' } }],
    ['detail: there is no field colour', { kind: 'login_failed', detail: { colour: 'red' } }],
    ['kind: the desk has no kind mouse_moved', { kind: 'mouse_moved' }],
    ['kind: the desk has no kind valueof', { kind: 'valueof' }],
  ])('is refused with its field: %s', (message, fields) => {
    expect(messages(view(fields))).toEqual([message])
  })

  it('of an added kind is flat', () => {
    const kind = 'import_failed'
    expect(messages(view({ kind, detail: { rows: { first: 1 } } }))).toHaveLength(1)
    expect(messages(view({ kind, detail: { code: 'Madame Durand' } }))[0]).toMatch(/^detail\.code: /)
    expect(messages(view({ kind, detail: { 'Nom de famille': 'Durand' } }))).toHaveLength(1)
  })

  it.each(['Bonjour, je ne peux pas payer', 'zoe@example.org', '+33 1 23 45 67 89', '', 'x'.repeat(101), 'é'])(
    'has no text of a person as its code: %s',
    (code) => {
      expect(messages(view({ kind: 'error_occurred', detail: { code } }))[0]).toMatch(/^detail\.code: /)
    },
  )

  it('is refused when it is large, with a message that is not', () => {
    const megabyte = 'x'.repeat(1_000_000)
    const names = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`f${index}`, 1]))
    for (const detail of [
      { code: 'E', message: megabyte },
      { code: megabyte },
      { code: 'E', [megabyte]: 1 },
      { code: 'E', message: [megabyte] },
      names,
    ]) {
      const [message = '', ...others] = messages(view({ kind: 'error_occurred', detail }))
      expect(message).toMatch(/^detail/)
      expect(message.length).toBeLessThanOrEqual(200)
      expect(others).toEqual([])
    }
    const many = Object.fromEntries(Array.from({ length: activityLimits.fields + 1 }, (_, index) => [`f${index}`, 1]))
    expect(messages(view({ kind: 'import_failed', detail: many }))).toEqual(['detail: has at most 20 fields'])
  })

  it('does no harm by the names of its fields', () => {
    const detail = JSON.parse('{"__proto__":{"polluted":true},"code":"E"}') as Reported
    const batch: ActivityBatch = {
      sentAt: monday,
      activities: [{ id: 'activity-1', kind: 'import_failed', at: monday, detail }],
    }
    expect(activitiesOf(batch, monday, addedKinds)).toEqual({
      accepted: [],
      refused: [{ index: 0, message: 'detail: there is no field __proto__' }],
    })
    for (const kind of ['import_failed', 'error_occurred'])
      expect(messages(view({ kind, detail }))).toEqual(['detail: there is no field __proto__'])
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })
})

describe('an activity that is accepted', () => {
  const code = fc
    .array(fc.constantFrom('1', '2/', '/', 'x', '.', 'A1:', '4/', '0b7c1e525a0f'), { minLength: 1, maxLength: 100 })
    .map((parts) => parts.join('').slice(0, activityLimits.code))
  const page = fc
    .array(fc.constantFrom('/', '7', '/1', 'x', '😀', ' ', '@', '\u200b'), { minLength: 1, maxLength: 700 })
    .map((parts) => parts.join(''))
  const fields = fc.oneof(
    fc.record({ kind: fc.constant('form_error'), detail: fc.record({ form: code, field: code, code }) }),
    fc.record({ kind: fc.constant('timeout_occurred'), detail: fc.record({ operation: code }) }),
    fc.record({ kind: fc.constantFrom('error_occurred', 'import_failed'), detail: fc.record({ code }) }),
  )
  const digits = { form: '1/'.repeat(50), field: '1'.repeat(100), code: '1'.repeat(100) }

  /** Whether what is suspected of an activity can be recorded, of its person and of many. */
  const isRecorded = (activity: Activity): boolean => {
    const { kind, code, page, version } = activity
    const fingerprint = activityFingerprint(activity)
    const listOf = (text: string | undefined): string[] => (text === undefined ? [] : [text])
    const trouble = { kind, code, fingerprint, pages: listOf(page), versions: listOf(version) }
    const suspicion = { ...exampleSuspicion(), ...trouble, evidence: [{ fingerprint, count: 4 }] }
    const suspected = suspectCommand(suspicion, 'rules', draftText(suspicion, 'fr', 'Europe/Paris'))
    const incident = { ...trouble, since: monday, lately: 20, usual: 0 }
    const alert = { type: 'suspectIncident', incident, isLast: false }
    return draftAggregate.schema.safeParse(suspected).success && teamAlertAggregate.schema.safeParse(alert).success
  }

  it('has a code that is cut where its ids make it longer than that of a trouble may be', () => {
    const activity = first(view({ kind: 'form_error', detail: digits }))
    expect(activity?.code).toHaveLength(activityLimits.trouble)
    expect(activity && isRecorded(activity)).toBe(true)
  })

  it('may be suspected of its person, and be a likely incident, whatever it is', () => {
    fc.assert(
      fc.property(fields, page, code, (reported, page, version) => {
        const activity = { ...reported, page, version }
        fc.pre(takes(activity))
        expect(receive(view(activity)).accepted.map(isRecorded)).toEqual([true])
      }),
    )
  })
})

describe('a batch', () => {
  it('takes each activity by itself, and says which it refuses', () => {
    const { accepted, refused } = receive(view(), view({ kind: 'mouse_moved' }), view({ id: 'activity-3' }))
    expect(accepted.map(({ id }) => id)).toEqual(['activity-1', 'activity-3'])
    expect(refused).toEqual([{ index: 1, message: 'kind: the desk has no kind mouse_moved' }])
  })

  it('has a hundred activities at most, and one at least', () => {
    const batch = (length: number) => ({ sentAt: monday, activities: Array.from({ length }, () => view()) })
    expect([0, 1, 100, 101].map((length) => activityBatchSchema.safeParse(batch(length)).success)).toEqual([
      false,
      true,
      true,
      false,
    ])
  })

  it.each<[string, Reported]>([
    ['an id that is too short', { id: 'short' }],
    ['an id with other characters', { id: 'activity 1' }],
    ['a kind that is no name', { kind: 'Page View' }],
    ['a moment that is none', { at: 'yesterday' }],
    ['a page that is too long', { page: `/${'x'.repeat(2_000)}` }],
    ['a field that there is not', { customerId: 'zoe' }],
    ['a detail that is a list', { detail: ['x'] }],
  ])('is refused with %s', (_, fields) => {
    expect(takes({})).toBe(true)
    expect(takes(fields)).toBe(false)
  })
})

describe('the page of an activity', () => {
  it.each([
    ['/pay', '/pay'],
    ['/pay?card=4242424242424242', '/pay'],
    ['/pay#iban=FR76', '/pay'],
    ['https://shop.example/pay?q=1#x', 'https://shop.example/pay'],
    ['https://zoe:secret@shop.example/pay', 'https://shop.example/pay'],
    ['/orders/8471/lines/2', '/orders/:id/lines/:id'],
    ['https://shop.example/orders/8471?print=1', 'https://shop.example/orders/:id'],
    ['/carts/0b7c1e52-5a0f-4c8e-9d3b-1f2e3d4c5b6a/pay', '/carts/:id/pay'],
    ['/commits/DA39A3EE5E6B4B0D3255BFEF95601890AFD80709', '/commits/:id'],
    ['/people/zoe@example.org/edit', '/people/:id/edit'],
    ['/people/zoe%40example.org', '/people/:id'],
    [`/people/${'x'.repeat(600)}@example.org`, '/people/:id'],
    ['/reset-password/Zk3-xQ9vT2bL_m7RpW4nYc1H', '/reset-password/:id'],
    ['/invitations/01ARZ3NDEKTSV4RRFFQ69G5FAV/accept', '/invitations/:id/accept'],
    ['https://shop.example/carts/V1StGXR8_Z5jdHi6B-myT', 'https://shop.example/carts/:id'],
    ['/s;jsessionid=1A2B3C4D', '/s'],
    ['https://zoe;x:secret@shop.example/pay', 'https://shop.example/pay'],
    ['https://pr1234preview5678a.example/pay', 'https://pr1234preview5678a.example/pay'],
    ['/v2/top-10/added/facade', '/v2/top-10/added/facade'],
    ['/AccountSettingsOverview.aspx', '/AccountSettingsOverview.aspx'],
    ['/aide/r%C3%A9initialiser%20l%27acc%C3%A8s', '/aide/r%C3%A9initialiser%20l%27acc%C3%A8s'],
    ['?q=1', undefined],
    ['#', undefined],
    [' ?q=1', undefined],
    ['\u200b#top', undefined],
    [`/${'x'.repeat(1_000)}`, `/${'x'.repeat(499)}`],
  ])('%s is stored without what a person may have written', (page, stored) => {
    expect(first(view({ page }))?.page).toBe(stored)
  })

  it('has no letters and digits that are mixed at length', () => {
    const mixed = fc.stringMatching(/^[A-Za-z0-9]{16,64}$/).filter((text) => /\d/.test(text) && /[A-Za-z]/.test(text))
    fc.assert(
      fc.property(mixed, fc.constantFrom('', '.pdf', '-x', '_'), (token, end) => {
        expect(first(view({ page: `/reset/${token}${end}/new` }))?.page).toBe('/reset/:id/new')
      }),
    )
  })

  it('has the words of a title, joined by hyphens or underscores', () => {
    const words = fc.array(fc.stringMatching(/^[A-Z]?[a-z]{1,12}$/), { minLength: 2, maxLength: 8 })
    fc.assert(
      fc.property(words, fc.constantFrom('-', '_'), fc.integer({ min: 1990, max: 2030 }), (title, joint, year) => {
        const page = `/help/${[...title, '2fa', year].join(joint)}`
        expect(first(view({ page }))?.page).toBe(page)
      }),
    )
  })
})

describe('the moment of an activity', () => {
  const received = (at: string, sentAt: string) =>
    activitiesOf(activityBatchSchema.parse({ sentAt, activities: [view({ at })] }), monday, addedKinds).accepted[0]?.at

  it.each([
    ['a clock that is right', '2026-03-02T08:50:00Z', '2026-03-02T09:00:00Z', after(-minutes(10))],
    ['a clock of tomorrow', '2026-03-03T08:50:00Z', '2026-03-03T09:00:00Z', after(-minutes(10))],
    ['a clock of last year', '2025-03-02T08:50:00Z', '2025-03-02T09:00:00Z', after(-minutes(10))],
    ['a clock that was put forward in between', '2026-03-02T08:50:00Z', '2027-03-02T09:00:00Z', after(-days(1))],
    ['a clock that was put back in between', '2026-03-02T12:00:00Z', '2026-03-02T09:00:00Z', monday],
    ['a queue of some hours', '2026-03-02T03:00:00Z', '2026-03-02T09:00:00Z', after(-hours(6))],
  ])('is by the clock of the desk, after %s', (_, at, sentAt, expected) => {
    expect(received(at, sentAt)).toBe(expected)
  })
})
