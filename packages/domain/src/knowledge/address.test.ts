import { expect, it } from 'vitest'
import { addressTemplateSchema, articleAddress } from './address.ts'

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
