import { createECDH } from 'node:crypto'
import { z } from 'zod'
import { isEmail } from '@guichet/domain'
import type { MailFrom } from '@guichet/workflows'
import { CommandFault } from '../fault.ts'
import type { Fault } from '@guichet/desk'
import { webOrigins } from './edge.ts'
import { connectionUrl, connectionUrlFault } from './connection-url.ts'

/** `support@desk.example`, or `Support <support@desk.example>`. */
const mailFrom = z
  .string()
  .max(600)
  .transform((text): MailFrom => {
    const [, name, inBrackets] = /^([^<>\p{Cc}]*)<([^<>]*)>$/u.exec(text.trim()) ?? []
    return inBrackets === undefined ? { address: text.trim() } : { name: name?.trim(), address: inBrackets.trim() }
  })
  .refine((from) => isEmail(from.address), {
    error: 'must be an address such as support@desk.example or Support <support@desk.example>',
  })

const keyBytes = { least: 24, most: 64 }

function isWebhookSecret(text: string): boolean {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? []
  if (base64 === undefined) return false
  const bytes = Buffer.from(base64, 'base64')
  return bytes.length >= keyBytes.least && bytes.length <= keyBytes.most && bytes.toString('base64') === base64
}

/** One secret, or two while one replaces the other. */
export const webhookSecrets = z
  .string()
  .max(500)
  .transform((text) => text.trim().split(/\s+/))
  .refine((secrets) => secrets.length <= 2 && secrets.every(isWebhookSecret), {
    error:
      'must be whsec_ and 24 to 64 bytes in base64; two of them, with a space between, while one replaces the other',
  })

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A duration such as `30m`, in milliseconds. */
export const duration = z
  .string()
  .regex(/^[1-9]\d{0,3}[mhd]$/, 'must be a duration such as 30m, 12h or 3d')
  .transform((text) => Number(text.slice(0, -1)) * (units[text.slice(-1)] ?? 0))

/**
 * The address of an HTTP service, without secrets, at most 2,000 characters.
 * @param refusal the message for an address that contains a user or a password.
 */
export const openAddress = (refusal: string): z.ZodType<string, string> =>
  z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .max(2_000)
    .refine((url) => !holdsPassword(url), refusal)

function isPushKey(text: string): boolean {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length !== 32 || bytes.toString('base64url') !== text) return false
  try {
    createECDH('prime256v1').setPrivateKey(bytes)
    return true
  } catch {
    return false
  }
}

/** The variables for the destinations of notifications, pushes and daily reports. */
export const deliveryVariables = {
  GUICHET_WEBHOOK_URL: openAddress('must hold no user and no password: the signature says who sends').optional(),
  GUICHET_WEBHOOK_SECRET: webhookSecrets.optional(),
  GUICHET_SMTP_URL: connectionUrl((text) =>
    connectionUrlFault(text, /^smtps?$/, 'smtp://user:password@host:587, or smtps://…'),
  ).optional(),
  GUICHET_MAIL_FROM: mailFrom.optional(),
  GUICHET_REPORT_TO: z.string().refine(isEmail, 'must be an e-mail address').optional(),
  GUICHET_PUSH_KEY: z
    .string()
    .refine(isPushKey, 'must be a private key of P-256 in base64url: guichet push keys makes one')
    .optional(),
  GUICHET_PUSH_CONTACT: z
    .url({ protocol: /^(mailto|https)$/, error: 'must be of the form mailto:desk@desk.example, or an https address' })
    .max(500)
    .optional(),
  GUICHET_PUSH_SERVICES: webOrigins.default([]),
  GUICHET_DELIVERY_GIVE_UP_AFTER: duration.default(3 * 86_400_000),
} as const

type DeliveryVariables = z.infer<z.ZodObject<typeof deliveryVariables>>

/** The destinations of notifications and daily reports: none without a webhook and without a mail server. */
export type DeliveryEnvironment = {
  readonly webhook: { readonly url: string; readonly secrets: readonly string[] } | undefined
  readonly smtp: { readonly url: string; readonly from: MailFrom } | undefined
  /** How browsers are pushed to: the private key of the desk, its contact, and push services beside the known ones. */
  readonly push:
    { readonly privateKey: string; readonly contact: string; readonly origins: readonly string[] } | undefined
  /** The recipient of the daily reports by e-mail. */
  readonly reportTo: string | undefined
  readonly giveUpAfterMs: number
}

/** @throws Fault `config_missing` when a variable is set without the one that it needs. */
export function deliveryEnvironment(variables: DeliveryVariables): DeliveryEnvironment {
  const {
    GUICHET_WEBHOOK_URL: url,
    GUICHET_WEBHOOK_SECRET: secrets,
    GUICHET_SMTP_URL: smtpUrl,
    GUICHET_MAIL_FROM: from,
    GUICHET_REPORT_TO: reportTo,
    GUICHET_PUSH_KEY: privateKey,
    GUICHET_PUSH_CONTACT: contact,
    GUICHET_PUSH_SERVICES: origins,
    GUICHET_DELIVERY_GIVE_UP_AFTER: giveUpAfterMs,
  } = variables
  if ((url === undefined) !== (secrets === undefined))
    throw missing('GUICHET_WEBHOOK_URL', 'GUICHET_WEBHOOK_SECRET', url)
  if ((smtpUrl === undefined) !== (from === undefined)) throw missing('GUICHET_SMTP_URL', 'GUICHET_MAIL_FROM', smtpUrl)
  if ((privateKey === undefined) !== (contact === undefined))
    throw missing('GUICHET_PUSH_KEY', 'GUICHET_PUSH_CONTACT', privateKey)
  if (reportTo !== undefined && smtpUrl === undefined) throw missing('GUICHET_SMTP_URL', 'GUICHET_REPORT_TO', smtpUrl)
  return {
    webhook: url !== undefined && secrets !== undefined ? { url, secrets } : undefined,
    smtp: smtpUrl !== undefined && from !== undefined ? { url: smtpUrl, from } : undefined,
    push: privateKey !== undefined && contact !== undefined ? { privateKey, contact, origins } : undefined,
    reportTo,
    giveUpAfterMs,
  }
}

