import { expect, it } from 'vitest'
import { fillTemplate } from './read-row.ts'

const values: Readonly<Record<string, string>> = { number: '7', category: 'Printer', odd: '{number} [x]' }
const fill = (template: string) => fillTemplate(template, (column) => values[column])

it('fills columns in', () => {
  expect(fill('{number}: {category}')).toBe('7: Printer')
})

it('leaves out an optional part whose value is missing', () => {
  expect(fill('{number}[ / {category}][ / {symptom}]')).toBe('7 / Printer')
})

it('is nothing when a value it needs is missing', () => {
  expect(fill('{number} {symptom}')).toBeUndefined()
  expect(fill('[{symptom}]')).toBeUndefined()
})

it('takes a value as it is, whatever it holds', () => {
  expect(fill('{odd}[ {odd}]')).toBe('{number} [x] {number} [x]')
})
