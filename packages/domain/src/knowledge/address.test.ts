import { expect, it } from 'vitest'
import { addressTemplateSchema, articleAddress, articleIn } from './address.ts'

const names = { id: 'auth0|5/a', language: 'pt-BR', slug: 'olá' }

it.each([
  ['/articles/{id}/{language}/{slug}', '/articles/auth0%7C5%2Fa/pt-BR/ol%C3%A1'],
  ['https://help.example/{language}/{id}', 'https://help.example/pt-BR/auth0%7C5%2Fa'],
])('makes an address of the template %s', (template, address) => {
  expect(addressTemplateSchema.parse(template)).toBe(template)
  expect(articleAddress(template, names)).toBe(address)
})

it('takes no placeholder in the values of an article for its own', () => {
  expect(articleAddress('/{id}/{slug}', { ...names, id: '{slug}', slug: '$&' })).toBe('/%7Bslug%7D/%24%26')
})

it.each([
  ['without the id', '/articles/{slug}'],
  ['with another placeholder', '/articles/{id}/{title}'],
  ['of another protocol', 'javascript:alert({id})'],
  ['of another host', '//evil.example/{id}'],
  ['with spaces', '/articles/{id} {slug}'],
])('refuses a template %s', (_, template) => {
  expect(addressTemplateSchema.safeParse(template).success).toBe(false)
})

it.each([
  ['/help/{language}/articles/{id}/{slug}', 'See /help/fr/articles/reset/oublie.', { id: 'reset', language: 'fr' }],
  ['/help/{language}/articles/{id}', 'See /help/f%00r/articles/reset!', { id: 'reset', language: undefined }],
  ['/a/{language}/{id}?lang={language}', 'See /a/en/a%20b?lang=en', { id: 'a b', language: 'en' }],
  ['/a/}{/{id}', 'See /a/}{/reset', { id: 'reset', language: undefined }],
  ['/help/{id}', 'See /help/%00 and more', undefined],
  ['/help/{id}', 'See /help/%E0%A4%A and more', undefined],
  ['/help/{id}', `See /help/${'x'.repeat(600)}`, undefined],
  ['/help/{id}', 'See nothing', undefined],
])('finds by the template %s the article in the text %j', (template, text, article) => {
  expect(articleIn(template, text)).toEqual(article)
})
