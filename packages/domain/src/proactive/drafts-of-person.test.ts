import { expect, it } from 'vitest'
import { StreamDeleted, streamName } from '../kernel/event.ts'
import { days, later } from '../kernel/time.ts'
import { monday } from '../testing/examples.ts'
import type { Drafts } from './draft-state.ts'
import { noDrafts } from './draft-state.ts'
import { draftsOfPerson } from './drafts-of-person.ts'

const tuesday = later(monday, days(1))
const streams: ReadonlyMap<string, Drafts> = new Map([
  ['zoe', { ...noDrafts, silences: [{ fingerprint: 'login_failed', until: monday }] }],
  ['z2', { ...noDrafts, isOff: true, draftedAt: tuesday }],
  ['z3', { ...noDrafts, silences: [{ fingerprint: 'form_error', until: tuesday }], draftedAt: monday }],
])
const desk = {
  read: async (category: 'draft', id: string) => {
    const state = streams.get(id)
    if (!state) throw new StreamDeleted(streamName(category, id))
    return { state }
  },
}

it('shares the drafts of all ids of a person, without those whose streams were deleted', async () => {
  const { byId, ...shared } = await draftsOfPerson(desk, ['zoe', 'deleted', 'z2', 'z3'])
  expect([...byId.keys()]).toEqual(['zoe', 'z2', 'z3'])
  expect(shared).toMatchObject({
    isOff: true,
    silences: [{ fingerprint: 'login_failed' }, { fingerprint: 'form_error' }],
    draftedAt: tuesday,
  })
  expect(await draftsOfPerson(desk, ['deleted'])).toMatchObject({ isOff: false, drafts: [], byId: new Map() })
})
