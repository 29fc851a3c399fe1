const ascii = /^[\0-\x7f]*$/
const marks = /\p{M}+/gu
const spelled: Readonly<Record<string, string>> = { œ: 'oe', æ: 'ae', ß: 'ss', ø: 'o', ł: 'l', đ: 'd', ı: 'i' }

/**
 * Text without case and accents: `Œuvre Égarée` and `oeuvre egaree` are the same. Done here and not in Postgres, whose
 * own folding depends on extensions and on the locale a cluster was created with.
 */
export function foldText(text: string): string {
  if (ascii.test(text)) return text.toLowerCase()
  return text
    .normalize('NFKD')
    .replace(marks, '')
    .toLowerCase()
    .replace(/[œæßøłđı]/g, (letter) => spelled[letter] ?? letter)
}
