import { z } from 'zod'

const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const
const written = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/

/** The longest duration that a configuration may name: ten years of 365 days. */
const longest = 3_650 * units.d

function read(text: string): number | undefined {
  const parts = text === '' ? null : written.exec(text)
  if (!parts) return undefined
  const [days, hours, minutes, seconds, rest] = parts.slice(1).map((part) => Number(part ?? 0))
  return (
    (days ?? 0) * units.d + (hours ?? 0) * units.h + (minutes ?? 0) * units.m + (seconds ?? 0) * units.s + (rest ?? 0)
  )
}

/** So many business days of the calendar that they are counted on, as people write them: `3bd`. */
export type BusinessDays = `${number}bd`

const days = /^([1-9]\d{0,3})bd$/
const mostBusinessDays = 2_500

/** How many business days a time is; undefined of one in milliseconds. */
export const businessDaysOf = (time: number | BusinessDays): number | undefined =>
  typeof time === 'string' ? Number(time.slice(0, -2)) : undefined

/** Business time as people write it: a duration such as `2h`, which gives milliseconds, or business days such as `3bd`, which stay as they are. */
export const businessTimeSchema: z.ZodType<number | BusinessDays, string | number> = z
  .union([z.string().max(40), z.number()])
  .transform((given, context): number | BusinessDays => {
    if (typeof given === 'string' && days.test(given)) {
      if (Number(given.slice(0, -2)) <= mostBusinessDays) return given as BusinessDays
      context.addIssue({ code: 'custom', message: `must be at most ${mostBusinessDays} business days` })
      return z.NEVER
    }
    const { success, data, error } = durationSchema.safeParse(given)
    if (success) return data
    for (const { message } of error.issues) context.addIssue({ code: 'custom', message })
    return z.NEVER
  })

/** A duration as people write it, such as `15m`, `1h30m` or `3d` (days of 24 hours), or as milliseconds; it gives milliseconds. */
export const durationSchema: z.ZodType<number, string | number> = z
  .union([z.string().max(40), z.number()])
  .transform((given, context): number => {
    const milliseconds = typeof given === 'number' ? given : read(given)
    if (milliseconds !== undefined && Number.isInteger(milliseconds) && milliseconds > 0 && milliseconds <= longest) {
      return milliseconds
    }
    context.addIssue({ code: 'custom', message: faultOf(given) })
    return z.NEVER
  })

/** What is wrong with what is no duration. */
function faultOf(given: string | number): string {
  const text = String(given)
  if (days.test(text)) return 'must be elapsed time: business days are for the times of SLA policies'
  const meant = text.replaceAll(/\s/g, '').toLowerCase()
  if (meant !== text && (days.test(meant) || read(meant) !== undefined))
    return `must be written without blanks and in lower case: ${meant}`
  const amount = text.replace(/^-/, '')
  const isAmount = amount !== '' && (written.test(amount) || /^\d+$/.test(amount))
  if (isAmount && (amount !== text || !/[1-9]/.test(amount))) return 'must be more than zero'
  if (typeof given === 'string' && /^\d+$/.test(given)) return `must have a unit, such as ${given}m or ${given}h`
  return 'must be a duration such as 15m, 1h30m or 3d, of at most 3650 days'
}

/** A duration in milliseconds as people write it: `5400000` is `1h30m`; business days are written already. */
export function formatDuration(milliseconds: number | BusinessDays): string {
  if (typeof milliseconds === 'string') return milliseconds
  let rest = milliseconds
  let text = ''
  for (const [unit, size] of Object.entries(units)) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) text += `${count}${unit}`
  }
  return text
}
