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
  text: 'نص',
  file: 'ملف',
  voice: 'رسالة صوتية',
  note: 'ملاحظة داخلية',
  actions: 'إجراءات',
  card: 'بطاقة',
  automatic: 'تلقائية',
  system: 'النظام',
}

/** What chats say in Arabic. */
export const arabic: ChatWording = {
  transcript: {
    title: 'نص المحادثة',
    customer: 'العميل',
    channel: 'القناة',
    started: 'البداية',
    closed: 'النهاية',
    timeZone: 'التوقيت حسب',
    note: 'داخلي',
    forDesk: 'لفريق الدعم فقط',
    edited: 'معدَّلة',
    removed: 'أُزيل المحتوى',
    chosen: 'تم اختياره',
    filesLeft: {
      zero: 'لا توجد ملفات أخرى في المحادثة وحدها',
      one: 'ملف إضافي واحد موجود في المحادثة وحدها: لا تتسع التذكرة لأكثر من ذلك',
      two: 'ملفان إضافيان موجودان في المحادثة وحدها: لا تتسع التذكرة لأكثر من ذلك',
      few: '# ملفات إضافية موجودة في المحادثة وحدها: لا تتسع التذكرة لأكثر من ذلك',
      many: '# ملفًا إضافيًا موجودًا في المحادثة وحدها: لا تتسع التذكرة لأكثر من ذلك',
      other: '# ملف إضافي في المحادثة وحدها: لا تتسع التذكرة لأكثر من ذلك',
    },
    actorKinds: { customer: 'العميل', agent: 'موظف الدعم', system: 'النظام' },
    kinds: messageKinds,
    mail: { title: 'نص محادثتكم', message: 'مرحبًا،\n\nتجدون في المرفق نص محادثتكم مع فريق الدعم لدينا.' },
  },
  pushes: {
    chat_message: { title: 'رسالة جديدة', message: 'كتب إليكم فريق الدعم. افتحوا المحادثة لقراءة الرسالة.' },
    chat_accepted: { title: 'موظف الدعم معكم الآن', message: 'بدأ أحد موظفينا بمتابعة محادثتكم.' },
    chat_warning: { title: 'ستُغلق محادثتكم قريبًا', message: 'ستُغلق المحادثة قريبًا ما لم يصلنا رد منكم.' },
  },
}

const channels: Readonly<Record<ChatChannel, string>> = { web: 'الويب', mobile: 'الجوال', video: 'الفيديو' }

const roles: Readonly<Record<ParticipantRole, string>> = { observer: 'مراقب', speaker: 'متحدث' }

const sides: Readonly<Record<ChatSide, string>> = { customer: 'العميل', desk: 'فريق الدعم' }

const closeReasons: Readonly<Record<ChatCloseReason, string>> = {
  solved: 'تم الحل',
  left: 'غادر العميل',
  abandoned: 'تُركت أثناء الانتظار',
  gone: 'انصرف العميل دون رد',
  inactive: 'لا يوجد رد',
  converted: 'حُوِّلت إلى تذكرة',
  continued: 'استُكملت في محادثة أخرى',
  spam: 'رسائل مزعجة',
  other: 'سبب آخر',
}

const callKinds: Readonly<Record<CallKind, string>> = {
  voice: 'صوت',
  video: 'فيديو',
  screen: 'مشاركة الشاشة',
  remote: 'مساعدة عن بُعد',
}

const callEndReasons: Readonly<Record<CallEndReason, string>> = {
  hung_up: 'إنهاء المكالمة',
  cancelled: 'أُلغيت',
  declined: 'رُفضت',
  unanswered: 'لم يُرد عليها',
  failed: 'تعذّر الاتصال',
  time_limit: 'بلوغ المدة القصوى',
  agent_left: 'مغادرة موظف الدعم',
  chat_closed: 'إغلاق المحادثة',
}

/** What has happened in a chat, in Arabic. */
export const arabicSentences: ChatSentences = {
  ChatStarted: ({ customer, channel }, { name }) => `بدأت المحادثة من طرف ${name(customer)} (${channels[channel]})`,
  ChatAccepted: ({ agent }, { name }) => `بدأت متابعة المحادثة من طرف ${name(agent)}`,
  ChatRequeued: () => 'أُعيدت المحادثة إلى قائمة الانتظار',
  ChatMessageSent: ({ kind }) => (kind === 'note' ? 'كُتبت ملاحظة' : `أُرسلت رسالة (${messageKinds[kind]})`),
  ChatMessageEdited: ({ messageId }, { quote }) => `عُدّلت الرسالة ${quote(messageId)}`,
  ChatMessageRedacted: ({ messageId }, { quote }) => `أُزيل محتوى الرسالة ${quote(messageId)}`,
  ChatActionChosen: ({ label }, { quote }) => (label === '' ? 'اختير إجراء' : `اختير «${quote(label)}»`),
  ChatMessagesDelivered: ({ side, upTo }, { number }) => `وصل إلى ${sides[side]} حتى ${number(upTo)}`,
  ChatMessagesRead: ({ side, upTo }, { number }) => `قرأه ${sides[side]} حتى ${number(upTo)}`,
  ChatTransferEnded: ({ agent }, { name }) =>
    agent ? `انتهى التحويل: تبقى المحادثة مع ${name(agent)}` : 'انتهى التحويل',
  ChatTransferred: ({ from, to }, { name }) => `انتقلت المحادثة من ${name(from)} إلى ${name(to)}`,
  ChatParticipantJoined: ({ agent, role }, { name }) => `انضمام إلى المحادثة: ${name(agent)} (${roles[role]})`,
  ChatParticipantLeft: ({ agent }, { name }) => `مغادرة المحادثة: ${name(agent)}`,
  ChatCallRequested: ({ kind, recorded }) =>
    recorded ? `طُلبت مكالمة (${callKinds[kind]}) مع التسجيل` : `طُلبت مكالمة (${callKinds[kind]})`,
  ChatCallAccepted: ({ recorded }) => (recorded ? 'قُبلت المكالمة وتسجيلها' : 'قُبلت المكالمة'),
  ChatCallStarted: () => 'تم توصيل المكالمة',
  ChatCallRecordingWithdrawn: () => 'سُحبت الموافقة على التسجيل',
  ChatCallEnded: ({ reason, seconds: length }, { seconds }) =>
    length === undefined
      ? `انتهت المكالمة (${callEndReasons[reason]})`
      : `انتهت المكالمة بعد ${seconds(length)} (${callEndReasons[reason]})`,
  ChatInactivityWarned: ({ closesAt }, { moment }) => `نُبِّه العميل: ستُغلق المحادثة في ${moment(closesAt)}`,
  ChatClosed: ({ reason }) => `أُغلقت المحادثة (${closeReasons[reason]})`,
  ChatReopened: () => 'أُعيد فتح المحادثة',
  ChatRated: ({ rating }, { number }) => `قُيِّمت المحادثة بـ ${number(rating)} من 5`,
  ChatTranscriptRequested: () => 'طُلب نص المحادثة بالبريد الإلكتروني',
  ChatConverted: ({ ticketId }, { quote }) => `تحولت المحادثة إلى التذكرة ${quote(ticketId)}`,
}
