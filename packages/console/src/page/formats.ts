/** How a page writes instants and numbers: in its language, and on the reader's clock. Instants are in ISO 8601. */
export type Formats = {
  readonly locale: string
  /** The direction in which the language is written. */
  readonly direction: 'ltr' | 'rtl'
  time(at: string): string
  /** The date with its weekday, and the year where it is not that of now. */
  day(at: string, now?: number): string
  full(at: string): string
  /** When something will be: the weekday and the time, with the date where that weekday is a week or more away. */
  coming(at: string, now?: number): string
  number(count: number): string
  /** A number of minutes with its unit, abbreviated. */
  minutes(count: number): string
}

/** The direction in which a language is written, by its tag. */
export const directionOf = (language: string): 'ltr' | 'rtl' =>
  /^(?:ar|dv|fa|he|ps|sd|ug|ur|yi)\b/.test(language) ? 'rtl' : 'ltr'

/** The formats of a locale such as `en-GB`; the time zone is that of the browser unless given (IANA). */
export function createFormats(locale: string, timeZone?: string): Formats {
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { ...options, ...(timeZone !== undefined && { timeZone }) })
  const clock = { hour: '2-digit', minute: '2-digit' } as const
  const date = { weekday: 'long', day: 'numeric', month: 'long' } as const
  const [time, full] = [format(clock), format({ dateStyle: 'full', timeStyle: 'short' })]
  const [soon, later, laterYear] = [
    format({ weekday: 'long', ...clock }),
    format({ ...date, ...clock }),
    format({ ...date, ...clock, year: 'numeric' }),
  ]
  const [day, dayOfYear] = [format(date), format({ ...date, year: 'numeric' })]
  const numbers = new Intl.NumberFormat(locale)
  const minutes = new Intl.NumberFormat(locale, { style: 'unit', unit: 'minute', unitDisplay: 'short' })
  const calendar = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    ...(timeZone !== undefined && { timeZone }),
  })
  const dateOf = (at: number | Date): { readonly year: number; readonly days: number } => {
    const of = new Map(calendar.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
    const year = of.get('year') ?? 0
    return { year, days: Date.UTC(year, (of.get('month') ?? 1) - 1, of.get('day')) / 86_400_000 }
  }
  return {
    locale,
    direction: directionOf(locale),
    time: (at) => time.format(new Date(at)),
    day: (at, now = Date.now()) => {
      const then = new Date(at)
      return (dateOf(then).year === dateOf(now).year ? day : dayOfYear).format(then)
    },
    full: (at) => full.format(new Date(at)),
    coming: (at, now = Date.now()) => {
      const [then, today] = [dateOf(new Date(at)), dateOf(now)]
      const chosen = then.days - today.days < 7 ? soon : then.year === today.year ? later : laterYear
      return chosen.format(new Date(at))
    },
    number: (count) => numbers.format(count),
    minutes: (count) => minutes.format(count),
  }
}
