import type { ProactiveWording } from './definition.ts'

/** What the desk writes before it is asked, in Hindi. */
export const hindi: ProactiveWording = {
  subjects: {
    form_error: 'एक फ़ॉर्म जो भेजा नहीं जा रहा',
    login_failed: 'साइन इन नहीं हो पा रहा',
    error_occurred: 'एक त्रुटि जो बार-बार आती है',
    timeout_occurred: 'एक प्रक्रिया जो पूरी नहीं होती',
    faq_search: 'सहायता में जवाब नहीं मिल रहा',
    rising: 'लगातार बढ़ती त्रुटियाँ',
    other: 'एक समस्या जो बार-बार आती है',
  },
  troubles: {
    form_error: 'फ़ॉर्म में त्रुटि',
    login_failed: 'साइन इन विफल',
    error_occurred: 'त्रुटि',
    timeout_occurred: 'बिना जवाब की प्रक्रिया',
    faq_search: 'बिना जवाब की खोज',
    rising: 'त्रुटि',
    other: 'वही समस्या',
  },
  summary: (trouble, times, since) => `${since} से मेरे साथ ${times} यह हुआ है: ${trouble}।`,
  times: { one: '# बार', other: '# बार' },
  code: 'कोड:',
  pages: 'कहाँ:',
  versions: 'संस्करण:',
  reasons: {
    repeated: { one: 'वही समस्या थोड़े समय में # बार आई।', other: 'वही समस्या थोड़े समय में # बार आई।' },
    searches: {
      one: 'सहायता में की गई # खोज के बाद कोई लेख नहीं खोला गया।',
      other: 'सहायता में की गई # खोजों के बाद कोई लेख नहीं खोला गया।',
    },
    rising: { one: '# त्रुटि, पिछले दिनों से अधिक।', other: '# त्रुटियाँ, पिछले दिनों से कहीं अधिक।' },
    other_trouble: { one: 'उसी दौरान एक और विफलता।', other: 'कुल # और विफलताएँ।' },
    organisation: { one: 'एक सहकर्मी को भी यही समस्या है।', other: '# सहकर्मियों को भी यही समस्या है।' },
    tickets: { one: 'पिछले तीस दिनों में एक टिकट।', other: 'तीस दिनों में # टिकट।' },
    plan: 'लिया गया प्लान अधिक प्राथमिकता देता है।',
  },
  declaration: {
    title: (fingerprint) => `बहुत-से ग्राहकों की समस्या: ${fingerprint}`,
    summary: (people, usual, since) =>
      `24 घंटों में ${people} ग्राहकों को यही समस्या हुई; सामान्यतः प्रतिदिन ${usual} को होती है। ${since} से देखी गई।`,
  },
}
