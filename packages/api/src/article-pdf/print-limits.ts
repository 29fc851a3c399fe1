/** The most pages that an article has on paper. */
export const mostPages = 200

/** With which code the program that makes a PDF ends where an article has more pages than that. */
export const tooManyPagesCode = 3

/** How many pictures of an article are drawn; others are their descriptions. */
export const mostPictures = 50

/** The scripts whose letters the fonts join and place as they are written. */
const scripts: ReadonlySet<string> = new Set(
  'Latn Cyrl Grek Armn Geor Hebr Arab Deva Hans Hant Jpan Kore Hang Hani Bopo'.split(' '),
)

/** Whether a text in a language is right on paper: the letters of other scripts, such as Tamil, would stand unjoined. */
export function isPrintable(language: string): boolean {
  const { script } = new Intl.Locale(language).maximize()
  return script !== undefined && scripts.has(script)
}
