import { expect, it } from 'vitest'
import { numberIn, numbersIn, withoutNumbers } from './searched-numbers.ts'

it.each([
  '227',
  ' #227 ',
  '＃227',
  '№227',
  '№ 227',
  'n°227',
  'N° 227',
  'nº227',
  'Nr. 227',
  'No. 227',
  'Ticket#227',
  'Ticket #227',
  'Ticket Nr. 227',
  'ticket 227',
  'ticket: 227',
  'TICKET №227',
  'demande n° 227',
])('%s is a ticket number and nothing else', (search) => {
  expect(numberIn(search)).toBe(227)
  expect(numbersIn(search)).toEqual([227])
  expect(withoutNumbers(search)).toBe(search)
})

it.each(['A#227', '#227b', 'no227', 'nr227', 'ticket227', '0227', 'ticket', '#', '12 34', 'ticket-227', '+33 1 23'])(
  '%s is none',
  (search) => expect(numbersIn(search)).toEqual([]),
)

it.each([
  ['Facture #227', [227], 'Facture  '],
  ['voir n°12 et №34', [12, 34], 'voir   et  '],
  ['about Ticket#227 please', [227], 'about Ticket  please'],
] as const)('%s names ticket numbers beside words', (search, numbers, rest) => {
  expect(numbersIn(search)).toEqual(numbers)
  expect(withoutNumbers(search)).toBe(rest)
})
