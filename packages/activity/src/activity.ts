/** Something that a customer did or met, as it is sent to the desk. */
export type Activity = {
  /** Chosen by the sender: the desk stores what is sent again under the same id once. */
  readonly id: string
  /**
   * `page_view`, `faq_search`, `form_error`, `login_failed`, `error_occurred`, `timeout_occurred`, or a desk's own: 1–64
   * lower-case letters, digits, `_` and `-`.
   */
  readonly kind: string
  /** When it happened: an instant of ISO 8601 in UTC. */
  readonly at: string
  /** The address of the page, without query and fragment; 2,000 characters at most. */
  readonly page?: string
  /** The version of the site or service; 100 characters of `[\w.:/-]` at most. */
  readonly version?: string
  /** Whom a service reports it for. A browser reports for whom its token is. */
  readonly customerId?: string
  /** What its kind says of it: JSON. */
  readonly detail: object
}

/**
 * The token that the desk takes, or a function that returns the one of now. A function that returns it at once is called for
 * each request. The token of a promise is used again for five minutes; where the desk refuses it before, the function is
 * called once more. Where the desk refuses that one too, nothing is sent until the function returns another one; an empty
 * one is waited for too.
 */
export type ActivityToken = string | (() => string | Promise<string>)

/** Why an activity is lost, or waits for another token. */
export type ActivityProblem = {
  /**
   * `refused`: by the desk, which would refuse it again (what a quota refuses waits); `too_large`: over 50,000 bytes as
   * JSON; `queue_full`: the oldest of more than may wait; `closed`: what the desk had not taken when a service closed;
   * `token_refused`: nothing is lost, the queue waits for another token.
   */
  readonly code: 'refused' | 'too_large' | 'queue_full' | 'closed' | 'token_refused'
  /** What the desk says of it, in English; the HTTP status, if it has refused the request. */
  readonly reason?: string | number | undefined
  /** The one that is lost. */
  readonly activity?: Activity | undefined
}

/** What an activity has beside its kind and its detail. */
type Circumstances = {
  readonly page?: string | undefined
  readonly version?: string | undefined
  readonly customerId?: string | undefined
}

/** Makes an activity of now. Its detail is copied. @throws where the detail is no JSON. */
export function newActivity(kind: string, detail: object, { page, version, customerId }: Circumstances): Activity {
  const activity = {
    id: crypto.getRandomValues(new Uint32Array(4)).join('-'),
    kind: kindOf(kind),
    at: new Date().toISOString(),
    page: text(page?.split(/[?#]/)[0], 2_000),
    version: optionalCode(version),
    customerId,
    detail,
  }
  return JSON.parse(JSON.stringify(activity)) as Activity
}

/** A kind as the desk takes it: 1–64 of `[a-z0-9_-]` from a letter or digit on, with `_` in place of others. */
const kindOf = (value: string): string =>
  value
    .toLowerCase()
    .replace(/^[\W_]+/, '')
    .replace(/[^\w-]/g, '_')
    .slice(0, 64)

/** A code as the desk takes it: 1–100 characters of `[\w.:/-]`, with `_` in place of others. */
export const code = (value: string): string => value.slice(0, 100).replace(/[^\w.:/-]/g, '_') || '_'

/** The same for a code that may be missing. */
export const optionalCode = (value: string | undefined): string | undefined => (value ? code(value) : undefined)

/**
 * A text of at most so many characters on one line, with spaces in place of control characters and of halves of characters;
 * undefined for a blank one.
 */
export const text = (value: string | undefined, most: number): string | undefined =>
  value
    ?.slice(0, most)
    .replace(/[\s\p{Cc}\p{Cs}]/gu, ' ')
    .trim() || undefined

/** A whole number up to a limit; undefined for what is none, or below 0. */
export const whole = (value: number | undefined, most: number): number | undefined =>
  value !== undefined && value >= 0 ? Math.min(Math.round(value), most) : undefined
