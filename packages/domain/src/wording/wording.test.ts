import { describe, expect, it } from 'vitest'
import { checkWording } from './check-wording.ts'
import { english } from './english.ts'
import { french } from './french.ts'
import { defaultWording } from './index.ts'
import { renderBody, renderTemplate, renderVariants } from './render.ts'
import { languageFor, wordingFor } from './wording.ts'

const known = { firstName: 'Zoé', subject: 'Facture' }

describe('a template', () => {
  it('is filled whatever the case or the composition of its labels', () => {
    expect(renderTemplate('[Prénom] [PRÉNOM] [Pre\u0301nom] [sujet]', french, { known })).toEqual({
      ok: true,
      value: 'Zoé Zoé Zoé Facture',
    })
  })

  it('is refused whole, naming each placeholder without a value once', () => {
    expect(renderTemplate('[X jours] [Prénom] [X jours] [Autre]', french, { known })).toMatchObject({
      ok: false,
      refusal: { code: 'placeholder_without_value', message: 'no value for [X jours], [Autre]: the text is not sent' },
    })
  })

  it('is refused for a placeholder of any length, on any number of lines', () => {
    expect(renderTemplate(`[${'long '.repeat(50)}]`, french, { known }).ok).toBe(false)
    expect(renderTemplate('[sur\ndeux lignes]', french, { known }).ok).toBe(false)
  })

  it('does not take a blank for a value', () => {
    expect(renderTemplate('[Prénom]', french, { known: { firstName: ' ' } }).ok).toBe(false)
  })

  it('takes values as they are', () => {
    const byLabel = { Réponse: '[Prénom] $& $1' }
    expect(renderTemplate('[Réponse]', french, { known, byLabel })).toEqual({ ok: true, value: '[Prénom] $& $1' })
  })

  it('does not take what every object has for a value', () => {
    expect(renderTemplate('[constructor]', french, { known, byLabel: {} }).ok).toBe(false)
  })
})

describe('a text of an agent', () => {
  it('keeps the brackets that are no placeholders', () => {
    expect(renderBody('[Prénom], voir [1] et [guide](url)', french, { known })).toEqual({
      ok: true,
      value: 'Zoé, voir [1] et [guide](url)',
    })
    expect(renderBody('voir [1]', french, { known, byLabel: { '1': 'la page 3' } })).toEqual({
      ok: true,
      value: 'voir la page 3',
    })
  })
})

describe('variants', () => {
  it('are tried in their order', () => {
    expect(renderVariants(['[X jours]', '[Prénom]', 'rien'], french, { known })).toEqual({ ok: true, value: 'Zoé' })
    expect(renderVariants(['[X jours]'], french, { known })).toMatchObject({ ok: false })
  })
})

describe('a wording', () => {
  it('is found by tag, by primary language, by fallback, and at last by any', () => {
    expect(languageFor(defaultWording, 'fr-CA', 'en')).toBe('fr')
    expect(languageFor(defaultWording, 'ja', 'en-GB')).toBe('en')
    expect(languageFor({ de: english }, 'ja', 'fr')).toBe('de')
    expect(wordingFor({ ...defaultWording, 'fr-CA': english }, 'fr-CA', 'fr')).toBe(english)
    expect(wordingFor(defaultWording, 'constructor', 'fr')).toBe(french)
    expect(() => languageFor({}, 'fr', 'fr')).toThrow(RangeError)
  })

  it('can always be said', () => {
    expect(() => checkWording(defaultWording)).not.toThrow()
    const notifications = { ...french.notifications, reply: { title: ['[Nom]'], message: ['x'] } } as const
    expect(() => checkWording({ fr: { ...french, notifications } })).toThrow('fr.notifications.reply.title')
  })

  it('has a text in each language that comes with the product', () => {
    expect(Object.keys(english.notifications)).toEqual(Object.keys(french.notifications))
    expect(Object.keys(english.replyTemplates)).toHaveLength(Object.keys(french.replyTemplates).length)
  })
})
