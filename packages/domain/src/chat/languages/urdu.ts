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
  text: 'متن',
  file: 'فائل',
  voice: 'صوتی پیغام',
  note: 'اندرونی نوٹ',
  actions: 'اختیارات',
  card: 'کارڈ',
  automatic: 'خودکار',
  system: 'سسٹم',
}

/** What chats say in Urdu. */
export const urdu: ChatWording = {
  transcript: {
    title: 'چیٹ کا متن',
    customer: 'صارف',
    channel: 'چینل',
    started: 'آغاز',
    closed: 'اختتام',
    timeZone: 'اوقات بمطابق',
    note: 'اندرونی',
    forDesk: 'صرف سپورٹ کے لیے',
    edited: 'ترمیم شدہ',
    removed: 'مواد ہٹا دیا گیا',
    chosen: 'منتخب',
    filesLeft: {
      one: '# مزید فائل صرف چیٹ میں ہے: ٹکٹ میں اس سے زیادہ فائلیں نہیں آ سکتیں',
      other: '# مزید فائلیں صرف چیٹ میں ہیں: ٹکٹ میں اس سے زیادہ فائلیں نہیں آ سکتیں',
    },
    actorKinds: { customer: 'صارف', agent: 'نمائندہ', system: 'سسٹم' },
    kinds: messageKinds,
    mail: { title: 'آپ کی چیٹ کا متن', message: 'السلام علیکم،\n\nہماری سپورٹ ٹیم کے ساتھ آپ کی چیٹ کا متن منسلک ہے۔' },
  },
  pushes: {
    chat_message: { title: 'نیا پیغام', message: 'سپورٹ ٹیم نے آپ کو لکھا ہے۔ پیغام پڑھنے کے لیے چیٹ کھولیں۔' },
    chat_accepted: { title: 'نمائندہ حاضر ہے', message: 'آپ کی چیٹ قبول کر لی گئی ہے۔' },
    chat_warning: { title: 'آپ کی چیٹ بند ہونے والی ہے', message: 'آپ کا جواب نہ ملنے پر چیٹ جلد بند کر دی جائے گی۔' },
  },
}

const channels: Readonly<Record<ChatChannel, string>> = { web: 'ویب', mobile: 'موبائل', video: 'ویڈیو' }

const roles: Readonly<Record<ParticipantRole, string>> = { observer: 'مبصر', speaker: 'شریکِ گفتگو' }

const sides: Readonly<Record<ChatSide, string>> = { customer: 'صارف', desk: 'سپورٹ' }

const closeReasons: Readonly<Record<ChatCloseReason, string>> = {
  solved: 'حل ہو گئی',
  left: 'صارف چلے گئے',
  abandoned: 'انتظار کے دوران چھوڑ دی گئی',
  gone: 'صارف بغیر بتائے چلے گئے',
  inactive: 'کوئی جواب نہیں',
  converted: 'ٹکٹ میں تبدیل',
  continued: 'دوسری چیٹ میں جاری',
  spam: 'اسپام',
  other: 'دیگر وجہ',
}

const callKinds: Readonly<Record<CallKind, string>> = {
  voice: 'آواز',
  video: 'ویڈیو',
  screen: 'اسکرین',
  remote: 'دور سے مدد',
}

const callEndReasons: Readonly<Record<CallEndReason, string>> = {
  hung_up: 'کال ختم کر دی گئی',
  cancelled: 'منسوخ',
  declined: 'مسترد',
  unanswered: 'جواب نہیں ملا',
  failed: 'رابطہ ناکام',
  time_limit: 'زیادہ سے زیادہ دورانیہ',
  agent_left: 'نمائندہ چلے گئے',
  chat_closed: 'چیٹ بند',
}

/** What has happened in a chat, in Urdu. */
export const urduSentences: ChatSentences = {
  ChatStarted: ({ customer, channel }, { name }) => `${name(customer)} نے چیٹ شروع کی (${channels[channel]})`,
  ChatAccepted: ({ agent }, { name }) => `${name(agent)} نے چیٹ قبول کی`,
  ChatRequeued: () => 'چیٹ دوبارہ قطار میں رکھی گئی',
  ChatMessageSent: ({ kind }) => (kind === 'note' ? 'نوٹ لکھا گیا' : `پیغام بھیجا گیا (${messageKinds[kind]})`),
  ChatMessageEdited: ({ messageId }, { quote }) => `پیغام ${quote(messageId)} میں ترمیم کی گئی`,
  ChatMessageRedacted: ({ messageId }, { quote }) => `پیغام ${quote(messageId)} کا مواد ہٹا دیا گیا`,
  ChatActionChosen: ({ label }, { quote }) =>
    label === '' ? 'ایک اختیار منتخب کیا گیا' : `“${quote(label)}” منتخب کیا گیا`,
  ChatMessagesDelivered: ({ side, upTo }, { number }) => `${sides[side]} کو ${number(upTo)} تک موصول ہوا`,
  ChatMessagesRead: ({ side, upTo }, { number }) => `${sides[side]} نے ${number(upTo)} تک پڑھا`,
  ChatTransferEnded: ({ agent }, { name }) => (agent ? `منتقلی ختم: چیٹ ${name(agent)} کے پاس ہی ہے` : 'منتقلی ختم'),
  ChatTransferred: ({ from, to }, { name }) => `${name(to)} نے ${name(from)} سے چیٹ لے لی`,
  ChatParticipantJoined: ({ agent, role }, { name }) => `${name(agent)} شامل ہوئے (${roles[role]})`,
  ChatParticipantLeft: ({ agent }, { name }) => `${name(agent)} چلے گئے`,
  ChatCallRequested: ({ kind, recorded }) =>
    recorded
      ? `کال کی درخواست کی گئی (${callKinds[kind]})، ریکارڈنگ کے ساتھ`
      : `کال کی درخواست کی گئی (${callKinds[kind]})`,
  ChatCallAccepted: ({ recorded }) => (recorded ? 'کال اور اس کی ریکارڈنگ قبول کی گئی' : 'کال قبول کی گئی'),
  ChatCallStarted: () => 'کال جڑ گئی',
  ChatCallRecordingWithdrawn: () => 'ریکارڈنگ کی رضامندی واپس لے لی گئی',
  ChatCallEnded: ({ reason, seconds: length }, { seconds }) =>
    length === undefined
      ? `کال ختم ہوئی (${callEndReasons[reason]})`
      : `کال ${seconds(length)} کے بعد ختم ہوئی (${callEndReasons[reason]})`,
  ChatInactivityWarned: ({ closesAt }, { moment }) => `صارف کو خبردار کیا گیا: چیٹ ${moment(closesAt)} پر بند ہو گی`,
  ChatClosed: ({ reason }) => `چیٹ بند کی گئی (${closeReasons[reason]})`,
  ChatReopened: () => 'چیٹ دوبارہ کھولی گئی',
  ChatRated: ({ rating }, { number }) => `چیٹ کو 5 میں سے ${number(rating)} درجہ دیا گیا`,
  ChatTranscriptRequested: () => 'ای میل سے متن طلب کیا گیا',
  ChatConverted: ({ ticketId }, { quote }) => `چیٹ ٹکٹ ${quote(ticketId)} بن گئی`,
}
