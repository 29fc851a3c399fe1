import fc from 'fast-check'
import { expect, it } from 'vitest'
import { code, newActivity, optionalCode, text, whole } from './activity.ts'

it('makes of any text a code that the desk takes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (value) => {
      expect(code(value)).toMatch(/^[\w.:/-]{1,100}$/)
    }),
  )
  expect(code('GET /orders/17')).toBe('GET_/orders/17')
  expect([optionalCode(''), optionalCode(undefined), optionalCode('é')]).toEqual([undefined, undefined, '_'])
})

it('makes of any text one on one line, without control characters and halves of characters, or none', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (value, most) => {
      const made = text(value, most) ?? '-'
      expect(made.length).toBeLessThanOrEqual(Math.max(1, most))
      expect(made).toMatch(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+$/u)
      expect(made).toBe(made.trim())
    }),
  )
  expect(text(' a\u2028b🙂🙂', 6)).toBe('a b🙂')
  expect([text('', 9), text(' \t\n', 9), text(undefined, 9)]).toEqual([undefined, undefined, undefined])
})

it('makes whole numbers within a limit, or none', () => {
  const numbers = [0, 1.6, 1_000, Infinity, -1, Number.NaN, undefined]
  expect(numbers.map((value) => whole(value, 99))).toEqual([0, 2, 99, 99, undefined, undefined, undefined])
})

it('gives each activity an id, an instant, and a page without query and fragment', () => {
  const detail = { code: 'E1' }
  const activity = newActivity('error_occurred', detail, { page: 'https://shop.example/a?token=1#b', version: 'v 1' })
  detail.code = 'E2'
  expect(activity).toEqual({
    id: expect.stringMatching(/^[\w-]{8,64}$/),
    kind: 'error_occurred',
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    page: 'https://shop.example/a',
    version: 'v_1',
    detail: { code: 'E1' },
  })
  expect(newActivity('page_view', {}, {}).id).not.toBe(activity.id)
})

it.each(['?tab=2', '#x', '', ' '])('has no page at the address %j', (page) => {
  expect('page' in newActivity('page_view', {}, { page })).toBe(false)
})

it.each([
  ['Basket Left', 'basket_left'],
  ['IMPORT-FAILED', 'import-failed'],
  ['cart.left', 'cart_left'],
  ['/cart:left', 'cart_left'],
  ['k'.repeat(65), 'k'.repeat(64)],
])('makes of the kind %s one that the desk takes', (kind, made) => {
  expect(newActivity(kind, {}, {}).kind).toBe(made)
})
