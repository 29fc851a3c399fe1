import type { ProactiveWording } from './definition.ts'

/** What the desk writes before it is asked, in Urdu. */
export const urdu: ProactiveWording = {
  subjects: {
    form_error: 'ایک فارم جو بھیجا نہیں جا رہا',
    login_failed: 'سائن ان نہیں ہو پا رہا',
    error_occurred: 'ایک خرابی جو بار بار آتی ہے',
    timeout_occurred: 'ایک عمل جو مکمل نہیں ہوتا',
    faq_search: 'مدد میں جواب نہیں مل رہا',
    rising: 'مسلسل بڑھتی ہوئی خرابیاں',
    other: 'ایک مسئلہ جو بار بار آتا ہے',
  },
  troubles: {
    form_error: 'فارم میں خرابی',
    login_failed: 'سائن ان کی ناکامی',
    error_occurred: 'خرابی',
    timeout_occurred: 'بغیر جواب کا عمل',
    faq_search: 'بغیر جواب کی تلاش',
    rising: 'خرابی',
    other: 'وہی مسئلہ',
  },
  summary: (trouble, times, since) => `${since} سے میرے ساتھ ${times} یہ ہوا ہے: ${trouble}۔`,
  times: { one: '# بار', other: '# بار' },
  code: 'کوڈ:',
  pages: 'کہاں:',
  versions: 'ورژن:',
  reasons: {
    repeated: { one: 'وہی مسئلہ تھوڑے وقت میں # بار پیش آیا۔', other: 'وہی مسئلہ تھوڑے وقت میں # بار پیش آیا۔' },
    searches: {
      one: 'مدد میں # بار تلاش کے بعد کوئی مضمون نہیں کھولا گیا۔',
      other: 'مدد میں # بار تلاش کے بعد کوئی مضمون نہیں کھولا گیا۔',
    },
    rising: { one: '# خرابی، پچھلے دنوں سے زیادہ۔', other: '# خرابیاں، پچھلے دنوں سے کہیں زیادہ۔' },
    other_trouble: { one: 'اسی دوران ایک اور ناکامی۔', other: 'کل # مزید ناکامیاں۔' },
    organisation: { one: 'ایک ساتھی کو بھی یہی مسئلہ ہے۔', other: '# ساتھیوں کو بھی یہی مسئلہ ہے۔' },
    tickets: { one: 'پچھلے تیس دنوں میں ایک ٹکٹ۔', other: 'تیس دنوں میں # ٹکٹ۔' },
    plan: 'لیا گیا پلان زیادہ ترجیح دیتا ہے۔',
  },
  declaration: {
    title: (fingerprint) => `بہت سے صارفین کا مسئلہ: ${fingerprint}`,
    summary: (people, usual, since) =>
      `24 گھنٹوں میں ${people} صارفین کو یہی مسئلہ پیش آیا؛ معمول کے مطابق روزانہ ${usual} کو پیش آتا ہے۔ ${since} سے دیکھا گیا۔`,
  },
}
