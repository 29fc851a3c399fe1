import { describe, expect, it } from 'vitest'
import { overdueKinds } from '../incident/commands.ts'
import { notificationKinds } from '../notification/notification.ts'
import { ticketStatuses } from '../ticket/vocabulary.ts'
import { checkWording } from './check-wording.ts'
import { defaultWording } from './default-wording.ts'
import { english } from './english.ts'
import { french } from './french.ts'
import { renderBody, renderTemplate, renderVariants } from './render.ts'
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
      [{ ...french, replyTemplates: { solution: ['x'] } }, 'fr.replyTemplates: must have a text for each name'],
      [{ ...french, greetings: {} }, 'fr.greetings: there is no such entry'],
    ]
    for (const [words, message] of faults) expect(() => checkWording({ fr: words as LanguageWording })).toThrow(message)
  })

  it('has the same texts in each language of the product', () => {
    const { replyTemplates: french_, placeholders: _, ...fr } = french
    const { replyTemplates: english_, placeholders: __, ...en } = english
    const [inFrench, inEnglish] = [textsOf(fr), textsOf(en)]
    expect([...inEnglish.keys()].sort()).toEqual([...inFrench.keys()].sort())
    for (const [path, text] of inFrench) expect([path, inEnglish.get(path)]).not.toEqual([path, text])
    expect(Object.keys(english_)).toHaveLength(Object.keys(french_).length)
    const inBoth = Object.values(french_).filter((text) => Object.values(english_).includes(text))
    expect(inBoth).toEqual([])
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

/** Every text of a wording, by its path. */
function textsOf(words: unknown, path = ''): Map<string, string> {
  if (typeof words === 'string') return new Map([[path, words]])
  if (typeof words !== 'object' || words === null) return new Map()
  if (Array.isArray(words)) return new Map([[path, words.join('\n')]])
  return new Map(Object.entries(words).flatMap(([key, each]) => [...textsOf(each, `${path}.${key}`)]))
}
