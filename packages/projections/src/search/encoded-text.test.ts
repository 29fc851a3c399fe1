import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isLearned, isRandom, searchable, searchedWords, withoutEncodings } from './words.ts'

const bytes = fc.noBias(fc.uint8Array({ minLength: 600, maxLength: 1_200 })).map((data) => Buffer.from(data))
const uuid = '3f2a9e10-7d9d-4c2b-8a51-0e1f2a3b4c5d'
/** Data without long repetitions, like compressed files and keys. */
const mixed = bytes.filter((data) => new Set(data).size > data.length / 4)

it.each(['base64', 'base64url', 'hex'] as const)('leaves out data in %s', (encoding) => {
  const dense = mixed.filter((data) => /[^a-f]/.test(data.toString('hex')))
  fc.assert(
    fc.property(dense, (data) => {
      const text = `Voici le fichier: ${data.toString(encoding)} merci`
      const { words } = searchable(text)
      expect(words).toEqual(['voici', 'le', 'fichier', 'merci'])
    }),
    { examples: [[Buffer.from(Array.from({ length: 256 }, (_, n) => (n * 167) % 256))]] },
  )
})

it('leaves out base64 in lines of 76 characters', () => {
  const data = Buffer.from(Array.from({ length: 570 }, (_, n) => (n * n * 31 + n * 7) % 256))
  const lines = data.toString('base64').match(/.{76}/g) ?? []
  expect(searchable(lines.join('\r\n')).words).toEqual([])
})

it.each([
  ['an order number', 'CMD-2026-000417', ['cmd', '2026', '000417']],
  ['an article number', 'Réf. AB12-CD34/EF-7', ['ref', 'ab12', 'cd34', 'ef', '7']],
  ['an error code', 'ORA-00942, 0x80070005, E_INVALIDARG', ['ora', '00942', '0x80070005', 'e', 'invalidarg']],
  ['a UUID', '3f2a9e10-7d9d-4c2b-8a51-0e1f2a3b4c5d', ['3f2a9e10', '7d9d', '4c2b', '8a51', '0e1f2a3b4c5d']],
  ['a host', 'https://shop.example.com/panier?id=7', ['https', 'shop', 'example', 'com', 'panier', 'id', '7']],
  ['a tracking number', '1Z999AA10123456784', ['1z999aa10123456784']],
  ['a commit', 'da39a3ee5e6b4b0d3255bfef95601890afd80709', ['da39a3ee5e6b4b0d3255bfef95601890afd80709']],
  ['an IBAN', 'FR7630006000011234567890189', ['fr7630006000011234567890189']],
])('finds %s', (_, text, words) => {
  expect(searchable(text).words).toEqual(words)
  expect(searchedWords(text, 20)).toEqual(words)
})

it('finds a SHA-256, and an address however long its local part is', () => {
  const hash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  expect(searchable(hash).words).toEqual([hash])
  const address = `bounce-${'a1B2'.repeat(14)}@example.com`
  expect(searchable(`de ${address}`).addresses).toEqual([address.toLowerCase()])
})

it.each([
  'how-to-fix-your-printer-when-it-does-not-respond-to-the-computer-in-2026',
  'com/guichet/support/TicketProjectionCouldNotBeInitialisedInTimeException',
  '================================================================================',
  '1234567890'.repeat(8),
  `https://desk.example.com/tenants/${uuid}/files/${uuid}`,
  `https://app.exemple.fr/clients/commandes/${uuid}/pieces-jointes`,
  `/var/lib/app/uploads/2026/11/22/${uuid}_facture-2026-000123.pdf`,
])('keeps %s', (text) => {
  expect(withoutEncodings(text)).toBe(text)
})

it('finds the words of a path with a UUID, before and after it', () => {
  const path = `/var/lib/app/uploads/2026/11/22/${uuid}_facture-2026-000123.pdf`
  expect(searchable(path).words).toEqual(expect.arrayContaining(['uploads', ...uuid.split('-'), 'facture', '000123']))
})

it('parses a search as it parses a text', () => {
  const run = fc.string({
    unit: fc.constantFrom('a', 'Z', '9', 'b', 'Y', '8', '+', '/', ' ', '-', '_', '='),
    maxLength: 300,
  })
  fc.assert(
    fc.property(run, (text) => {
      expect(searchedWords(text, 1_000)).toEqual(searchable(text).words)
    }),
  )
})

it.each([
  ['a1b2c3d4e5f6g7', true],
  ['9e107d9d372bb682', true],
  ['1z999aa10123456784', false],
  ['sku12345ab', false],
  ['a1b2c3d4', false],
  ['donaudampfschifffahrtsgesellschaft', false],
])('tells that %s is random: %s', (word, random) => {
  expect(isRandom(word)).toBe(random)
  expect(isLearned(word)).toBe(!random)
})

it('indexes two thousand different words of a text, and no more', () => {
  const words = Array.from({ length: 5_000 }, (_, n) => `mot${n}`)
  expect(searchable(words.join(' ')).words).toEqual(words.slice(0, 2_000))
})
