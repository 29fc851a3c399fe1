import { describe, expect, it } from 'vitest'
import { normalDomain, normalEmail, normalPhone } from './contact-details.ts'

describe('an e-mail address', () => {
  it.each([
    [' Zoe@Example.ORG ', 'Zoe@example.org'],
    ['zoe+tickets@Bücher.example', 'zoe+tickets@xn--bcher-kva.example'],
    ['zoe@sub.Example.org', 'zoe@sub.example.org'],
  ])('%s is %s', (text, address) => expect(normalEmail(text)).toBe(address))

  it.each([
    'zoe',
    '@example.org',
    'zoe@',
    'zoe@exa mple.org',
    'a@b@',
    'zoe@example..org',
    `${'x'.repeat(500)}@example.org`,
    '',
  ])('%s is none', (text) => expect(normalEmail(text)).toBeUndefined())
})

describe('a telephone number', () => {
  it.each([
    ['+33 1 23 45 67 89', undefined, '+33123456789'],
    ['01 23 45 67 89', 'FR', '+33123456789'],
    ['(416) 555-0123', 'CA', '+14165550123'],
    ['+1 (416) 555-0123', 'FR', '+14165550123'],
    ['050 123 4567', 'AE', '+971501234567'],
    ['0033 1 23 45 67 89', 'FR', '+33123456789'],
  ])('%s in %s is %s', (text, country, number) => expect(normalPhone(text, country)).toBe(number))

  it.each([
    ['01 23 45 67 89', undefined],
    ['12', 'FR'],
    ['+33 1 23 45 67', undefined],
    ['+999 123456789', undefined],
    ['call me at +33123456789', undefined],
    ['+33123456789 ext. 12', undefined],
    ['01 23 45 67 89', 'XX'],
    [`+${'3'.repeat(60)}`, undefined],
    ['', 'FR'],
  ])('%s in %s is none', (text, country) => expect(normalPhone(text, country)).toBeUndefined())
})

it('reads a domain as addresses have it', () => {
  expect(normalDomain(' Bücher.Example')).toBe('xn--bcher-kva.example')
  expect(normalDomain('localhost')).toBeUndefined()
  expect(normalDomain('a b.example')).toBeUndefined()
})
