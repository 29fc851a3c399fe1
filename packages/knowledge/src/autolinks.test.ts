import { expect, it } from 'vitest'
import { addressesIn } from './autolinks.ts'

const linked = (text: string): readonly string[] => addressesIn(text).map(({ start, end }) => text.slice(start, end))

it.each([
  ['See https://a.example/b?c=d#e.', 'https://a.example/b?c=d#e'],
  ['(http://a.example/b_(c))', 'http://a.example/b_(c)'],
  ['http://localhost:3000/, HTTPS://A.EXAMPLE!', 'http://localhost:3000/ HTTPS://A.EXAMPLE'],
  ['"www.a.example", 请看https://b.example。', 'www.a.example https://b.example'],
  ['https://münchen.example/straße', 'https://münchen.example/straße'],
  ['https://a.example/@b?c=d@e.example', 'https://a.example/@b?c=d@e.example'],
  ['a.b+c@d-e.example. f@g.example', 'a.b+c@d-e.example f@g.example'],
])('links addresses in %s', (text, addresses) => {
  expect(linked(text).join(' ')).toBe(addresses)
})

it.each([
  'config.sh',
  'a www',
  'xwww.a.example',
  'a@b',
  '@b.example',
  'a@.example',
  'a@b..example',
  'https://',
  'www.',
  'xhttps://a.example',
])('links nothing in %s', (text) => {
  expect(linked(text)).toEqual([])
})

it('leads to the address as it is written, to `www.` by http, and to mailboxes by mail', () => {
  expect(addressesIn('https://a.example www.b.example c@d.example').map(({ href }) => href)).toEqual([
    'https://a.example',
    'http://www.b.example',
    'mailto:c@d.example',
  ])
})
