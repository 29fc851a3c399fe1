import { describe, expect, it } from 'vitest'
import { overdueKinds } from '../incident/commands.ts'
import { notificationKinds } from '../notification/notification.ts'
import { ticketStatuses } from '../ticket/vocabulary.ts'
import { checkWording } from './check-wording.ts'
import { defaultWording } from './default-wording.ts'
import { english } from './english.ts'
import { french } from './french.ts'
import { renderBody, renderTemplate, renderVariants } from './render.ts'
import { customerLanguages, pluralCategories } from './locale.ts'
import type { LanguageWording } from './wording.ts'
import { languageFor, specialTexts, wordingFor } from './wording.ts'

const byKey = { firstName: 'Zoé', subject: 'Facture' }

describe('a template', () => {
  it('is filled whatever the case or Unicode form of its labels', () => {
    expect(renderTemplate('[Prénom] [PRÉNOM] [Pre\u0301nom] [sujet]', french, { byKey })).toEqual({
      ok: true,
      value: 'Zoé Zoé Zoé Facture',
    })
  })

  it('is refused as a whole, naming each placeholder without a value once', () => {
    expect(renderTemplate('[X jours] [Prénom] [X jours] [Autre]', french, { byKey })).toMatchObject({
      ok: false,
      refusal: { code: 'placeholder_without_value', message: 'no value for [X jours], [Autre]: the text is not sent' },
    })
  })

  it('is refused for a placeholder of any length, on any number of lines', () => {
    expect(renderTemplate(`[${'long '.repeat(50)}]`, french, { byKey }).ok).toBe(false)
    expect(renderTemplate('[sur\ndeux lignes]', french, { byKey }).ok).toBe(false)
  })

  it('does not accept a blank value', () => {
    expect(renderTemplate('[Prénom]', french, { byKey: { firstName: ' ' } }).ok).toBe(false)
  })

  it('inserts values unchanged', () => {
    const byLabel = { Réponse: '[Prénom] $& $1' }
    expect(renderTemplate('[Réponse]', french, { byKey, byLabel })).toEqual({ ok: true, value: '[Prénom] $& $1' })
  })

  it('does not use inherited properties as values', () => {
    expect(renderTemplate('[constructor]', french, { byKey, byLabel: {} }).ok).toBe(false)
  })
})

describe('a text of an agent', () => {
  it('keeps brackets that are no placeholders', () => {
    expect(renderBody('[Prénom], voir [1] et [guide](url)', french, { byKey })).toEqual({
      ok: true,
      value: 'Zoé, voir [1] et [guide](url)',
    })
    expect(renderBody('voir [1]', french, { byKey, byLabel: { '1': 'la page 3' } })).toEqual({
      ok: true,
      value: 'voir la page 3',
    })
  })
})

describe('variants', () => {
  it('are tried in their order', () => {
    expect(renderVariants(['[X jours]', '[Prénom]', 'rien'], french, { byKey })).toEqual({ ok: true, value: 'Zoé' })
    expect(renderVariants(['[X jours]'], french, { byKey })).toMatchObject({ ok: false })
  })
})

