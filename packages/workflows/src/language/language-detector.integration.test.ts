import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { detectLanguage, otherLanguageOf } from '@guichet/domain'
import { languageDetector } from './language-detector.ts'

const detector = languageDetector()
const others: { stop(): Promise<void> }[] = []
afterAll(async () => {
  for (const each of [detector, ...others]) await each.stop()
})

const desk = ['fr', 'en', 'ar', 'de', 'es', 'hi', 'ur']

describe('a detector of languages', () => {
  it.each([
    ['fr', 'Bonjour, je n’arrive plus à me connecter à mon compte.'],
    ['en', 'Hello, my order has not arrived yet and nobody answers.'],
    ['ar', 'مرحبا، لا أستطيع الدخول إلى حسابي منذ أمس'],
    ['de', 'Guten Tag, ich kann mich nicht mehr anmelden.'],
    ['es', 'Hola, no puedo entrar en mi cuenta desde ayer.'],
    ['hi', 'नमस्ते, मेरा भुगतान दो बार हो गया है'],
    ['ur', 'سلام، میرا آرڈر ابھی تک نہیں آیا اور کوئی جواب نہیں دیتا'],
  ])('tells %s', async (language, text) => {
    expect(await detectLanguage(detector, [text], desk)).toBe(language)
  })

  it('tells Norwegian on a desk that has it under the tag of its first written form', async () => {
    const text = 'Hei, jeg kan ikke logge inn på kontoen min, og ingen svarer meg.'
    expect(await detectLanguage(detector, [text], [...desk, 'nb'])).toBe('nb')
  })

  it.each(['ok', 'Help', 'Merci !', '1234567890123456789', '', '\u0000\ud800', '𝕳𝖊𝖑𝖕'])(
    'tells nothing of %j',
    async (text) => {
      expect(await detectLanguage(detector, [text], desk)).toBeUndefined()
    },
  )

  it('answers many at once, each its own, and ends and starts again', async () => {
    const brief = languageDetector({ idleMs: 1 })
    others.push(brief)
    const texts = { fr: 'Je ne comprends pas ce message', en: 'I do not understand this message' }
    const asked = Array.from({ length: 100 }, (_, n) => (n % 2 ? 'fr' : 'en'))
    const answers = await Promise.all(asked.map((each) => brief.detect(texts[each], ['fr', 'en'])))
    expect(answers.map((each) => each?.language)).toEqual(asked)
    expect((await brief.detect(texts.fr))?.language).toBe('fr')
  })

  it('says nothing in place of waiting: too late, too many, or stopped', async () => {
    const late = languageDetector({ withinMs: 0 })
    others.push(late)
    expect(await late.detect('Je ne comprends pas ce message')).toBeUndefined()
    const crowd = languageDetector()
    const answers = await Promise.all(
      Array.from({ length: 300 }, () => crowd.detect('Je ne comprends pas ce message', ['fr', 'en'])),
    )
    expect(answers.filter((each) => each?.language === 'fr')).toHaveLength(200)
    await crowd.stop()
    expect(await crowd.detect('Je ne comprends pas ce message')).toBeUndefined()
  })

  it('leaves the process free to answer others while a text of 10 MB is looked at', async () => {
    expect(await detector.detect('Je ne comprends pas ce message. '.repeat(300_000), ['fr', 'en'])).toMatchObject({
      language: 'fr',
    })
  })
})

/** A text of a real help centre (Organic Maps, Apache-2.0), as the tests of the import have it. */
const page = (path: string): string =>
  readFileSync(new URL(`../../../import/src/testing/faq/${path}`, import.meta.url), 'utf8').replace(
    /^---[^]*?\n---\n/,
    '',
  )

describe('an article in another language than it says', () => {
  it('is noticed: this one came in as Polish', async () => {
    const text = `Bu muhtemelen bizim hatamız ve bir sonraki güncellemede bunu düzeltmekten mutluluk duyacağız.

Android'de, haritalarınızı bir SD kartta saklarsanız, bunun en olası nedeni hatalı bir SD karttır.`
    expect(await otherLanguageOf(detector, text, 'pl')).toBe('tr')
  })

  it.each([
    ['es', 'app/how-to-use-android-auto/index.es.md'],
    ['en', 'app/how-to-use-android-auto/index.md'],
    ['es', 'app/which-ios-and-android-versions-are-supported/index.es.md'],
    ['en', 'app/which-ios-and-android-versions-are-supported/index.md'],
    ['de', 'bookmarks/android-track-recording/index.de.md'],
    ['zh-Hans', 'bookmarks/how-to-export/index.zh-Hans.md'],
  ])('is none in %s of %s', async (language, path) => {
    expect(await otherLanguageOf(detector, page(path), language)).toBeUndefined()
  })
})
