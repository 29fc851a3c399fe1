import { deskWords, widgetWords } from '@guichet/console'
import type { CustomerLanguage } from '@guichet/domain'
import { customerLanguages, directionOf, neededTexts, pluralCategories, presentTexts } from '@guichet/domain'
import type { Context } from '../context.ts'
import { percent, table } from '../table.ts'

/** The options of the command. */
export type LanguagesOptions = { readonly json?: boolean }

/** The texts of a part that a language needs, and those that it lacks. */
type PartReport = {
  readonly needed: number
  readonly missing: readonly { readonly key: string; readonly english: string }[]
}

type LanguageReport = {
  readonly language: string
  /** In English. */
  readonly name: string
  readonly direction: 'ltr' | 'rtl'
  readonly pluralCategories: readonly string[]
  readonly parts: Readonly<Record<string, PartReport>>
}

/** Prints the languages of what customers read with how much of it they have, or what one of them lacks. */
export function runLanguages(code: string | undefined, { json }: LanguagesOptions, { terminal }: Context): void {
  if (code === undefined) {
    const reports = customerLanguages.map(reportOf)
    return terminal.out(json ? JSON.stringify(reports) : languageTable(reports))
  }
  const report = reportOf(code)
  terminal.out(json ? JSON.stringify(report) : details(report).join('\n'))
}

function reportOf(language: string): LanguageReport {
  const [primary = ''] = language.split('-')
  const tag = [language, primary].find(isSpoken)
  const ofDesk = tag === 'fr' || tag === 'en' ? tag : undefined
  // What agents alone read is in two languages.
  const needed = {
    ...neededTexts(language),
    widget: new Map(Object.entries(widgetWords.en)),
    ...(ofDesk && deskWords.en),
  }
  const present = tag && {
    ...presentTexts(tag),
    widget: new Map(Object.entries(widgetWords[tag])),
    ...(ofDesk && deskWords[ofDesk]),
  }
  const parts = Object.entries(needed).map(([part, texts]) => {
    const has: ReadonlyMap<string, string> | undefined = present?.[part as keyof typeof present]
    const missing = [...texts].filter(([key]) => !has?.has(key)).map(([key, english]) => ({ key, english }))
    return [part, { needed: texts.size, missing }] as const
  })
  return {
    language,
    name: new Intl.DisplayNames('en', { type: 'language' }).of(language) ?? language,
    direction: directionOf(language),
    pluralCategories: pluralCategories(language),
    parts: Object.fromEntries(parts),
  }
}

const isSpoken = (language: string): language is CustomerLanguage =>
  (customerLanguages as readonly string[]).includes(language)

const complete = ({ needed, missing }: PartReport): string => percent((needed - missing.length) / needed)

function languageTable(reports: readonly LanguageReport[]): string {
  const parts = [...new Set(reports.flatMap((report) => Object.keys(report.parts)))]
  return table(
    ['code', 'language', 'direction', ...parts, 'plural categories'],
    reports.map((report) => [
      report.language,
      report.name,
      report.direction,
      ...parts.map((part) => (report.parts[part] ? complete(report.parts[part]) : '–')),
      report.pluralCategories.join(', '),
    ]),
  )
}

function details(report: LanguageReport): readonly string[] {
  const parts = Object.entries(report.parts)
  const missing = parts.flatMap(([part, { missing: texts }]) =>
    texts.map(({ key, english }) => [part, key, JSON.stringify(english)]),
  )
  return [
    languageTable([report]),
    '',
    missing.length === 0 ? 'no text is missing' : table(['part', 'missing', 'in English'], missing),
  ]
}
