import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { inParts } from './model.ts'
import { editDistance } from './understand.ts'
import { foldText, searchable, searchedWords, spellingsOf, spellingsOfWord, textWords } from './words.ts'

it.each([
  ['Problème RÉSEAU', 'probleme reseau'],
  ['Œuvre, Straße, Łódź', 'oeuvre, strasse, lodz'],
  ['ΠΡΌΒΛΗΜΑ', 'προβλημα'],
  ['पासवर्ड ख़त्म', 'पासवर्ड खत्म'],
  ['รหัสผ่าน', 'รหัสผ่าน'],
  ['كَلِمَةُ ٱلسِّرّ', 'كلمه ٱلسر'],
  ['کلید ـ ى', 'كليد  ي'],
  ['می\u200cخواهم', 'ميخواهم'],
])('folds %s to %s', (text, folded) => {
  expect(foldText(text)).toBe(folded)
})

it('folds idempotently', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => foldText(foldText(text)) === foldText(text)))
})

it('splits a text into words and also keeps addresses whole', () => {
  expect(searchable("L'imprimante: écrire à Zoe.Dupont@Example.com!")).toEqual({
    words: ['l', 'imprimante', 'ecrire', 'a', 'zoe', 'dupont', 'example', 'com'],
    addresses: ['zoe.dupont@example.com'],
  })
})

it.each([
  ['<zoe@example.com>,', ['zoe@example.com']],
  ['mailto:zoe+desk@example.com.', ['zoe+desk@example.com']],
  ['zoe@example.com;Zoe@Example.com', ['zoe@example.com']],
  ['zoé@exämple.com', ['zoe@example.com']],
  ['zoe@localhost, @zoe, zoe@', []],
  [`${'a'.repeat(308)}@example.com`, [`${'a'.repeat(308)}@example.com`]],
  [`${'a'.repeat(309)}@example.com`, []],
])('finds the addresses in %s', (text, addresses) => {
  expect(searchable(text).addresses).toEqual(addresses)
})

it.each([
  ['我家在上海东边。', ['我家', '家在', '在上', '上海', '海东', '东边']],
  ['上海', ['上海']],
  ['第3章', ['第', '3', '章']],
  ['iPhone手機が壊れた', ['iphone', '手機', '機か', 'か壊', '壊れ', 'れた']],
  ['サーバー', ['サー', 'ーハ', 'ハー']],
  ['ｻｰﾊﾞｰ', ['サー', 'ーハ', 'ハー']],
  ['서울에서 왔어요', ['서울', '울에', '에서', '왔어', '어요']],
  ['佐々木', ['佐々', '々木']],
  ['รหัส', ['รห', 'หั', 'ัส']],
  ['पासवर्ड भूल', ['पासवर्ड', 'भूल']],
  ['𠮷野家', ['𠮷野', '野家']],
  ['上海'.repeat(100), ['上海', '海上']],
  ['Ελλάδα Москва', ['ελλαδα', 'москва']],
])('reads %s, of scripts without spaces in pairs of characters', (text, words) => {
  expect(searchable(text).words).toEqual(words)
  expect(searchedWords(text, 20)).toEqual(words)
})

const long = 65_536

/** The CPU time of this process in microseconds, without other processes. */
function cost(work: () => unknown): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

/** The cost of sixty ordinary texts; a text that is scanned again from each of its characters costs thousands. */
const muchMore = (): number => {
  const ordinary = 'ordinary words, '.repeat(long / 16)
  return cost(() => Array.from({ length: 60 }, () => searchable(ordinary)))
}

it.each([
  ['in the wrong order', '\u0301\u0316'.repeat(long / 2)],
  ['of a kind after those of another', '\u0301'.repeat(long / 2) + '\u0316'.repeat(long / 2)],
])('puts no long run of accents %s in order', (_, text) => {
  const normalize = vi.spyOn(String.prototype, 'normalize')
  try {
    expect(searchable(`e${text}`)).toEqual({ words: ['e'], addresses: [] })
    const given = normalize.mock.contexts.map(String)
    expect(given.length).toBeGreaterThan(0)
    for (const one of given) expect(one).not.toMatch(/\p{M}{9}/u)
  } finally {
    normalize.mockRestore()
  }
})

it('puts no long run of the vowel signs of a script in order', () => {
  const normalize = vi.spyOn(String.prototype, 'normalize')
  try {
    const text = `क${'\u094d\u0951'.repeat(long / 2)}`
    expect(searchable(text).words).toHaveLength(1)
    expect(textWords(text)).toHaveLength(1)
    for (const one of normalize.mock.contexts.map(String)) expect(one).not.toMatch(/\p{M}{9}/u)
  } finally {
    normalize.mockRestore()
  }
})

