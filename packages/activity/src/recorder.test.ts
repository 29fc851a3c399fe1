import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Activity } from './activity.ts'
import { newActivity } from './activity.ts'
import type { ActivityRecorder } from './recorder.ts'
import { createRecorder } from './recorder.ts'
import type { Searches } from './searches.ts'
import { createSearches } from './searches.ts'

let added: Activity[]
let searches: Searches
let recorder: ActivityRecorder
let isAllowed: boolean

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  added = []
  isAllowed = true
  const add = (activity: Activity): void => void added.push(activity)
  searches = createSearches(30_000, add)
  const create = (kind: string, detail: object, page?: string): Activity | undefined =>
    isAllowed ? newActivity(kind, detail, { page }) : undefined
  recorder = createRecorder(create, add, searches)
})
afterEach(() => void vi.useRealTimers())

const details = (): readonly unknown[] => added.map(({ kind, detail }) => [kind, detail])

it('records each kind with its detail, within the limits of the desk', () => {
  recorder.pageView('https://shop.example/orders?id=1')
  recorder.formError('sign up', { field: 'e-mail', code: 'invalid' })
  recorder.formError('contact')
  recorder.loginFailed('bad_password')
  recorder.loginFailed()
  recorder.error('TypeError', 'x'.repeat(600))
  recorder.error('Error', ' ')
  recorder.timeout('GET /orders', 1_234.5)
  recorder.record('Basket Left', { items: 3 })
  expect(details()).toEqual([
    ['page_view', {}],
    ['form_error', { form: 'sign_up', field: 'e-mail', code: 'invalid' }],
    ['form_error', { form: 'contact' }],
    ['login_failed', { code: 'bad_password' }],
    ['login_failed', {}],
    ['error_occurred', { code: 'TypeError', message: 'x'.repeat(500) }],
    ['error_occurred', { code: 'Error' }],
    ['timeout_occurred', { operation: 'GET_/orders', afterMs: 1_235 }],
    ['basket_left', { items: 3 }],
  ])
  expect(added[0]?.page).toBe('https://shop.example/orders')
})

it('records a search when an article of it is opened, or as not opened after a while', () => {
  const search = recorder.search('refund', { results: 4 })
  recorder.search('invoice')
  expect(added).toEqual([])
  search.opened()
  search.opened()
  vi.advanceTimersByTime(30_000)
  expect(details()).toEqual([
    ['faq_search', { query: 'refund', results: 4, opened: true }],
    ['faq_search', { query: 'invoice', opened: false }],
  ])
})

it('records the oldest of more than 200 searches as not opened', () => {
  for (let turn = 0; turn < 202; turn++) recorder.search(`refund ${turn}`)
  expect(details()).toEqual(['refund 0', 'refund 1'].map((query) => ['faq_search', { query, opened: false }]))
})

it('records searches as not opened at the end of the page, and changes nothing of them afterwards', () => {
  const search = recorder.search('refund')
  searches.settle()
  search.opened()
  vi.advanceTimersByTime(30_000)
  expect(details()).toEqual([['faq_search', { query: 'refund', opened: false }]])
})

it('throws nothing, whatever it is given', () => {
  const endless: Record<string, unknown> = {}
  endless['self'] = endless
  const failing = {
    get field(): string {
      throw new Error('no')
    },
  }
  recorder.record('own', endless)
  recorder.record('own', { amount: 1n })
  recorder.formError('contact', failing)
  recorder.search(Object.create(null) as string).opened()
  recorder.error('after')
  expect(details()).toEqual([['error_occurred', { code: 'after' }]])
})

it('records nothing where nothing may be kept', () => {
  isAllowed = false
  recorder.error('before')
  recorder.search('before').opened()
  isAllowed = true
  recorder.error('after')
  vi.advanceTimersByTime(30_000)
  expect(details()).toEqual([['error_occurred', { code: 'after' }]])
})
