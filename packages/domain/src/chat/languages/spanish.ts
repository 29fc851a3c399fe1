import type {
  CallEndReason,
  CallKind,
  ChatChannel,
  ChatCloseReason,
  ChatMessageKind,
  ChatSide,
  ParticipantRole,
} from '../vocabulary.ts'
import type { ChatSentences, ChatWording } from './definition.ts'

const messageKinds: Readonly<Record<ChatMessageKind, string>> = {
  text: 'texto',
  file: 'archivo',
  voice: 'nota de voz',
  note: 'nota interna',
  actions: 'acciones',
  card: 'ficha',
  automatic: 'automático',
  system: 'sistema',
}

/** What chats say in Spanish. */
export const spanish: ChatWording = {
  transcript: {
    title: 'Transcripción del chat',
    customer: 'Cliente',
    channel: 'Canal',
    started: 'Inicio',
    closed: 'Fin',
    timeZone: 'Horas de',
    note: 'INTERNO',
    forDesk: 'SOLO PARA EL SOPORTE',
    edited: 'editado',
    removed: 'contenido eliminado',
    chosen: 'elegido',
    filesLeft: {
      one: '# archivo más está solo en el chat: el ticket no admite más',
      many: '# de archivos más están solo en el chat: el ticket no admite más',
      other: '# archivos más están solo en el chat: el ticket no admite más',
    },
    actorKinds: { customer: 'Cliente', agent: 'Agente', system: 'Sistema' },
    kinds: messageKinds,
    mail: {
      title: 'La transcripción de su chat',
      message: 'Hola:\n\nAdjuntamos la transcripción de su chat con nuestro equipo de soporte.',
    },
  },
  pushes: {
    chat_message: {
      title: 'Mensaje nuevo',
      message: 'El equipo de soporte le ha escrito. Abra el chat para leer el mensaje.',
    },
    chat_accepted: { title: 'Ya hay un agente', message: 'Su chat ha sido atendido.' },
    chat_warning: { title: 'Su chat está a punto de cerrarse', message: 'Si no responde, el chat se cerrará pronto.' },
  },
}

const channels: Readonly<Record<ChatChannel, string>> = { web: 'web', mobile: 'móvil', video: 'vídeo' }

const roles: Readonly<Record<ParticipantRole, string>> = { observer: 'observador', speaker: 'participante' }

const sides: Readonly<Record<ChatSide, string>> = { customer: 'cliente', desk: 'soporte' }

const closeReasons: Readonly<Record<ChatCloseReason, string>> = {
  solved: 'resuelto',
  left: 'el cliente salió',
  abandoned: 'abandonado durante la espera',
  gone: 'el cliente se fue sin avisar',
  inactive: 'sin respuesta',
  converted: 'convertido en ticket',
  continued: 'continuado en otro chat',
  spam: 'no deseado',
  other: 'otro motivo',
}

const callKinds: Readonly<Record<CallKind, string>> = {
  voice: 'voz',
  video: 'vídeo',
  screen: 'pantalla compartida',
  remote: 'ayuda remota',
}

const callEndReasons: Readonly<Record<CallEndReason, string>> = {
  hung_up: 'se colgó',
  cancelled: 'cancelada',
  declined: 'rechazada',
  unanswered: 'sin respuesta',
  failed: 'falló la conexión',
  time_limit: 'duración máxima',
  agent_left: 'el agente salió',
  chat_closed: 'chat cerrado',
}

/** What has happened in a chat, in Spanish. */
export const spanishSentences: ChatSentences = {
  ChatStarted: ({ customer, channel }, { name }) => `${name(customer)} inició el chat (${channels[channel]})`,
  ChatAccepted: ({ agent }, { name }) => `${name(agent)} aceptó el chat`,
  ChatRequeued: () => 'devuelto a la cola',
  ChatMessageSent: ({ kind }) => (kind === 'note' ? 'escribió una nota' : `envió un mensaje (${messageKinds[kind]})`),
  ChatMessageEdited: ({ messageId }, { quote }) => `editó el mensaje ${quote(messageId)}`,
  ChatMessageRedacted: ({ messageId }, { quote }) => `eliminó el contenido del mensaje ${quote(messageId)}`,
  ChatActionChosen: ({ label }, { quote }) => (label === '' ? 'eligió una acción' : `eligió «${quote(label)}»`),
  ChatMessagesDelivered: ({ side, upTo }, { number }) => `entregado al ${sides[side]} hasta el ${number(upTo)}`,
  ChatMessagesRead: ({ side, upTo }, { number }) => `leído por el ${sides[side]} hasta el ${number(upTo)}`,
  ChatTransferEnded: ({ agent }, { name }) =>
    agent ? `la transferencia terminó: ${name(agent)} sigue en el chat` : 'la transferencia terminó',
  ChatTransferred: ({ from, to }, { name }) => `${name(to)} tomó el relevo de ${name(from)}`,
  ChatParticipantJoined: ({ agent, role }, { name }) => `${name(agent)} se unió (${roles[role]})`,
  ChatParticipantLeft: ({ agent }, { name }) => `${name(agent)} salió del chat`,
  ChatCallRequested: ({ kind, recorded }) =>
    recorded ? `pidió una llamada (${callKinds[kind]}), con grabación` : `pidió una llamada (${callKinds[kind]})`,
  ChatCallAccepted: ({ recorded }) => (recorded ? 'aceptó la llamada y su grabación' : 'aceptó la llamada'),
  ChatCallStarted: () => 'la llamada está conectada',
  ChatCallRecordingWithdrawn: () => 'retiró el consentimiento para la grabación',
  ChatCallEnded: ({ reason, seconds: length }, { seconds }) =>
    length === undefined
      ? `la llamada terminó (${callEndReasons[reason]})`
      : `la llamada terminó tras ${seconds(length)} (${callEndReasons[reason]})`,
  ChatInactivityWarned: ({ closesAt }, { moment }) => `se avisó al cliente: el chat se cierra el ${moment(closesAt)}`,
  ChatClosed: ({ reason }) => `cerró el chat (${closeReasons[reason]})`,
  ChatReopened: () => 'reabrió el chat',
  ChatRated: ({ rating }, { number }) => `valoró el chat con ${number(rating)} de 5`,
  ChatTranscriptRequested: () => 'pidió la transcripción por correo electrónico',
  ChatConverted: ({ ticketId }, { quote }) => `se convirtió en el ticket ${quote(ticketId)}`,
}
