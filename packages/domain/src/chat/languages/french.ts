import { french as vocabulary } from '../catalogue/french.ts'
import type { ChatWording } from './definition.ts'

/** What chats say in French. */
export const french: ChatWording = {
  transcript: {
    title: 'Transcription de la conversation',
    customer: 'Client',
    channel: 'Canal',
    started: 'Début',
    closed: 'Fin',
    timeZone: 'Heures de',
    note: 'INTERNE',
    forDesk: 'POUR LE SUPPORT SEULEMENT',
    edited: 'modifié',
    removed: 'contenu retiré',
    chosen: 'choisi',
    filesLeft: {
      one: '# fichier de plus est dans la conversation seule : le ticket ne peut pas en avoir davantage',
      many: '# de fichiers de plus sont dans la conversation seule : le ticket ne peut pas en avoir davantage',
      other: '# fichiers de plus sont dans la conversation seule : le ticket ne peut pas en avoir davantage',
    },
    actorKinds: { customer: 'Client', agent: 'Conseiller', system: 'Système' },
    kinds: vocabulary.messageKinds,
    mail: {
      title: 'La transcription de votre conversation',
      message: 'Bonjour,\n\nvous trouverez ci-joint la transcription de votre conversation avec notre support.',
    },
  },
  pushes: {
    chat_message: {
      title: 'Nouveau message',
      message: 'Le support vous a écrit. Ouvrez la conversation pour lire son message.',
    },
    chat_accepted: { title: 'Un conseiller est là', message: 'Votre conversation a été prise en charge.' },
    chat_warning: {
      title: 'Votre conversation va se fermer',
      message: 'Sans réponse de votre part, la conversation sera bientôt fermée.',
    },
  },
}
