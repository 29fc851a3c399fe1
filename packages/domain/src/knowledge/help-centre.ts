import { z } from 'zod'
import { days, durationSchema, hours } from '../kernel/time.ts'
import { language, line } from '../kernel/values.ts'

/** The background of the pages, on which their colour must be read: by day, and by night. */
export const helpCentreBackgrounds = { light: '#ffffff', dark: '#14171c' } as const

/** The least contrast of text and background for readers with weak eyes (WCAG 2.2, 1.4.3). */
const leastContrast = 4.5

/** An origin, such as `https://help.example`, without a path. */
const origin = z
  .string()
  .max(200)
  .regex(
    /^https?:\/\/[a-z0-9.-]+(?::\d{1,5})?$/,
    'must be an address in lower case without a path, such as https://help.example',
  )

/** An address of another page: of the same server by its path, or of any other. It runs no script. */
export const pageAddress = z
  .string()
  .max(500)
  .regex(
    /^(?:https?:\/\/[^/\s?#]|mailto:[^\s?#]|tel:[\d+]|\/(?![/\\]))[^\s\\]*$/,
    'must begin with https://, http://, mailto:, tel: or a single /',
  )

const pictureAddress = z
  .string()
  .max(500)
  .regex(/^(?:https:\/\/[^/\s?#]|\/(?![/\\]))[^\s\\]*$/, 'must begin with https:// or a single /')

const colourOn = (background: string) =>
  z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour such as #0b5fff')
    .refine(
      (colour) => contrastOf(colour, background) >= leastContrast,
      `must have a contrast of ${leastContrast} at least with ${background}`,
    )

/** For how long a link to a preview can be used, in milliseconds: without a setting, and at most. */
export const previewTimes = { usual: hours(24), longest: days(30) } as const

/** The public help centre: part of the section `knowledge` of the configuration. */
export const helpCentreSchema = z
  .strictObject({
    /** Whether everybody reads the public articles below `/help`. */
    enabled: z.boolean().default(false),
    /** The origin under which readers reach it, such as `https://help.example`. Without it pages have no canonical address, and there is no sitemap. */
    address: origin.optional(),
    /** Whether search engines may list its pages. */
    indexed: z.boolean().default(true),
    /** What it is called, in every language; `Help centre` in the reader’s language unless given. */
    title: line(100).optional(),
    /** The address of a picture that stands before the title, 32 pixels high. */
    logo: pictureAddress.optional(),
    /** The colour of links and buttons on white, as `#rrggbb`. */
    colour: colourOn(helpCentreBackgrounds.light).default('#0b57d0'),
    /** The same at night. */
    darkColour: colourOn(helpCentreBackgrounds.dark).default('#8ab4f8'),
    /**
     * Where readers turn to who have found no answer: a page with the chat or a form, or `mailto:`. Unless given, it is the form of the
     * help centre, if that is on.
     */
    contact: pageAddress.optional(),
    /** Whether readers may write to the desk below `/help/<language>/contact`: their message becomes a ticket, answered by e-mail. */
    contactForm: z.boolean().default(false),
    /** The links at the end of every page, such as to an imprint; those with a language on pages in this language alone. */
    links: z
      .array(z.strictObject({ text: line(60), address: pageAddress, language: language.optional() }))
      .max(20)
      .default([]),
    /** For how long the link to the preview of a draft can be used. */
    previewedFor: durationSchema.default(previewTimes.usual),
  })
  .refine(({ previewedFor }) => previewedFor <= previewTimes.longest, {
    path: ['previewedFor'],
    message: `must be at most ${previewTimes.longest / days(1)}d`,
  })

/** How the public help centre looks, and where it is. */
export type HelpCentreSettings = Readonly<z.infer<typeof helpCentreSchema>>

/** The contrast of two colours, from 1 to 21 (WCAG 2.2). */
function contrastOf(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminanceOf(one), luminanceOf(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

function luminanceOf(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
