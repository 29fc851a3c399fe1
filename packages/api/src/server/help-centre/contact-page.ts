import { z } from 'zod'
import { limits, line, ticketAggregate } from '@guichet/domain'
import type { Html } from './html.ts'
import { markup } from './html.ts'
import type { HelpCentre, Speaker } from './page.ts'
import { hoursIn, inLanguage, languageNameIn, pageHtml, paths, speakerOf } from './page.ts'

const { subject, body } = ticketAggregate.schemas.open.shape

/** What a reader sends with the form, once the space around it is removed and what is left blank is missing. */
export const messageSchema = z.object({
  /** By which a message that is sent twice is one. */
  id: z.uuid(),
  name: line(limits.name).optional(),
  email: z.string().max(limits.email),
  subject,
  message: body,
  /** Nobody sees this field: programs fill it in. */
  website: z.string().optional(),
})

/** A field of the form that readers see. */
type FieldName = 'name' | 'email' | 'subject' | 'message'

/** What stands in the form. */
type FormTexts = Readonly<Partial<Record<FieldName, string | undefined>>> & { readonly id: string }

/** Why the form is shown again, at one of its fields or above it. */
export type FormFault = {
  readonly field?: FieldName | undefined
  readonly reason: 'fieldMissing' | 'fieldInvalid' | 'emailInvalid' | 'notSent'
}

/** The page on which readers write to the desk; after a fault with what they had written. */
export async function contactPage(
  centre: HelpCentre,
  language: string,
  texts: FormTexts,
  fault?: FormFault,
): Promise<string> {
  const say = speakerOf(centre, language)
  const field = fieldsOf(say, texts, fault)
  const isFault = fault !== undefined && fault.field === undefined
  return pageHtml(centre, {
    language,
    title: say.words.contact,
    alternates: alternatesOf(centre),
    main: markup`<h1>${say.text('contact')}</h1>
${await answeringHours(centre, language, say)}${isFault && markup`<p class="note" role="alert">${say.text(fault.reason)}</p>\n`}<form class="letter" method="post" action="${paths.contact(language)}">
<input type="hidden" name="id" value="${texts.id}">
<p class="trap" aria-hidden="true"><label>Website <input name="website" tabindex="-1" autocomplete="off"></label></p>
${field('name', { longest: limits.name, autocomplete: 'name' })}${field('email', { longest: limits.email, autocomplete: 'email', required: true })}${field(
      'subject',
      { longest: limits.subject, required: true },
    )}${field('message', { longest: limits.body, required: true })}<p><button>${say.text('send')}</button></p>
</form>`,
  })
}

/** When somebody is there who speaks the language of the page; nothing where that is not known, or always. */
async function answeringHours(
  { hoursOf, timeZone }: HelpCentre,
  language: string,
  say: Speaker,
): Promise<Html | undefined> {
  const { from, to } = (await hoursOf(language)) ?? {}
  if (from === undefined || to === undefined) return undefined
  const hours = hoursIn(say.language, { from: new Date(from), to: new Date(to) }, timeZone)
  const text = say.words.answersIn.replace('{language}', languageNameIn(language, say.language))
  return markup`<p class="weak">${inLanguage(say.language, language, text)} <bdi>${hours}</bdi></p>\n`
}

/** The page after a message has arrived. */
export function sentPage(centre: HelpCentre, language: string): string {
  const say = speakerOf(centre, language)
  return pageHtml(centre, {
    language,
    title: say.words.sent,
    alternates: alternatesOf(centre),
    main: markup`<h1>${say.text('sent')}</h1>\n<p>${say.text('answered')}</p>`,
  })
}

const alternatesOf = ({ catalogue }: HelpCentre) =>
  catalogue.languages.map((each) => ({ language: each, path: paths.contact(each) }))

type FieldOptions = { readonly longest: number; readonly autocomplete?: string; readonly required?: true }

/** Writes the fields of the form, with their faults. */
const fieldsOf =
  (say: Speaker, texts: FormTexts, fault: FormFault | undefined) =>
  (name: FieldName, { longest, autocomplete, required }: FieldOptions): Html => {
    const isFault = fault?.field === name
    const attributes = markup` id="${name}" name="${name}" maxlength="${longest}"${required === true && markup` required`}${
      autocomplete !== undefined && markup` autocomplete="${autocomplete}"`
    }${isFault && markup` aria-invalid="true" aria-describedby="fault" autofocus`}`
    const input =
      name === 'message'
        ? markup`<textarea${attributes} rows="8">\n${texts.message ?? ''}</textarea>`
        : markup`<input${attributes} type="${name === 'email' ? 'email' : 'text'}" value="${texts[name] ?? ''}">`
    return markup`<p><label for="${name}">${say.text(name)}</label>${input}${
      isFault && markup`<span id="fault" class="fault">${say.text(fault.reason)}</span>`
    }</p>\n`
  }
