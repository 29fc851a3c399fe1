import type { NoticeKind } from './conversation.ts'

const fr = {
  open: 'Ouvrir la discussion',
  close: 'Fermer la fenêtre',
  title: 'Discussion',
  welcome: 'Bonjour ! Écrivez-nous, un conseiller vous répondra.',
  firstMessage: 'Votre message',
  start: 'Démarrer la discussion',
  messages: 'Messages',
  write: 'Écrire un message',
  send: 'Envoyer',
  waiting: 'Un conseiller va vous répondre.',
  place: 'Vous êtes en position {0}.',
  wait: 'Attente estimée : {0} à {1} min.',
  with: 'Vous parlez avec {0}.',
  ended: 'La discussion est terminée.',
  offline: 'Connexion perdue. Vos messages partiront dès son retour.',
  end: 'Terminer la discussion',
  again: 'Nouvelle discussion',
  rate: 'Comment s’est passée cette discussion ?',
  stars: '{0} sur 5',
  thanks: 'Merci pour votre avis.',
  you: 'Vous',
  agent: 'Conseiller',
  customer: 'Client',
  sending: 'envoi en cours',
  sent: 'envoyé',
  read: 'lu',
  refused: 'non envoyé ({0})',
  discard: 'Retirer',
  edited: 'modifié',
  redacted: 'Message effacé',
  note: 'Note interne',
  file: 'Fichier',
  identify: 'La discussion n’est pas disponible ({0}).',
  accepted: '{0} a rejoint la discussion.',
  transferred: 'La discussion a été transférée à {0}.',
  requeued: 'Un autre conseiller va vous répondre.',
  joined: '{0} a rejoint la discussion.',
  left: '{0} a quitté la discussion.',
  warned: 'Sans réponse, la discussion sera bientôt fermée.',
  closed: 'La discussion est terminée.',
  reopened: 'La discussion a repris.',
  converted: 'La discussion est devenue une demande.',
} satisfies Record<NoticeKind, string> & Record<string, string>

/** The words of the pages, by name. */
export type Words = Readonly<Record<keyof typeof fr, string>>

const en: Words = {
  open: 'Open the chat',
  close: 'Close the window',
  title: 'Chat',
  welcome: 'Hello! Write to us, an agent will answer you.',
  firstMessage: 'Your message',
  start: 'Start the chat',
  messages: 'Messages',
  write: 'Write a message',
  send: 'Send',
  waiting: 'An agent will answer you.',
  place: 'You are number {0} in the queue.',
  wait: 'Expected wait: {0} to {1} min.',
  with: 'You are talking to {0}.',
  ended: 'The chat has ended.',
  offline: 'The connection is lost. Your messages will be sent when it is back.',
  end: 'End the chat',
  again: 'New chat',
  rate: 'How was this chat?',
  stars: '{0} of 5',
  thanks: 'Thank you for your rating.',
  you: 'You',
  agent: 'Agent',
  customer: 'Customer',
  sending: 'sending',
  sent: 'sent',
  read: 'read',
  refused: 'not sent ({0})',
  discard: 'Remove',
  edited: 'edited',
  redacted: 'Message removed',
  note: 'Internal note',
  file: 'File',
  identify: 'The chat is not available ({0}).',
  accepted: '{0} has joined the chat.',
  transferred: 'The chat was transferred to {0}.',
  requeued: 'Another agent will answer you.',
  joined: '{0} has joined the chat.',
  left: '{0} has left the chat.',
  warned: 'Without an answer the chat will be closed soon.',
  closed: 'The chat has ended.',
  reopened: 'The chat goes on.',
  converted: 'The chat has become a ticket.',
}

/** The words for the first of some languages that there are words for; English otherwise. */
export function wordsFor(...languages: readonly (string | null | undefined)[]): {
  readonly language: 'fr' | 'en'
  readonly words: Words
} {
  for (const language of languages) {
    if (/^fr\b/i.test(language ?? '')) return { language: 'fr', words: fr }
    if (/^en\b/i.test(language ?? '')) return { language: 'en', words: en }
  }
  return { language: 'en', words: en }
}

/** Puts values into a text with {0}, {1}. */
export const fill = (text: string, ...values: readonly string[]): string =>
  text.replace(/\{(\d)\}/g, (_, index: string) => values[Number(index)] ?? '')
