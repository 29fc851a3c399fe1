import type { Priority } from '@guichet/domain'
import type { Language } from './customers.ts'

/** A problem of customers, with the desk's question and answer. */
export type Problem = {
  /** A category of the default configuration. */
  readonly category?: string
  readonly subject: string
  readonly question: string
  readonly askBack: string
  readonly details: string
  readonly solution: string
  readonly priority?: Priority
}

/** The texts in one language. */
export type Phrases = {
  readonly problems: readonly [Problem, ...Problem[]]
  readonly outage: Problem
  readonly wish: Problem
  readonly spam: Problem
  readonly thanks: string
  readonly stillBroken: string
  readonly again: string
  readonly update: string
  readonly sorry: string
  /** An agent's summary and reason for the escalation to an expert. */
  readonly tried: string
  readonly beyond: string
  /** The text of an expert who hands the ticket back. */
  readonly easy: string
}

const english: Phrases = {
  problems: [
    {
      category: 'technical_support/login_issues',
      subject: 'I cannot sign in any more',
      question: 'Hello, since this morning my password is rejected although I have not changed it.',
      askBack: 'Hello, could you tell us which browser you use and the exact message you see?',
      details: 'Firefox on Windows, and it says “unknown account”.',
      solution: 'Your account had been locked after five attempts. It is open again; please choose a new password.',
    },
    {
      category: 'billing_support/refund_requests',
      subject: 'Charged twice this month',
      question: 'My card shows two payments for the same subscription. Please refund one of them.',
      askBack: 'Could you send us the last four digits of the card and the two dates?',
      details: '4417, on the 2nd and on the 3rd.',
      solution: 'The second payment has been refunded; it will show on your statement within five days.',
    },
    {
      category: 'compliance_support/reporting_help',
      subject: 'The export stops at one thousand rows',
      question: 'I need all of last year, but the CSV file ends after row 1000.',
      askBack: 'Which filter was set when you started the export?',
      details: 'None, the whole year.',
      solution: 'Large exports arrive by e-mail: choose “send to me” and you will get the whole year.',
    },
    {
      category: 'technical_support/app_not_working',
      subject: 'The app closes when I open a picture',
      question: 'Every time I tap a picture the application closes.',
      askBack: 'Which telephone and which version of the app are you using?',
      details: 'A Pixel 7, version 4.2.',
      solution: 'Version 4.2.1 mends this; it is in the store since today.',
    },
  ],
  outage: {
    category: 'technical_support/trading_platform_issues',
    subject: 'Nothing works, our whole team is blocked',
    question: 'All pages answer with error 500 for everybody in our company.',
    askBack: 'Since when exactly, and from which network?',
    details: 'Since 9:40, from the office and from home.',
    solution: 'A failed node has been replaced, everything answers again. We are sorry for the trouble.',
    priority: 'urgent',
  },
  wish: {
    subject: 'A dark theme would be lovely',
    question: 'Could you add a dark theme? My eyes would thank you.',
    askBack: 'Thank you! On which screens would it matter most?',
    details: 'Mostly the calendar.',
    solution: 'Thank you for the suggestion: the product team has it on its list now.',
    priority: 'low',
  },
  spam: {
    subject: 'You have WON a prize!!!',
    question: 'Click here to claim your reward of 1,000,000 now.',
    askBack: '',
    details: '',
    solution: '',
  },
  thanks: 'It works, thank you very much!',
  stillBroken: 'I am afraid it still does not work.',
  again: 'The problem is back today, exactly as before.',
  update: 'We are still working on it and will write again within two hours.',
  sorry: 'We are sorry for the wait; your request is with a specialist.',
  tried: 'Cleared the cache and signed in again: the same.',
  beyond: 'Needs somebody who can look into the servers',
  easy: 'A setting of the account is enough',
}

