import { describe, expect, it } from 'vitest'
import type { LanguageDetector } from './language-detection.ts'
import { detectLanguage, otherLanguageOf } from './language-detection.ts'

/** A detector by one word of each language, which says what it was asked. */
function byWord(scores: Readonly<Record<string, number>> = {}) {
  const asked: { readonly text: string; readonly among: readonly string[] | undefined }[] = []
  const detector: LanguageDetector = {
    languages: new Set(['fr', 'en', 'pt', 'no']),
    detect: async (text, among) => {
      asked.push({ text, among })
      const [language] = Object.entries(scores).sort(([, a], [, b]) => b - a)[0] ?? []
      return language === undefined ? undefined : { language, scores }
    },
  }
  return { asked, detector }
}

const long =
  'Une phrase qui a bien plus de quatre-vingts lettres, pour que personne ne dise que le texte est trop court.'

describe('the language of a person', () => {
  it('is told from all their words together, as a language of the desk', async () => {
    const { asked, detector } = byWord({ pt: 0.8 })
    expect(await detectLanguage(detector, ['Olá a todos', 'não funciona'], ['fr', 'pt-BR'])).toBe('pt-BR')
    expect(asked).toEqual([{ text: 'Olá a todos\nnão funciona', among: ['fr', 'pt'] }])
  })

  it('is asked for by the names that detectors have for languages', async () => {
    const { asked, detector } = byWord({ no: 0.8 })
    expect(await detectLanguage(detector, ['Jeg kan ikke logge inn'], ['en-GB', 'en', 'nb-NO', 'fil'])).toBe('nb-NO')
    expect(asked[0]?.among).toEqual(['en', 'no', 'tl'])
  })

  it.each([[['ok']], [['Help']], [['123 456 789 012 345 678']], [[]]])('is not told from %j', async (texts) => {
    const { asked, detector } = byWord({ en: 0.9 })
    expect(await detectLanguage(detector, texts, ['en'])).toBeUndefined()
    expect(asked).toEqual([])
  })

  it('is not told where the detector is unsure, and of a long history the latest words count', async () => {
    const { asked, detector } = byWord()
    expect(await detectLanguage(detector, ['the latest', 'x'.repeat(100_000)], ['en'])).toBeUndefined()
    expect(asked[0]?.text).toHaveLength(10_000)
    expect(asked[0]?.text).toMatch(/^the latest/)
  })
})

describe('the other language of an article', () => {
  it('is the one that its words are in', async () => {
    expect(await otherLanguageOf(byWord({ fr: 0.8, en: 0.3 }).detector, long, 'en-GB')).toBe('fr')
    expect(await otherLanguageOf(byWord({ fr: 0.8 }).detector, long, 'fr-CA')).toBeUndefined()
  })

  it('is none where the languages are alike, nothing can be told of its own, or the text is short', async () => {
    expect(await otherLanguageOf(byWord({ fr: 0.8, pt: 0.7 }).detector, long, 'pt')).toBeUndefined()
    expect(await otherLanguageOf(byWord({ fr: 0.8 }).detector, long, 'ga')).toBeUndefined()
    expect(await otherLanguageOf(byWord({ no: 0.8 }).detector, long, 'nb')).toBeUndefined()
    expect(await otherLanguageOf(byWord({ fr: 0.8 }).detector, 'Une phrase courte.', 'en')).toBeUndefined()
  })

  it('is not that of code and addresses', async () => {
    const { asked, detector } = byWord({ fr: 0.8 })
    const text = `\`\`\`js\nconst language = 'english'\n\`\`\`\n${long} [ici](https://example.org/english) et \`english\``
    await otherLanguageOf(detector, text, 'fr')
    expect(asked[0]?.text).not.toContain('english')
  })
})