it.each([
  ['letters after an @', `@ ${'a'.repeat(long)}`],
  ['a domain without end', `a@${'b'.repeat(long)}`],
  ['an address without end', `a@b.${'c'.repeat(long)}`],
  ['dots without end', `a@${'b.'.repeat(long / 2)}`],
  ['addresses without a space', 'a@b'.repeat(long / 3)],
  ['addresses without a letter', '@'.repeat(long)],
])('finds no address in %s, for the price of some ordinary texts', (_, text) => {
  const taken = cost(() => expect(searchable(text).addresses).toEqual([]))
  expect(taken).toBeLessThan(muchMore())
})

it('bounds the searchable part of a text', () => {
  const text = Array.from({ length: 40_000 }, (_, n) => `${'ω'.repeat(84)}${n}@a.b`)
  const { words, addresses } = searchable(text.join(' '))
  expect(Buffer.byteLength(words.join(' '))).toBeLessThanOrEqual(200_000)
  expect(Buffer.byteLength(words.join(' '))).toBeGreaterThan(150_000)
  expect(addresses).toHaveLength(100)
  const unspaced = Array.from({ length: 40_000 }, (_, n) => String.fromCodePoint(0x4e00 + ((n * 7_919) % 20_000)))
  expect(searchable(unspaced.slice(0, 15_000).join('')).words).toHaveLength(14_999)
  expect(searchable(unspaced.join('')).words.length).toBeLessThanOrEqual(20_000)
})

it('writes many words in parts, and a long text whole', () => {
  const text = (size: number) => ({ configuration: 'simple', words: Array<string>(size).fill('a'), exact: ['b'] })
  const sizes = (...texts: readonly number[]): number[][] =>
    inParts(texts.map(text)).map((part) => part.map(({ words }) => words.length))
  expect(sizes()).toEqual([])
  expect(sizes(1, 2, 3)).toEqual([[1, 2, 3]])
  expect(sizes(200_000, 99_998, 1, 200_000, 400_000, 5)).toEqual([[200_000, 99_998], [1, 200_000], [400_000], [5]])
})

it('searches an address as a whole, and each word once', () => {
  expect(searchedWords('Panne panne a.b@example.com', 12)).toEqual(['a.b@example.com', 'panne'])
  expect(searchedWords('un deux trois', 2)).toEqual(['un', 'deux'])
})

it('finds every word of a searchable text', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('@')),
      (text) => {
        const { words } = searchable(text)
        expect(searchedWords(text, 1_000).every((word) => words.includes(word))).toBe(true)
      },
    ),
  )
})

it.each([
  ['imprimante', 'imprmiante', 1],
  ['connexion', 'conexion', 1],
  ['facture', 'fracture', 1],
  ['martin', 'martine', 1],
  ['ecran', 'crane', 2],
  ['', 'abc', 3],
])('counts the edits from %s to %s', (a, b, edits) => {
  expect(editDistance(a, b, 3)).toBe(edits)
  expect(editDistance(b, a, 3)).toBe(edits)
})

it('counts distances up to the maximum exactly, whatever the maximum', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 9 })
  fc.assert(
    fc.property(word, word, fc.nat(4), (a, b, most) => {
      const edits = editDistance(a, b, 9)
      const counted = editDistance(a, b, most)
      expect(edits <= most ? counted === edits : counted > most).toBe(true)
    }),
  )
})

it.each([
  ['Guðmundsson', 'gudmundsson'],
  ['Þór', 'thor'],
  ['O’Brien', 'obrien'],
  ["O'Brien", 'obrien'],
  ['D`Angelo', 'dangelo'],
  ['Oʼbrien', 'obrien'],
  ['Müller', 'mueller'],
])('%s is found as %s among customers', (name, word) => expect(spellingsOf(name)).toContain(word))

it.each([
  ['Guðmundsson', 'Gudmundsson'],
  ['Þór', 'Thor'],
])('%s is found as %s among tickets', (name, search) => {
  expect(searchable(name).words).toEqual(searchedWords(search, 5))
})

it.each([
  ['Stück', ['stueck']],
  ['Stueck', ['stuck']],
  ['Kaas', ['kas']],
  ['Karte', []],
])('finds %s in its other spellings', (text, others) => {
  expect(textWords(text).flatMap(spellingsOfWord)).toEqual(others)
})

it('keeps each word of a text as it is written beside its folded form, as often as it occurs', () => {
  expect(textWords('Новый ключ. Ключ №735, L’été')).toEqual([
    { written: 'новый', folded: 'новыи' },
    { written: 'ключ', folded: 'ключ' },
    { written: 'ключ', folded: 'ключ' },
    { written: '735', folded: '735' },
    { written: 'l', folded: 'l' },
    { written: 'été', folded: 'ete' },
  ])
})
