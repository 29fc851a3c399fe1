/** The most days that one report covers. */
export const mostReportDays = 400

/** Whether a text is a day of the calendar, `YYYY-MM-DD`, in the years 1000 to 8999, as instants are. */
export function isCalendarDay(text: string): boolean {
  if (!/^[1-8]\d{3}-\d\d-\d\d$/.test(text)) return false
  const day = new Date(`${text}T00:00:00.000Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

/** How many days there are from one day of the calendar to another, both included; less than 1 when they are turned round. */
export const countDays = (first: string, last: string): number =>
  (Date.parse(last) - Date.parse(first)) / 86_400_000 + 1