describe('a wording', () => {
  it('is found by tag, by primary language, by fallback, and last by any language', () => {
    expect(languageFor(defaultWording, 'fr-CA', 'en')).toBe('fr')
    expect(languageFor(defaultWording, 'ja', 'en-GB')).toBe('en')
    expect(languageFor({ de: english }, 'ja', 'fr')).toBe('de')
    expect(wordingFor({ ...defaultWording, 'fr-CA': english }, 'fr-CA', 'fr')).toBe(english)
    expect(wordingFor(defaultWording, 'constructor', 'fr')).toBe(french)
    expect(() => languageFor({}, 'fr', 'fr')).toThrow(RangeError)
  })

  it('has a usable variant of every text', () => {
    expect(() => checkWording(defaultWording)).not.toThrow()
    const notifications = { ...french.notifications, reply: { title: ['[Nom]'], message: ['x'] } } as const
    expect(() => checkWording({ fr: { ...french, notifications } })).toThrow('fr.notifications.reply.title')
  })

  it('is refused with an entry that is missing, is unknown or is no text', () => {
    const { requeued, stays } = french.chats
    const { update_overdue_urgent: _, ...notifications } = french.notifications
    expect(() => checkWording({ fr: { ...french, notifications } })).not.toThrow()
    const { reply, ...others } = notifications
    const faults: readonly (readonly [object, string])[] = [
      [{ ...french, chats: { requeued, kept: stays } }, 'fr.chats.kept: there is no such entry'],
      [{ ...french, chats: { requeued } }, 'fr.chats.stays: is missing'],
      [{ ...french, chats: undefined }, 'fr.chats: is missing'],
      [{ ...french, notifications: others }, 'fr.notifications.reply: is missing'],
      [{ ...french, notifications: { ...others, reply: { ...reply, title: 'x' } } }, 'reply.title: must be a list'],
      [{ ...french, statuses: { ...french.statuses, new: 1 } }, 'fr.statuses.new: must be a text'],
      [{ ...french, days: 'jours' }, 'fr.days: must have entries'],
      [{ ...french, days: { one: '# jour', other: '# jours' } }, 'fr.days.many: is missing'],
      [{ ...french, days: { ...french.days, two: '# jours' } }, 'fr.days.two: there is no such entry'],
      [{ ...french, language: 'en' }, 'fr.language: must be fr'],
      [{ ...french, replyTemplates: { solution: ['x'] } }, 'fr.replyTemplates: must have a text for each name'],
      [{ ...french, greetings: {} }, 'fr.greetings: there is no such entry'],
    ]
    for (const [words, message] of faults) expect(() => checkWording({ fr: words as LanguageWording })).toThrow(message)
  })

  it.each(customerLanguages.filter((language) => language !== 'en'))(
    'has the texts of English in %s, in words of its own, with the same placeholders',
    (language) => {
      const [words, inEnglish] = [defaultWording[language], sharedTexts(english)]
      const texts = sharedTexts(words)
      expect([...texts.keys()].sort()).toEqual([...inEnglish.keys()].sort())
      for (const [path, text] of inEnglish) {
        const translated = texts.get(path) ?? ''
        expect([path, translated]).not.toEqual([path, text])
        expect([path, placeholdersIn(translated, words)]).toEqual([path, placeholdersIn(text, english)])
      }
      const templates = Object.values(words.replyTemplates)
      expect(templates).toHaveLength(Object.keys(english.replyTemplates).length)
      expect(templates.filter((text) => Object.values(english.replyTemplates).includes(text))).toEqual([])
    },
  )

  it.each(customerLanguages)('writes days in %s in the form of each plural category', (language) => {
    const { days } = defaultWording[language]
    expect(Object.keys(days).sort()).toEqual([...pluralCategories(language)].sort())
    expect(() => checkWording({ [language]: { ...defaultWording[language], days: { other: '#' } } })).toThrow(
      `wording: ${language}.days.`,
    )
  })

  it.each(Object.entries(defaultWording))(
    'knows each placeholder of %s that its texts use, and uses each',
    (_, words) => {
      const { placeholders, ...texts } = words
      const used = [...textsOf(texts).values()].join('\n').matchAll(/\[([^[\]]+)\]/g)
      const labels = new Set([...used].map(([, label = '']) => label.toLowerCase()))
      expect(Object.keys(placeholders).filter((label) => !labels.has(label))).toEqual([])
      const automatic = { notifications: words.notifications, automatic: words.automatic }
      const inAutomatic = [...textsOf(automatic).values()].join('\n').matchAll(/\[([^[\]]+)\]/g)
      expect([...inAutomatic].filter(([, label = '']) => !Object.hasOwn(placeholders, label.toLowerCase()))).toEqual([])
      expect(new Set(Object.values(placeholders)).size).toBe(Object.keys(placeholders).length)
    },
  )

  it('has no unused text: each section is read, and each of its texts has a moment', () => {
    const {
      notifications,
      incidentDebts,
      statuses,
      automatic,
      chats,
      days: _,
      language: ____,
      placeholders: __,
      replyTemplates: ___,
      ...more
    } = french
    expect(more).toEqual({})
    const moments = [...Object.keys(notificationKinds), ...specialTexts, 'followed']
    expect(Object.keys(notifications).sort()).toEqual(moments.sort())
    expect(Object.keys(incidentDebts).sort()).toEqual([...overdueKinds].sort())
    expect(Object.keys(statuses)).toEqual(ticketStatuses)
    expect(Object.keys(chats).sort()).toEqual(['requeued', 'stays'])
    expect(Object.keys(automatic).sort()).toEqual(['chase', 'closeUnanswered'])
  })
})

/** The texts that every language has under the same path. */
function sharedTexts(words: LanguageWording): Map<string, string> {
  const { replyTemplates: _, placeholders: __, days: ___, language: ____, ...shared } = words
  return textsOf(shared)
}

/** The values that a text quotes, by what they mean. */
const placeholdersIn = (text: string, { placeholders }: LanguageWording): readonly (string | undefined)[] =>
  [...text.matchAll(/\[([^[\]]+)\]/g)].map(([, label = '']) => placeholders[label.toLowerCase()]).sort()

/** Every text of a wording, by its path. */
function textsOf(words: unknown, path = ''): Map<string, string> {
  if (typeof words === 'string') return new Map([[path, words]])
  if (typeof words !== 'object' || words === null) return new Map()
  if (Array.isArray(words)) return new Map([[path, words.join('\n')]])
  return new Map(Object.entries(words).flatMap(([key, each]) => [...textsOf(each, `${path}.${key}`)]))
}
