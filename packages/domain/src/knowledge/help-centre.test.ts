import { describe, expect, it } from 'vitest'
import { helpCentreSchema } from './help-centre.ts'

const faultsOf = (settings: object): readonly string[] =>
  helpCentreSchema.safeParse(settings).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []

describe('the settings of the help centre', () => {
  it('leave it off, in colours that can be read', () => {
    expect(helpCentreSchema.parse({})).toEqual({
      enabled: false,
      contactForm: false,
      indexed: true,
      colour: '#0b57d0',
      darkColour: '#8ab4f8',
      links: [],
      previewedFor: 24 * 3_600_000,
    })
    expect(faultsOf(helpCentreSchema.parse({}))).toEqual([])
  })

  it.each([
    { colour: '#767676' },
    { darkColour: '#8a8f98' },
    { address: 'https://help.example:8443' },
    { contact: 'mailto:help@desk.example' },
    { contact: '/contact#form' },
    { logo: '/files/logo.svg', title: 'مساعدة' },
    { links: [{ text: 'Imprint', address: 'tel:+33123456789', language: 'fr' }] },
  ])('take %j', (settings) => {
    expect(faultsOf(settings)).toEqual([])
  })

  it.each([
    [{ colour: '#777777' }, 'colour: must have a contrast of 4.5 at least with #ffffff'],
    [{ darkColour: '#000000' }, 'darkColour: must have a contrast of 4.5 at least with #14171c'],
    [{ colour: 'red; } * { display: none' }, 'colour: must be a colour such as #0b5fff'],
  ])('refuse %j', (settings, fault) => {
    expect(faultsOf(settings)).toContain(fault)
  })

  it.each([
    ...['javascript:alert(1)', '//evil.example', '/\\evil.example', 'data:text/html,x', 'https://', ' /x', '/a b'].map(
      (contact) => ({ contact }),
    ),
    ...['http://help.example/logo.svg', 'data:image/png,x', '//evil.example/x'].map((logo) => ({ logo })),
    ...['https://help.example/', 'https://help.example/help', 'help.example', 'https://Help.example'].map(
      (address) => ({
        address,
      }),
    ),
    { title: 'a\nb' },
    { links: [{ text: 'x', address: 'javascript:alert(1)' }] },
    { links: Array.from({ length: 21 }, () => ({ text: 'x', address: '/' })) },
    { script: 'x' },
  ])('refuse %j, which no page may have', (settings) => {
    expect(faultsOf(settings)).toHaveLength(1)
  })
})