function missing(one: string, other: string, valueOfOne: unknown): Fault {
  const [there, lacking] = valueOfOne === undefined ? [other, one] : [one, other]
  return new CommandFault('config_missing', `${lacking} is missing, and ${there} is there`, {
    next: 'set both of them, or neither; see docs/reference/configuration.md',
  })
}

/** A secret that a service is sent as a bearer token: 1,000 characters at most. */
export const bearerToken: z.ZodType<string, string> = z
  .string()
  .max(1_000)
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')

/** A number of requests a day, 9,999,999 at most. */
export const requestsPerDay: z.ZodType<number, string> = z
  .string()
  .regex(/^\d{1,7}$/, 'must be a number of requests a day')
  .transform(Number)

/** The variables for an HTTP service that classifies tickets. */
export const classifierVariables = {
  GUICHET_CLASSIFIER_URL: openAddress(
    'must hold no user and no password: GUICHET_CLASSIFIER_KEY says who asks',
  ).optional(),
  GUICHET_CLASSIFIER_MODEL: z.string().max(200).optional(),
  GUICHET_CLASSIFIER_KEY: bearerToken.optional(),
  GUICHET_CLASSIFIER_BUDGET: requestsPerDay.optional(),
  GUICHET_CLASSIFIER_TIMEOUT_MS: z
    .string()
    .regex(/^[1-9]\d{1,4}$/, 'must be 10 to 99999 milliseconds')
    .transform(Number)
    .default(5_000),
} as const

type ClassifierInput = z.infer<z.ZodObject<typeof classifierVariables>>

/** The longest time-out of an analysis in milliseconds: another process repeats one that takes half a minute. */
const longestAnalysis = 20_000

/** The variables for an HTTP service that analyses activities. */
export const analyserVariables = {
  GUICHET_ANALYSER_URL: openAddress('must hold no user and no password: GUICHET_ANALYSER_KEY says who asks').optional(),
  GUICHET_ANALYSER_MODEL: z
    .string()
    .max(200)
    .regex(/^[\x20-\x7e]+$/, 'must be printable ASCII')
    .optional(),
  GUICHET_ANALYSER_KEY: bearerToken.optional(),
  GUICHET_ANALYSER_TIMEOUT_MS: z
    .string()
    .regex(/^[1-9]\d{1,4}$/, 'must be 10 to 20000 milliseconds')
    .transform(Number)
    .refine((milliseconds) => milliseconds <= longestAnalysis, 'must be 10 to 20000 milliseconds')
    .default(5_000),
  GUICHET_ANALYSER_BUDGET: requestsPerDay.default(500),
} as const

type AnalyserInput = z.infer<z.ZodObject<typeof analyserVariables>>

/** An HTTP service with the API of OpenAI's chat completions. */
export type CompletionEnvironment = {
  readonly url: string
  readonly model: string
  readonly key: string | undefined
  readonly timeoutMs: number
  /** How many requests it is sent a day; undefined for any number. */
  readonly budget: number | undefined
}

/** @throws Fault `config_missing` when a variable is set without the one that it needs. */
export const classifierEnvironment = (variables: ClassifierInput): CompletionEnvironment | undefined =>
  completionEnvironment('classifier', {
    url: variables.GUICHET_CLASSIFIER_URL,
    model: variables.GUICHET_CLASSIFIER_MODEL,
    key: variables.GUICHET_CLASSIFIER_KEY,
    timeoutMs: variables.GUICHET_CLASSIFIER_TIMEOUT_MS,
    budget: variables.GUICHET_CLASSIFIER_BUDGET,
  })

/** @throws Fault `config_missing` when a variable is set without the one that it needs. */
export const analyserEnvironment = (variables: AnalyserInput): CompletionEnvironment | undefined =>
  completionEnvironment('analyser', {
    url: variables.GUICHET_ANALYSER_URL,
    model: variables.GUICHET_ANALYSER_MODEL,
    key: variables.GUICHET_ANALYSER_KEY,
    timeoutMs: variables.GUICHET_ANALYSER_TIMEOUT_MS,
    budget: variables.GUICHET_ANALYSER_BUDGET,
  })

type CompletionInput = Omit<CompletionEnvironment, 'url' | 'model'> & {
  readonly url: string | undefined
  readonly model: string | undefined
}

function completionEnvironment(
  name: 'classifier' | 'analyser',
  { url, model, ...service }: CompletionInput,
): CompletionEnvironment | undefined {
  if (url !== undefined && model !== undefined) return { url, model, ...service }
  if (url === undefined && model === undefined && service.key === undefined) return undefined
  const [first, second] = [`GUICHET_${name.toUpperCase()}_URL`, `GUICHET_${name.toUpperCase()}_MODEL`]
  const lacking = url === undefined ? first : second
  throw new CommandFault('config_missing', `${lacking} is missing, and another variable of the ${name} is there`, {
    next: `set ${first} and ${second}, or neither; see docs/reference/configuration.md`,
  })
}

function holdsPassword(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && url.username + url.password !== ''
}
