import type { Phrases } from './phrases.ts'

export const spanish: Phrases = {
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
