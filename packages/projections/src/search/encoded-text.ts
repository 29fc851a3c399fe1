/** Longer than what people look for as a whole: a UUID has 36 characters, a SHA-256 in hexadecimal 64. */
const longRun = /[\w+/=-]{65,}/g

/** In how large a share of its characters a run changes between capitals, small letters and digits, if it is encoded. */
const changing = 0.2

/**
 * How long the part between `/`, `-` and `_` is in which a character of an encoded run stands, on average: it is twice 64 in
 * base64, twice 32 in its url-safe form, and 12 at most in a UUID.
 */
const partLength = 20

/**
 * A text without its long encoded parts: base64, base32 and hexadecimal runs of more than 64 characters, as in attachments,
 * tokens and dumps that were pasted. Addresses of pages and paths with UUIDs, names in code and words joined by hyphens stay, however long.
 */
export function withoutEncodings(text: string): string {
  return text.replace(longRun, (run) => (isEncoded(run) ? ' ' : run))
}

/**
 * Whether a word looks random: more than twelve characters that change more than four times between letters and digits. As a
 * whole it can be looked for, but nobody looks for a part of it, or misspells it.
 */
export const isRandom = (word: string): boolean => word.length > 12 && changesIn(word) > 4

type Kind = 'small' | 'capital' | 'digit'

/** How often letters and digits, and small letters and capitals, follow each other; a capital before small letters begins a name. */
function changesIn(text: string): number {
  let changes = 0
  let before: Kind | undefined
  for (const character of text) {
    const kind = kindOf(character)
    if (kind === undefined) continue
    if (before !== undefined && kind !== before && !(before === 'capital' && kind === 'small')) changes++
    before = kind
  }
  return changes
}

const isEncoded = (run: string): boolean => changesIn(run) >= changing * run.length && averagePart(run) > partLength

/** The length of a part, averaged over the characters of a run: long parts count by their length. */
function averagePart(run: string): number {
  const lengths = run.split(/[-/_]/).map(({ length }) => length)
  const characters = lengths.reduce((sum, length) => sum + length, 0)
  return lengths.reduce((sum, length) => sum + length * length, 0) / Math.max(characters, 1)
}

function kindOf(character: string): Kind | undefined {
  if (character >= '0' && character <= '9') return 'digit'
  if (character >= 'A' && character <= 'Z') return 'capital'
  if (character >= 'a' && character <= 'z') return 'small'
  return undefined
}
