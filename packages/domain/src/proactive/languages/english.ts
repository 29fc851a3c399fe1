import type { ProactiveWording } from './definition.ts'

/** What the desk writes before it is asked, in English. */
export const english: ProactiveWording = {
  subjects: {
    form_error: 'A form that I cannot send',
    login_failed: 'I cannot sign in',
    error_occurred: 'An error that comes back',
    timeout_occurred: 'Something that never finishes',
    faq_search: 'I find no answer in the help',
    rising: 'More and more errors',
    other: 'A problem that comes back',
  },
  troubles: {
    form_error: 'an error in a form',
    login_failed: 'a sign-in that failed',
    error_occurred: 'an error',
    timeout_occurred: 'an operation without an answer',
    faq_search: 'a search without an answer',
    rising: 'an error',
    other: 'the same problem',
  },
  summary: (trouble, times, since) => `Since ${since} I have had ${trouble} ${times}.`,
  times: { one: 'once', other: '# times' },
  code: 'Code:',
  pages: 'Where:',
  versions: 'Version:',
  reasons: {
    repeated: {
      one: 'The same problem happened once in a short time.',
      other: 'The same problem happened # times in a short time.',
    },
    searches: {
      one: '# search in the help ended without an opened article.',
      other: '# searches in the help ended without an opened article.',
    },
    rising: { one: '# error, more than in the days before.', other: '# errors, many more than in the days before.' },
    other_trouble: { one: 'Another failure in the same time.', other: '# other failures in all.' },
    organisation: { one: 'A colleague has the same problem.', other: '# colleagues have it too.' },
    tickets: { one: 'A ticket in the last thirty days.', other: '# tickets in thirty days.' },
    plan: 'The plan gives a higher priority.',
  },
  declaration: {
    title: (fingerprint) => `Trouble of many customers: ${fingerprint}`,
    summary: (people, usual, since) =>
      `${people} customers have had the same trouble within 24 hours; usually ${usual} a day. Seen since ${since}.`,
  },
}
