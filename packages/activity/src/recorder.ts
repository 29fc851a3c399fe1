import type { Activity } from './activity.ts'
import { code, optionalCode, text, whole } from './activity.ts'
import { quietly } from './quietly.ts'
import type { Searches } from './searches.ts'

/** A search that was reported, whose result may still be opened. */
export type SearchHandle = {
  /** Says that an article of the search was opened. After the wait for it is over this changes nothing. */
  opened(): void
}

/**
 * Reports what a customer does and meets. No method throws, waits for the network, or does anything where reporting is not
 * allowed. A code has 1–100 characters of `[\w.:/-]`: others become `_`, and what is longer is cut, as are texts.
 */
export type ActivityRecorder = {
  /** A page was shown. Without its address it is the one of now; query and fragment are removed. */
  pageView(page?: string): void
  /**
   * The customer searched the questions and answers (500 characters at most; the desk refuses a blank text). The search is
   * sent when an article of it is opened, or as not opened after a while or at the end of the page.
   */
  search(query: string, options?: { readonly results?: number | undefined }): SearchHandle
  /** A form refused what was entered: its code, that of the field and that of the error. Never pass what was entered. */
  formError(form: string, error?: { readonly field?: string | undefined; readonly code?: string | undefined }): void
  /** The customer could not log in, with the code of the reason. */
  loginFailed(reason?: string): void
  /** An error occurred: its code, and a message of at most 500 characters without personal data. */
  error(errorCode: string, message?: string): void
  /** An operation was not answered in time: its code, and after how many milliseconds (a day at most). */
  timeout(operation: string, afterMs?: number): void
  /**
   * Something of a kind of the desk's own: 1–64 small letters, digits, `_` and `-`. Capitals become small letters, others
   * `_`; what stands before the first letter or digit is removed, and what is longer is cut. The desk takes a flat detail
   * of 20 fields at most, whose names are like those of kinds: texts of 1–500 characters on one line, numbers, `true` and
   * `false`.
   */
  record(kind: string, detail?: object): void
}

const mostText = 500
const mostResults = 1_000_000
const dayMs = 86_400_000

/**
 * Makes activities of what is reported, within the limits of the desk.
 * @param create makes an activity of now; undefined where none may be kept.
 */
export function createRecorder(
  create: (kind: string, detail: object, page?: string) => Activity | undefined,
  add: (activity: Activity) => void,
  searches: Searches,
): ActivityRecorder {
  const record = (kind: string, describe: () => object, page?: string): void =>
    quietly(() => {
      const activity = create(kind, describe(), page)
      if (activity) add(activity)
    })
  return {
    pageView: (page) => record('page_view', () => ({}), page),
    search: (query, options) =>
      quietly(() => {
        const detail = { query: text(query, mostText), results: whole(options?.results, mostResults), opened: false }
        const search = create('faq_search', detail)
        return search && searches.begin(search)
      }) ?? { opened: () => undefined },
    formError: (form, error) =>
      record('form_error', () => ({
        form: code(form),
        field: optionalCode(error?.field),
        code: optionalCode(error?.code),
      })),
    loginFailed: (reason) => record('login_failed', () => ({ code: optionalCode(reason) })),
    error: (errorCode, message) =>
      record('error_occurred', () => ({ code: code(errorCode), message: text(message, mostText) })),
    timeout: (operation, afterMs) =>
      record('timeout_occurred', () => ({ operation: code(operation), afterMs: whole(afterMs, dayMs) })),
    record: (kind, detail = {}) => record(kind, () => detail),
  }
}
