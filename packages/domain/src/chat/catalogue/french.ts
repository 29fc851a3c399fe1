import type { Priority } from '../../kernel/values.ts'
import type {
  CallEndReason,
  CallKind,
  ChatChannel,
  ChatCloseReason,
  ChatMessageKind,
  ChatSide,
  ParticipantRole,
} from '../vocabulary.ts'

type Words<W extends string> = Readonly<Record<W, string>>

/** The vocabulary of chats in French. */
export const french: {
  readonly channels: Words<ChatChannel>
  readonly priorities: Words<Priority>
  readonly roles: Words<ParticipantRole>
  readonly sides: Words<ChatSide>
  readonly closeReasons: Words<ChatCloseReason>
  readonly messageKinds: Words<ChatMessageKind>
  readonly callKinds: Words<CallKind>
  readonly callEndReasons: Words<CallEndReason>
} = {
  channels: { web: 'web', mobile: 'mobile', video: 'vidéo' },
  priorities: { low: 'basse', normal: 'normale', high: 'haute', urgent: 'urgente' },
  roles: { observer: 'observateur', speaker: 'intervenant' },
  sides: { customer: 'client', desk: 'support' },
  closeReasons: {
    solved: 'résolue',
    left: 'le client a quitté',
    abandoned: 'abandonnée en attente',
    gone: 'client parti sans un mot',
    inactive: 'sans réponse',
    converted: 'convertie en ticket',
    continued: 'poursuivie dans une autre conversation',
    spam: 'indésirable',
    other: 'autre raison',
  },
  messageKinds: {
    text: 'texte',
    file: 'fichier',
    voice: 'message vocal',
    note: 'note interne',
    actions: 'actions',
    card: 'fiche',
    automatic: 'automatique',
    system: 'système',
  },
  callKinds: { voice: 'voix', video: 'vidéo', screen: 'écran partagé', remote: 'aide à distance' },
  callEndReasons: {
    hung_up: 'raccroché',
    cancelled: 'annulé',
    declined: 'refusé',
    unanswered: 'sans réponse',
    failed: 'échec de la connexion',
    time_limit: 'durée maximale',
    agent_left: 'départ du conseiller',
    chat_closed: 'conversation fermée',
  },
}
