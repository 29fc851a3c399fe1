const ascii = /^[\0-\x7f]*$/
const marks = /\p{M}+/gu
const spelled: Readonly<Record<string, string>> = { œ: 'oe', æ: 'ae', ß: 'ss', ø: 'o', ł: 'l', đ: 'd', ı: 'i' }

/**
 * Text without case and accents: `Œuvre Égarée` and `oeuvre egaree` are the same. Done here and not in Postgres, whose
 * own folding depends on extensions and on the locale a cluster was created with. Takes time in proportion to the text:
 * marks go before the others are parted from their letters, since putting a long run of them in order does not.
 */
export function foldText(text: string): string {
  if (ascii.test(text)) return text.toLowerCase()
  return text
    .replace(marks, '')
    .normalize('NFKD')
    .replace(marks, '')
    .toLowerCase()
    .replace(/[œæßøłđı]/g, (letter) => spelled[letter] ?? letter)
}
