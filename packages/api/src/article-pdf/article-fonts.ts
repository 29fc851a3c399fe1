import type { PdfFont } from '../transcript/fonts.ts'
import { openFont } from '../transcript/fonts.ts'

/** How a part of an article is written. */
type FontStyle = { readonly isStrong?: boolean; readonly isEmphasised?: boolean; readonly isCode?: boolean }

/** The fonts of an article, each opened when it is first needed. */
const paths = {
  text: '@fontsource/dejavu-sans/files/dejavu-sans-latin-400-normal.woff',
  strong: '@fontsource/dejavu-sans/files/dejavu-sans-latin-700-normal.woff',
  emphasised: '@fontsource/dejavu-sans/files/dejavu-sans-latin-400-italic.woff',
  devanagari: '@fontsource/noto-sans-devanagari/files/noto-sans-devanagari-devanagari-400-normal.woff',
  devanagariStrong: '@fontsource/noto-sans-devanagari/files/noto-sans-devanagari-devanagari-700-normal.woff',
  arabic: '@fontsource/noto-sans-arabic/files/noto-sans-arabic-arabic-400-normal.woff',
  arabicStrong: '@fontsource/noto-sans-arabic/files/noto-sans-arabic-arabic-700-normal.woff',
  all: '@fontsource/unifontex/files/unifontex-latin-400-normal.woff',
} as const

type FontName = keyof typeof paths

/** The font of code: every reader of PDF has it, for ASCII. */
const codeFont = 'Courier'

/** The scripts whose letters have fonts of their own, which join them. */
const scripts: readonly { readonly letters: RegExp; readonly font: FontName; readonly strong: FontName }[] = [
  { letters: /^[\p{Script_Extensions=Arabic}]/u, font: 'arabic', strong: 'arabicStrong' },
  { letters: /^[\p{Script_Extensions=Devanagari}]/u, font: 'devanagari', strong: 'devanagariStrong' },
]

/**
 * Chooses the font of each character: DejaVu for alphabets, Noto for Devanagari, and for the Arabic letters of a text that has
 * some which DejaVu lacks, and UnifontEX for all else of Unicode.
 */
export function createArticleFonts(
  text: string,
  register: (font: PdfFont) => void,
): (character: string, style: FontStyle) => string {
  const fonts = new Map<FontName, PdfFont>()
  const fontOf = (name: FontName): PdfFont => {
    const font = fonts.get(name) ?? openFont(name, paths[name])
    if (!fonts.has(name)) register(font)
    fonts.set(name, font)
    return font
  }
  // DejaVu has no heh of Urdu. Letters of one word have one font.
  const hasArabic = [...new Set(text.match(/\p{Script=Arabic}/gu))].every((letter) =>
    fontOf('text').has(letter.codePointAt(0) ?? 0),
  )
  return (character, { isStrong, isEmphasised, isCode }) => {
    if (isCode && /^[\x20-\x7e]$/.test(character)) return codeFont
    const codePoint = character.codePointAt(0) ?? 0
    const script = scripts.find(({ letters }) => letters.test(character))
    if (script && !(hasArabic && script.font === 'arabic')) {
      const ofScript = fontOf(isStrong ? script.strong : script.font)
      if (ofScript.has(codePoint)) return ofScript.name
    }
    const font = fontOf(isStrong ? 'strong' : isEmphasised ? 'emphasised' : 'text')
    if (font.has(codePoint)) return font.name
    return fontOf('text').has(codePoint) ? 'text' : fontOf('all').name
  }
}
