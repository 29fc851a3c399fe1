import type { ProactiveWording } from './definition.ts'

/** What the desk writes before it is asked, in German. */
export const german: ProactiveWording = {
  subjects: {
    form_error: 'Ein Formular lässt sich nicht absenden',
    login_failed: 'Ich kann mich nicht anmelden',
    error_occurred: 'Ein Fehler tritt immer wieder auf',
    timeout_occurred: 'Ein Vorgang wird nicht fertig',
    faq_search: 'Ich finde in der Hilfe keine Antwort',
    rising: 'Immer mehr Fehler',
    other: 'Ein Problem tritt immer wieder auf',
  },
  troubles: {
    form_error: 'ein Fehler in einem Formular',
    login_failed: 'eine fehlgeschlagene Anmeldung',
    error_occurred: 'ein Fehler',
    timeout_occurred: 'ein Vorgang ohne Antwort',
    faq_search: 'eine Suche ohne Antwort',
    rising: 'ein Fehler',
    other: 'dasselbe Problem',
  },
  summary: (trouble, times, since) => `Seit dem ${since} ist bei mir ${times} Folgendes aufgetreten: ${trouble}.`,
  times: { one: 'einmal', other: '#-mal' },
  code: 'Code:',
  pages: 'Wo:',
  versions: 'Version:',
  reasons: {
    repeated: {
      one: 'Das Problem ist in kurzer Zeit einmal aufgetreten.',
      other: 'Dasselbe Problem ist in kurzer Zeit #-mal aufgetreten.',
    },
    searches: {
      one: 'Bei einer Suche in der Hilfe wurde kein Artikel geöffnet.',
      other: 'Bei # Suchen in der Hilfe wurde kein Artikel geöffnet.',
    },
    rising: {
      one: '# Fehler, deutlich mehr als an den Tagen zuvor.',
      other: '# Fehler, deutlich mehr als an den Tagen zuvor.',
    },
    other_trouble: { one: 'Ein weiterer Fehlschlag in derselben Zeit.', other: 'Insgesamt # weitere Fehlschläge.' },
    organisation: { one: 'Ein Kollege hat dasselbe Problem.', other: '# Kollegen haben es auch.' },
    tickets: { one: 'Ein Ticket in den letzten dreißig Tagen.', other: '# Tickets in dreißig Tagen.' },
    plan: 'Der Tarif bringt eine höhere Priorität mit sich.',
  },
  declaration: {
    title: (fingerprint) => `Problem vieler Kunden: ${fingerprint}`,
    summary: (people, usual, since) =>
      `${people} Kunden hatten innerhalb von 24 Stunden dasselbe Problem; üblich sind ${usual} am Tag. Beobachtet seit dem ${since}.`,
  },
}
