import { expect, it } from 'vitest'
import { isId } from '../kernel/values.ts'
import { monday } from '../testing/examples.ts'
import { incidentDeclaration } from './incident-text.ts'

const incident = {
  fingerprint: 'error_occurred:E_PAY',
  kind: 'error_occurred',
  code: 'E_PAY',
  since: monday,
  pages: ['/pay', '/cart'],
  versions: [],
  lately: 42,
  usual: 1.26,
  firstDay: '2026-03-02',
}

it('says what a likely incident would be declared as, in the language of the reader', () => {
  const { title, description } = incidentDeclaration(incident, 'en-GB', 'UTC')
  expect(title).toBe('Trouble of many customers: error_occurred:E_PAY')
  expect(description).toMatch(/^42 customers .* within 24 hours; usually 1\.3 a day\. Seen since/)
  expect(description.split('\n').slice(1)).toEqual(['Where: /pay, /cart'])
  expect(incidentDeclaration(incident, 'fr', 'UTC').description).toContain('d’habitude 1,3 par jour')
  expect(incidentDeclaration(incident, 'pt', 'UTC', 'fr-CA').title).toContain('Problème de nombreux clients')
  expect(incidentDeclaration(incident, 'pt', 'UTC', 'it').title).toContain('Trouble of many customers')
})

it('has an id that follows from its trouble and the first day of its run alone', () => {
  const idOf = (changed: Partial<typeof incident> = {}, language = 'en') =>
    incidentDeclaration({ ...incident, ...changed }, language, 'UTC').incidentId
  const id = idOf()
  expect(isId(id)).toBe(true)
  expect(idOf({ lately: 43, usual: 2, pages: [] }, 'fr')).toBe(id)
  const others = [idOf({ firstDay: '2026-03-03' }), idOf({ fingerprint: 'error_occurred:E_PAID' })]
  expect(new Set([id, ...others]).size).toBe(3)
})

it('has a title that is no longer than a declaration may have', () => {
  const long = { ...incident, fingerprint: `error_occurred:${'x'.repeat(380)}` }
  expect(incidentDeclaration(long, 'fr', 'UTC').title).toHaveLength(300)
})
