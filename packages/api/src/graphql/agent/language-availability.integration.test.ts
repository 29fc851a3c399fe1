import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { configurationSchema, instant } from '@guichet/domain'
import { ana, useApi, zoe } from '../../server/testing/api-under-test.ts'
import type { Bearer } from '../../server/testing/api-under-test.ts'

const noon = instant('2026-03-02T12:00:00.000Z')
const api = useApi({ beforeAll, afterAll }, { now: () => noon })
const visitor: Bearer = { ...zoe, role: 'visitor', id: 'visitor:0123456789abcdef' }
const by = { kind: 'agent', id: 'lead' } as const

type Shown = {
  readonly language: string
  readonly isAvailable: boolean
  readonly agents: number | null
  readonly isOpen: boolean
  readonly opensAt: string | null
  readonly closesAt: string | null
}

const shownTo = async (as: Bearer, language?: string): Promise<readonly Shown[]> => {
  const query = `query ($language: String) { languageAvailability(language: $language) { language isAvailable agents isOpen opensAt closesAt } }`
  return (await api.dataOf(as, query, { language }))['languageAvailability'] as readonly Shown[]
}

const register = async (id: string, profile: object): Promise<void> => {
  await api.desk.execute('agent', id, { type: 'register', profile: { name: id, ...profile } }, { by })
}
const setAvailability = async (id: string, availability: 'available' | 'offline'): Promise<void> => {
  await api.desk.execute('agent', id, { type: 'setAvailability', availability }, { by })
}

beforeAll(async () => {
  const calendar = (hours: string) => ({ timeZone: 'UTC', hours: { everyDay: [hours] } })
  const centre = (id: string, languages: readonly string[], priority: number) => ({
    id,
    name: id,
    calendar: id,
    languages,
    priority,
  })
  const configuration = configurationSchema.parse({
    sla: { policies: [{ name: 'all', firstResponse: '4h', calendar: 'dubai' }] },
    calendars: { dubai: calendar('08:00-16:00'), delhi: calendar('02:00-10:00') },
    followTheSun: { centres: [centre('dubai', ['en'], 1), centre('delhi', ['hi'], 2)] },
  })
  const applied = await api.desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by })
  expect(applied.ok).toBe(true)
  await register('amal', { languages: ['ar-AE', 'en'], centre: 'dubai' })
  await register('hari', { languages: ['hi'], centre: 'delhi' })
  await register('ulla', { languages: ['sv'] })
  await Promise.all(['amal', 'hari', 'ulla'].map((id) => setAvailability(id, 'available')))
})

describe('languageAvailability', () => {
  it('says when those who speak a language are there, and whether somebody is now', async () => {
    const isThere = (each: Shown): boolean => each.isAvailable || each.language === 'hi'
    await vi.waitUntil(async () => (await shownTo(ana)).filter(isThere).length === 4, { interval: 50, timeout: 10_000 })
    const shown = new Map((await shownTo(ana)).map((each) => [each.language, each]))
    expect([...shown.keys()]).toEqual(['ar', 'en', 'hi', 'sv'])
    expect(shown.get('ar')).toEqual({
      language: 'ar',
      isAvailable: true,
      agents: 1,
      isOpen: true,
      opensAt: '2026-03-02T08:00:00.000Z',
      closesAt: '2026-03-02T16:00:00.000Z',
    })
    expect(shown.get('hi')).toEqual({
      language: 'hi',
      isAvailable: false,
      agents: 0,
      isOpen: false,
      opensAt: '2026-03-03T02:00:00.000Z',
      closesAt: '2026-03-03T10:00:00.000Z',
    })
    expect(shown.get('sv')).toEqual({
      language: 'sv',
      isAvailable: true,
      agents: 1,
      isOpen: false,
      opensAt: null,
      closesAt: null,
    })
  })

  it('shows customers and visitors the same, without how many there are', async () => {
    for (const as of [zoe, visitor]) {
      const [arabic, ...others] = await shownTo(as, 'ar-MA')
      expect(others).toEqual([])
      expect(arabic).toMatchObject({ language: 'ar', isAvailable: true, agents: null, isOpen: true })
    }
    expect(await shownTo(zoe, 'ja')).toEqual([])
  })

  it('is not available once those who speak it have gone', async () => {
    await setAvailability('amal', 'offline')
    await vi.waitUntil(async () => (await shownTo(zoe, 'ar'))[0]?.isAvailable === false, {
      interval: 50,
      timeout: 10_000,
    })
    expect(await shownTo(ana, 'ar')).toMatchObject([{ agents: 0, isOpen: true }])
  })

  it('refuses what is no language', async () => {
    const { errors } = await api.ask(zoe, '{ languageAvailability(language: "not a language") { language } }')
    expect(errors).toMatchObject([{ extensions: { code: 'malformed_input' } }])
  })
})
