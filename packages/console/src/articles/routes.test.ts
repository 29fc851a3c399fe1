import { expect, it } from 'vitest'
import { addressOf, newAddress, routeOf } from './routes.ts'

it.each(['reset', 'a/b', 'ä ö', '100%', '#1'])('finds the article %s by its address', (key) => {
  expect(routeOf(addressOf(key, 'pt-BR'))).toEqual({ at: 'article', key, language: 'pt-BR' })
  expect(routeOf(addressOf(key))).toEqual({ at: 'article', key, language: undefined })
})

it('opens a new article, with what was searched as its title', () => {
  expect(routeOf(newAddress())).toEqual({ at: 'new', title: '', language: '' })
  expect(routeOf(newAddress('wifi / 5 GHz?', 'fr'))).toEqual({ at: 'new', title: 'wifi / 5 GHz?', language: 'fr' })
})

it.each(['', '#', '#article', '#article/', '#article/%', '#nothing'])('shows the list for %j', (hash) => {
  expect(routeOf(hash)).toEqual({ at: 'list' })
})
