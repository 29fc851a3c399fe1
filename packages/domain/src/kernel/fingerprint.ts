/**
 * A 128-bit hash of data, as 32 hexadecimal digits: the same for the same data whatever the order of its keys, and the
 * same in every version of the product, since fingerprints are stored. Not cryptographic: it distinguishes a repeat
 * from a mistake, and protects no secret.
 */
export function fingerprintOf(data: unknown): string {
  return hash128(canonicalJson(data))
}

/** JSON with the keys of every object sorted; undefined values are left out. */
export function canonicalJson(data: unknown): string {
  if (typeof data !== 'object' || data === null) return JSON.stringify(data) ?? 'null'
  if (Array.isArray(data)) return `[${data.map(canonicalJson).join(',')}]`
  let fields = ''
  for (const key of Object.keys(data).sort()) {
    const value = (data as Readonly<Record<string, unknown>>)[key]
    if (value !== undefined) fields += `${fields && ','}${JSON.stringify(key)}:${canonicalJson(value)}`
  }
  return `{${fields}}`
}

/**
 * MurmurHash3_x86_128, seed 0, over the UTF-16 code units of a text, low byte first; its four words as 32 hexadecimal
 * digits.
 */
export function hash128(text: string): string {
  let h1 = 0
  let h2 = 0
  let h3 = 0
  let h4 = 0
  let at = 0
  for (; at + 8 <= text.length; at += 8) {
    h1 ^= scrambled(word(text, at), 0x239b961b, 15, 0xab0e9789)
    h1 = (Math.imul(rotated(h1, 19) + h2, 5) + 0x561ccd1b) | 0
    h2 ^= scrambled(word(text, at + 2), 0xab0e9789, 16, 0x38b34ae5)
    h2 = (Math.imul(rotated(h2, 17) + h3, 5) + 0x0bcaa747) | 0
    h3 ^= scrambled(word(text, at + 4), 0x38b34ae5, 17, 0xa1e38b93)
    h3 = (Math.imul(rotated(h3, 15) + h4, 5) + 0x96cd1c35) | 0
    h4 ^= scrambled(word(text, at + 6), 0xa1e38b93, 18, 0x239b961b)
    h4 = (Math.imul(rotated(h4, 13) + h1, 5) + 0x32ac3b17) | 0
  }
  h1 ^= scrambled(lastWord(text, at), 0x239b961b, 15, 0xab0e9789)
  h2 ^= scrambled(lastWord(text, at + 2), 0xab0e9789, 16, 0x38b34ae5)
  h3 ^= scrambled(lastWord(text, at + 4), 0x38b34ae5, 17, 0xa1e38b93)
  h4 ^= scrambled(lastWord(text, at + 6), 0xa1e38b93, 18, 0x239b961b)
  const bytes = text.length * 2
  h1 ^= bytes
  h2 ^= bytes
  h3 ^= bytes
  h4 ^= bytes
  h1 = (h1 + h2 + h3 + h4) | 0
  h2 = avalanched((h2 + h1) | 0)
  h3 = avalanched((h3 + h1) | 0)
  h4 = avalanched((h4 + h1) | 0)
  h1 = (avalanched(h1) + h2 + h3 + h4) | 0
  return hexadecimal(h1) + hexadecimal(h2 + h1) + hexadecimal(h3 + h1) + hexadecimal(h4 + h1)
}

/** Two code units within a text. Reading beyond the end of the text makes hashing twice as slow. */
const word = (text: string, at: number): number => text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16)

/** Two code units; those beyond the end are zero. */
const lastWord = (text: string, at: number): number =>
  at + 1 < text.length ? word(text, at) : at < text.length ? text.charCodeAt(at) : 0

const rotated = (word: number, by: number): number => (word << by) | (word >>> (32 - by))

const scrambled = (word: number, first: number, by: number, second: number): number =>
  Math.imul(rotated(Math.imul(word, first), by), second)

const byte = (word: number, shift: number): string => twoDigits[(word >>> shift) & 0xff] ?? ''

const twoDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

const hexadecimal = (word: number): string => byte(word, 24) + byte(word, 16) + byte(word, 8) + byte(word, 0)

function avalanched(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}

/**
 * Whether two values hold the same data: plain objects and arrays are compared by their contents; a missing key equals
 * an undefined one.
 */
export function isDeepEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [left, right] = [new Map(Object.entries(a)), new Map(Object.entries(b))]
  return [...new Set([...left.keys(), ...right.keys()])].every((key) => isDeepEqual(left.get(key), right.get(key)))
}