const french: Phrases = {
  problems: [
    {
      category: 'technical_support/login_issues',
      subject: 'Impossible de me connecter',
      question: 'Bonjour, depuis ce matin mon mot de passe est refusé alors que je ne l’ai pas changé.',
      askBack: 'Bonjour, pourriez-vous préciser votre navigateur et le message exact affiché ?',
      details: 'Firefox sous Windows, avec le message « compte inconnu ».',
      solution: 'Votre compte était verrouillé après cinq essais. Il est rouvert : choisissez un nouveau mot de passe.',
    },
    {
      category: 'billing_support/refund_requests',
      subject: 'Prélevé deux fois ce mois-ci',
      question: 'Je vois deux paiements pour le même abonnement. Merci de me rembourser.',
      askBack: 'Pouvez-vous nous indiquer les deux dates et les quatre derniers chiffres de la carte ?',
      details: '4417, le 2 et le 3.',
      solution: 'Le second paiement est remboursé ; il apparaîtra sur votre relevé sous cinq jours.',
    },
    {
      category: 'investment_support/portfolio_questions',
      subject: 'Un pari n’apparaît pas dans mes statistiques',
      question: 'J’ai ajouté un pari hier soir et mes statistiques n’ont pas bougé.',
      askBack: 'De quel match s’agit-il, et l’avez-vous saisi sur le site ou dans l’application ?',
      details: 'Lyon – Marseille, dans l’application.',
      solution: 'La synchronisation avait pris du retard ; vos statistiques sont à jour maintenant.',
    },
    {
      category: 'compliance_support/reporting_help',
      subject: 'L’export s’arrête à mille lignes',
      question: 'Il me faut toute l’année dernière mais le fichier CSV s’arrête à la ligne 1000.',
      askBack: 'Quel filtre était actif au lancement de l’export ?',
      details: 'Aucun, toute l’année.',
      solution: 'Les grands exports partent par e-mail : choisissez « me l’envoyer ».',
    },
  ],
  outage: {
    category: 'technical_support/trading_platform_issues',
    subject: 'Plus rien ne fonctionne, toute l’équipe est bloquée',
    question: 'Toutes les pages répondent par l’erreur 500 pour toute notre société.',
    askBack: 'Depuis quelle heure exactement, et depuis quel réseau ?',
    details: 'Depuis 9 h 40, au bureau comme à la maison.',
    solution: 'Un serveur en panne a été remplacé, tout répond à nouveau. Toutes nos excuses.',
    priority: 'urgent',
  },
  wish: {
    subject: 'Un thème sombre serait parfait',
    question: 'Pourriez-vous ajouter un thème sombre ? Mes yeux vous diraient merci.',
    askBack: 'Merci ! Sur quels écrans serait-il le plus utile ?',
    details: 'Surtout le calendrier.',
    solution: 'Merci pour votre suggestion : elle est transmise à l’équipe produit.',
    priority: 'low',
  },
  spam: {
    subject: 'Vous avez GAGNÉ !!!',
    question: 'Cliquez ici pour recevoir votre million.',
    askBack: '',
    details: '',
    solution: '',
  },
  thanks: 'Ça marche, merci beaucoup !',
  stillBroken: 'Malheureusement, cela ne fonctionne toujours pas.',
  again: 'Le problème est revenu aujourd’hui, exactement comme avant.',
  update: 'Nous y travaillons toujours et reviendrons vers vous d’ici deux heures.',
  sorry: 'Veuillez nous excuser pour l’attente ; un spécialiste suit votre demande.',
  tried: 'Cache vidé, nouvelle connexion : rien ne change.',
  beyond: 'Il faut quelqu’un qui puisse regarder les serveurs',
  easy: 'Un réglage du compte suffit',
}

const spanish: Phrases = {
  problems: [
    {
      category: 'technical_support/login_issues',
      subject: 'No puedo iniciar sesión',
      question: 'Hola, desde esta mañana mi contraseña no funciona y no la he cambiado.',
      askBack: '¿Qué navegador utiliza y qué mensaje aparece exactamente?',
      details: 'Chrome en Mac, y dice «cuenta desconocida».',
      solution: 'Su cuenta estaba bloqueada tras cinco intentos. Ya está abierta: elija una nueva contraseña.',
    },
    {
      category: 'billing_support/refund_requests',
      subject: 'Me han cobrado dos veces',
      question: 'Veo dos pagos por la misma suscripción. ¿Pueden devolverme uno?',
      askBack: '¿Nos indica las dos fechas y los cuatro últimos dígitos de la tarjeta?',
      details: '4417, el día 2 y el día 3.',
      solution: 'El segundo pago ha sido devuelto; aparecerá en su extracto en cinco días.',
    },
  ],
  outage: {
    category: 'technical_support/trading_platform_issues',
    subject: 'No funciona nada, todo el equipo está parado',
    question: 'Todas las páginas responden con el error 500 para toda la empresa.',
    askBack: '¿Desde qué hora exactamente?',
    details: 'Desde las 9:40.',
    solution: 'Hemos sustituido un servidor averiado; todo vuelve a responder. Disculpe las molestias.',
    priority: 'urgent',
  },
  wish: {
    subject: 'Un tema oscuro sería estupendo',
    question: '¿Podrían añadir un tema oscuro?',
    askBack: '¡Gracias! ¿En qué pantallas sería más útil?',
    details: 'Sobre todo en el calendario.',
    solution: 'Gracias por la sugerencia: el equipo de producto ya la tiene.',
    priority: 'low',
  },
  spam: {
    subject: '¡¡¡Ha GANADO un premio!!!',
    question: 'Pulse aquí para recibir su millón.',
    askBack: '',
    details: '',
    solution: '',
  },
  thanks: 'Funciona, ¡muchas gracias!',
  stillBroken: 'Por desgracia sigue sin funcionar.',
  again: 'El problema ha vuelto hoy, igual que antes.',
  update: 'Seguimos trabajando en ello y le escribiremos en dos horas.',
  sorry: 'Disculpe la espera; un especialista se ocupa de su caso.',
  tried: 'Caché vaciada y nueva conexión: sigue igual.',
  beyond: 'Hace falta alguien que mire los servidores',
  easy: 'Basta con un ajuste de la cuenta',
}

/** What simulated customers and agents write, by language. */
export const phrases: Readonly<Record<Language, Phrases>> = { fr: french, en: english, es: spanish }
