import { describe, expect, it } from 'vitest'
import { holderOf } from '../desk/claim-identities.ts'
import { deskInMemory } from '../testing/desk.ts'
import { alex, byAlex, camille, monday } from '../testing/examples.ts'
import { asSent, nothing, refused, specify } from '../testing/specification.ts'
import type { OrganisationEvent } from './organisation.ts'
import { organisationAggregate } from './organisation.ts'

const terms = { organisationFields: [{ name: 'sites', type: 'number' }] } as const
const { given, when } = specify(
  asSent(
    organisationAggregate.schema,
    organisationAggregate.under(() => terms),
  ),
  { ...byAlex, aggregateId: 'acme' },
)
const registered: OrganisationEvent = { type: 'OrganisationRegistered', at: monday, by: alex, name: 'ACME' }

describe('an organisation', () => {
  it('is registered once, and has no domain then', () => {
    const registration = when({ type: 'register', name: 'ACME', size: 250, fields: { sites: '3' } })
    registration.then({ type: 'OrganisationRegistered', name: 'ACME', size: 250, fields: { sites: 3 } })
    expect(registration.state).toMatchObject({ domains: [] })
    given(registered).when({ type: 'register', name: 'ACME' }).then(nothing)
    given(registered).when({ type: 'register', name: 'Other' }).then(refused('organisation_already_registered'))
  })

  it('changes one detail at a time, and null removes one', () => {
    const known = given({ ...registered, industry: 'Energy' })
    known
      .when({ type: 'change', changes: { industry: null, size: 20 } })
      .then({ type: 'OrganisationChanged', industry: null, size: 20, name: undefined })
    known.when({ type: 'change', changes: { name: 'ACME' } }).then(nothing)
    known.when({ type: 'change', changes: { fields: { sites: 'x' } } }).then(refused('field_invalid', 'fields.sites'))
    when({ type: 'change', changes: {} }).then(refused('organisation_not_found'))
    when({ type: 'register', name: 'ACME' }, { by: camille }).then(refused('not_for_this_actor', 'by'))
  })

  it('says who sees the tickets of its members, and has managers', () => {
    const known = given(registered)
    known
      .when({ type: 'change', changes: { sharedWith: 'managers' } })
      .then({ type: 'OrganisationChanged', sharedWith: 'managers' })
    known.when({ type: 'addManager', customerId: 'zoe' }).then({ type: 'OrganisationManagerAdded', customerId: 'zoe' })
    known.when({ type: 'removeManager', customerId: 'zoe' }).then(nothing)
    when({ type: 'addManager', customerId: 'zoe' }).then(refused('organisation_not_found'))
    const added = (n: number) =>
      ({ type: 'OrganisationManagerAdded', at: monday, by: alex, customerId: `zoe-${n}` }) as const
    given(registered, added(1)).when({ type: 'addManager', customerId: 'zoe-1' }).then(nothing)
    const full = given(registered, ...Array.from({ length: 100 }, (_, n) => added(n)))
    full.when({ type: 'addManager', customerId: 'zoe' }).then(refused('too_many', 'managers'))
    full
      .when({ type: 'removeManager', customerId: 'zoe-7' })
      .then({ type: 'OrganisationManagerRemoved', customerId: 'zoe-7' })
  })

  it('has domains, each of which belongs to one organisation', async () => {
    given(registered).when({ type: 'addDomain', domain: 'ACME.com' }).then(refused('invalid_command', 'domain'))
    const desk = deskInMemory()
    for (const id of ['acme', 'other'])
      await desk.execute('organisation', id, { type: 'register', name: id }, { by: alex })
    const add = (id: string) =>
      desk.execute('organisation', id, { type: 'addDomain', domain: 'acme.com' }, { by: alex })
    expect(await add('acme')).toMatchObject({ ok: true })
    expect(await add('other')).toMatchObject({ ok: false, refusal: { code: 'identity_taken', field: 'domain' } })
    await desk.execute('organisation', 'acme', { type: 'removeDomain', domain: 'acme.com' }, { by: alex })
    expect(await holderOf(desk, { kind: 'domain', value: 'acme.com' })).toBeUndefined()
    expect(await add('other')).toMatchObject({ ok: true })
  })
})
