import { describe, expect, it } from 'vitest'
import { normalDomain, normalEmail, normalPhone } from './contact-details.ts'

describe('an e-mail address', () => {
  it.each([
    [' Zoe@Example.ORG ', 'Zoe@example.org'],
    ['zoe+tickets@Bücher.example', 'zoe+tickets@xn--bcher-kva.example'],
    ['zoe@sub.Example.org', 'zoe@sub.example.org'],
    ['\u202azoe@example.org\u202c', 'zoe@example.org'],
    ['\u2068zoe@exam\u200bple.org\u2069', 'zoe@example.org'],
    ['\ufeffz\u00adoe@example.org\u200e', 'zoe@example.org'],
    ['\u00a0zoe@example.org\u202f', 'zoe@example.org'],
    ['mailto:zoe@example.org', 'zoe@example.org'],
    ['\u200bMailto: zoe%2Bnews@example.org?subject=Hello', 'zoe+news@example.org'],
    ['<zoe@example.org>', 'zoe@example.org'],
    ['Zoé Durand <zoe@Example.org>', 'zoe@example.org'],
    ['"Durand, Zoé" < mailto:zoe@example.org >', 'zoe@example.org'],
  ])('%s is %s', (text, address) => expect(normalEmail(text)).toBe(address))

  it.each([
    'zoe',
    '@example.org',
    'zoe@',
    'zoe@exa mple.org',
    'a@b@',
    'zoe@example..org',
    'zoe@exa\u00a0mple.org',
    'mailto:',
    'zoe@example.org <zoe>',
    'Zoe <>',
    'mailto:%zz@example.org ?',
    '\u200b',
    `${'x'.repeat(500)}@example.org`,
    '',
  ])('%s is none', (text) => expect(normalEmail(text)).toBeUndefined())
})

describe('a telephone number', () => {
  it.each([
    ['+55 41 8799 1234', undefined, '+5541987991234'],
    ['+55 41 98799-1234', undefined, '+5541987991234'],
    ['(41) 8799-1234', 'BR', '+5541987991234'],
    ['+55 41 3799 1234', undefined, '+554137991234'],
    ['+55 11 7799 1234', undefined, '+551177991234'],
    ['+52 1 55 1234 5678', undefined, '+525512345678'],
    ['+52 55 1234 5678', undefined, '+525512345678'],
    ['1 55 1234 5678', 'MX', '+525512345678'],
    ['+54 9 11 2345 6789', undefined, '+5491123456789'],
    ['011 15 2345-6789', 'AR', '+5491123456789'],
    ['+54 11 2345 6789', undefined, '+541123456789'],
  ])('%s in %s, in any form of its country, is %s', (text, country, number) =>
    expect(normalPhone(text, country)).toBe(number),
  )

  it.each([
    ['+33 1 23 45 67 89', undefined, '+33123456789'],
    ['01 23 45 67 89', 'FR', '+33123456789'],
    ['(416) 555-0123', 'CA', '+14165550123'],
    ['+1 (416) 555-0123', 'FR', '+14165550123'],
    ['050 123 4567', 'AE', '+971501234567'],
    ['0033 1 23 45 67 89', 'FR', '+33123456789'],
    ['\u202a+33 1 23 45 67 89\u202c', undefined, '+33123456789'],
    ['\u2066\u200e+33 1 23 45\u200b 67 89\u200f\u2069', undefined, '+33123456789'],
    ['+33\u00a01\u202f23\u00a045\u202f67 89', undefined, '+33123456789'],
    ['\u202d01 23 45 67 89\u202c', 'FR', '+33123456789'],
    ['＋３３ １ ２３ ４５ ６７ ８９', undefined, '+33123456789'],
    ['tel:+33-1-23-45-67-89', undefined, '+33123456789'],
    ['TEL: +33 1 23 45 67 89', undefined, '+33123456789'],
    ['tel:%2B33123456789', undefined, '+33123456789'],
    ['tel:01-23-45-67-89;phone-context=+33', undefined, '+33123456789'],
    ['whatsapp:+5541987991234', undefined, '+5541987991234'],
    ['tel://+33612345681', undefined, '+33612345681'],
    ['Tél. : 06 12 34 56 81', 'FR', '+33612345681'],
    ['Tel.: +33 6 12 34 56 81', undefined, '+33612345681'],
    ['Mobile : 06 12 34 56 81', 'FR', '+33612345681'],
    ['phone: (416) 555-0123', 'CA', '+14165550123'],
    ['+55 (0xx41) 8799-1237', undefined, '+5541987991237'],
    ['0XX41 98799-1237', 'BR', '+5541987991237'],
    ['044 55 1234 5678', 'MX', '+525512345678'],
    ['045-55-1234-5678', 'MX', '+525512345678'],
    ['01 55 1234 5678', 'MX', '+525512345678'],
    ['+39 055 123456', undefined, '+39055123456'],
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
    ['+55 41 879 1234', undefined],
    ['+55 41 98799 12345', undefined],
    ['+52 1 55 1234 567', undefined],
    ['+52 2 55 1234 5678', undefined],
    ['tel:', undefined],
    ['tel:+33123456789;ext=12', undefined],
    ['\u202a\u202c', 'FR'],
    ['', 'FR'],
  ])('%s in %s is none', (text, country) => expect(normalPhone(text, country)).toBeUndefined())
})

it('reads a domain as addresses have it', () => {
  expect(normalDomain(' Bücher.Example')).toBe('xn--bcher-kva.example')
  expect(normalDomain('localhost')).toBeUndefined()
  expect(normalDomain('a b.example')).toBeUndefined()
})
