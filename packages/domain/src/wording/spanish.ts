import type { LanguageWording } from './wording.ts'

/** The desk's messages to its customers in Spanish. */
const spanishLetters: Pick<LanguageWording, 'automatic' | 'chats' | 'replyTemplates'> = {
  chats: {
    requeued: 'Su agente ya no está disponible. Conserva su lugar en la cola: otro agente le atenderá.',
    stays: 'El turno del agente ha terminado y nadie de turno ha tomado este chat: sigue a cargo de su agente.',
  },
  automatic: {
    chase: [
      `Hola, [Nombre]:

Llevamos [X días] a la espera de su respuesta sobre «[Asunto]». ¿Podría enviárnosla?

Un cordial saludo,
[Firma]`,
      `Hola:

Llevamos [X días] a la espera de su respuesta sobre «[Asunto]». ¿Podría enviárnosla?

Un cordial saludo,
[Firma]`,
      `Hola:

Estamos a la espera de su respuesta sobre «[Asunto]». ¿Podría enviárnosla?

Un cordial saludo,
[Firma]`,
    ],
    closeUnanswered: [
      `Hola, [Nombre]:

Como no hemos tenido noticias suyas desde hace [X días], entendemos que su problema está resuelto.

Por ello, cerramos este ticket. Si todavía necesita ayuda, abra un ticket nuevo o responda a este.

Un cordial saludo,
[Firma]`,
      `Hola:

Como no hemos tenido noticias suyas desde hace [X días], entendemos que su problema está resuelto.

Por ello, cerramos este ticket. Si todavía necesita ayuda, abra un ticket nuevo o responda a este.

Un cordial saludo,
[Firma]`,
      `Hola:

Como no hemos tenido noticias suyas, entendemos que su problema está resuelto.

Por ello, cerramos este ticket. Si todavía necesita ayuda, abra un ticket nuevo o responda a este.

Un cordial saludo,
[Firma]`,
    ],
  },
  replyTemplates: {
    primera_respuesta: `Hola, [Nombre]:

Gracias por su mensaje. He tomado nota de su solicitud sobre «[Asunto]».

[Respuesta o petición de información]

Quedo a su disposición.

Un cordial saludo,
[Su nombre]
[Firma]`,
    peticion_informacion: `Hola, [Nombre]:

Para ayudarle mejor, ¿podría indicarme lo siguiente?
- [Pregunta 1]
- [Pregunta 2]
- [Pregunta 3]

Así podré encontrar la solución adecuada.

Gracias de antemano,
[Su nombre]`,
    solucion: `Hola, [Nombre]:

He encontrado la solución a su problema:

[Explicación detallada de la solución]

Pasos que debe seguir:
1. [Paso 1]
2. [Paso 2]
3. [Paso 3]

No dude en escribirme de nuevo si necesita más ayuda.

Un cordial saludo,
[Su nombre]`,
    peticion_funcionalidad: `Hola:

Gracias por su sugerencia sobre «[Asunto]».

Nuestro equipo de producto lee todas las sugerencias y las tiene en cuenta al planificar los próximos pasos. La suya ha quedado registrada y ya la tienen; por eso marco este ticket como resuelto.

Un cordial saludo,
[Firma]`,
    cierre_sin_respuesta: `Hola, [Nombre]:

Como no he tenido noticias suyas desde hace [X días], entiendo que su problema está resuelto.

Por ello, cierro este ticket. Si todavía necesita ayuda, abra un ticket nuevo o responda a este.

Un cordial saludo,
[Su nombre]`,
  },
}

/** The wording in Spanish. */
export const spanish: LanguageWording = {
  language: 'es',
  placeholders: {
    nombre: 'firstName',
    'su nombre': 'agentFirstName',
    asunto: 'subject',
    'x días': 'days',
    firma: 'signature',
    'novedades del incidente': 'news',
    'retraso del incidente': 'debt',
    'número de clientes': 'people',
    'número habitual': 'usualPeople',
    'índice de salud': 'score',
    'índice anterior': 'scoreBefore',
    'otras bajadas': 'otherFalls',
  },
  statuses: {
    new: 'Nuevo',
    in_progress: 'En curso',
    waiting_customer: 'En espera del cliente',
    resolved: 'Resuelto',
    closed: 'Cerrado',
  },
  notifications: {
    reply: {
      title: ['Ticket de soporte: Nueva respuesta'],
      message: ['Ha recibido una respuesta a su ticket «[Asunto]».'],
    },
    waiting: {
      title: ['Ticket de soporte: A la espera de su respuesta'],
      message: ['Su ticket «[Asunto]» está ahora a la espera de su respuesta.'],
    },
    chase: {
      title: ['Ticket de soporte: Recordatorio'],
      message: [
        'Su ticket «[Asunto]» lleva [X días] a la espera de su respuesta.',
        'Su ticket «[Asunto]» sigue a la espera de su respuesta.',
      ],
    },
    resolved: { title: ['Ticket de soporte: Resuelto'], message: ['Su ticket «[Asunto]» ya está resuelto.'] },
    closed: { title: ['Ticket de soporte: Cerrado'], message: ['Su ticket «[Asunto]» ya está cerrado.'] },
    followed: {
      title: ['Ticket de soporte: Novedades'],
      message: ['Hay novedades en un ticket de soporte que usted sigue.'],
    },
    customer_replied: {
      title: ['Ticket de soporte: Respuesta del cliente'],
      message: ['El cliente ha respondido al ticket «[Asunto]».'],
    },
    question_merged: {
      title: ['Ticket de soporte: Pregunta añadida'],
      message: ['Otro ticket del cliente, con una pregunta abierta, se ha fusionado con el ticket «[Asunto]».'],
    },
    assigned: { title: ['Ticket de soporte: Asignado a usted'], message: ['Se le ha asignado el ticket «[Asunto]».'] },
    escalated: {
      title: ['Ticket de soporte: Escalado'],
      message: ['El ticket «[Asunto]» se ha pasado a otro equipo.'],
    },
    stagnation: {
      title: ['Ticket de soporte: Sin actividad'],
      message: [
        'El ticket «[Asunto]» lleva más de [X días] en curso sin actividad.',
        'El ticket «[Asunto]» está en curso sin actividad.',
      ],
    },
    update_overdue: {
      title: ['Ticket de soporte: Informe al cliente'],
      message: ['El cliente del ticket «[Asunto]» espera noticias.'],
    },
    update_overdue_urgent: {
      title: ['Ticket urgente: Informe al cliente'],
      message: ['El cliente del ticket urgente «[Asunto]» espera noticias.'],
    },
    update_soon_overdue: {
      title: ['Ticket de soporte: Noticias pendientes'],
      message: ['El cliente del ticket «[Asunto]» debe recibir noticias pronto.'],
    },
    incident_declared: {
      title: ['Incidente crítico: Declarado'],
      message: ['Se ha declarado el incidente «[Asunto]»; se está avisando al personal de guardia.'],
    },
    incident_paged: {
      title: ['Incidente crítico: Está de guardia'],
      message: ['El incidente «[Asunto]» espera a que usted se haga cargo.'],
    },
    incident_acknowledged: {
      title: ['Incidente crítico: Atendido'],
      message: ['Alguien se ha hecho cargo del incidente «[Asunto]».'],
    },
    incident_update: {
      title: ['Incidente: Novedades'],
      message: ['Incidente «[Asunto]»: [Novedades del incidente]', 'Hay novedades del incidente «[Asunto]».'],
    },
    incident_briefing: {
      title: ['Incidente crítico: Informe interno'],
      message: ['Incidente «[Asunto]»: [Novedades del incidente]', 'Hay novedades del incidente «[Asunto]».'],
    },
    incident_overdue: {
      title: ['Incidente crítico: Con retraso'],
      message: [
        'El incidente «[Asunto]» tiene pendiente con retraso: [Retraso del incidente].',
        'El incidente «[Asunto]» va con retraso.',
      ],
    },
    incident_callback: {
      title: ['Incidente crítico: Cliente contactado'],
      message: ['Se ha devuelto la llamada al cliente del incidente «[Asunto]».'],
    },
    incident_war_room: {
      title: ['Incidente crítico: Gabinete de crisis'],
      message: [
        'El gabinete de crisis del incidente «[Asunto]» está abierto: [Novedades del incidente]',
        'El gabinete de crisis del incidente «[Asunto]» está abierto.',
      ],
    },
    incident_technician: {
      title: ['Incidente crítico: Intervención en el lugar'],
      message: [
        'Se necesita a alguien en el lugar por el incidente «[Asunto]»: [Novedades del incidente]',
        'Se necesita a alguien en el lugar por el incidente «[Asunto]».',
      ],
    },
    incident_on_site: {
      title: ['Incidente crítico: Técnico en el lugar'],
      message: ['El técnico ya está en el lugar por el incidente «[Asunto]».'],
    },
    incident_post_mortem: {
      title: ['Incidente crítico: Análisis posterior'],
      message: ['El análisis posterior del incidente «[Asunto]» está redactado.'],
    },
    incident_resolved: { title: ['Incidente: Resuelto'], message: ['El incidente «[Asunto]» está resuelto.'] },
    incident_reopened: {
      title: ['Incidente: Reabierto'],
      message: ['El incidente «[Asunto]» no ha terminado: se ha reabierto.'],
    },
    sla_warning: {
      title: ['Ticket de soporte: Plazo próximo'],
      message: ['Se acerca el plazo comprometido para el ticket «[Asunto]».'],
    },
    sla_breached: {
      title: ['Ticket de soporte: Plazo vencido'],
      message: ['Ha vencido el plazo comprometido para el ticket «[Asunto]».'],
    },
    chat_overdue: {
      title: ['Chat en directo: Respuesta con retraso'],
      message: ['[Nombre] espera una respuesta en un chat.', 'Un cliente espera una respuesta en un chat.'],
    },
    trouble_suspected: {
      title: ['Antes de la solicitud: Problema probable'],
      message: [
        '[Nombre] tiene probablemente un problema: «[Asunto]». Hay un borrador de ticket preparado.',
        'Un cliente tiene probablemente un problema: «[Asunto]». Hay un borrador de ticket preparado.',
      ],
    },
    likely_incident: {
      title: ['Antes de la solicitud: Incidente probable'],
      message: [
        '[Número de clientes] clientes tienen el mismo problema desde ayer, cuando lo habitual son [Número habitual] al día: «[Asunto]». ¿Hay que declarar un incidente?',
        'Muchos clientes tienen el mismo problema desde ayer: «[Asunto]». ¿Hay que declarar un incidente?',
      ],
    },
    likely_incident_last: {
      title: ['Antes de la solicitud: Incidente probable'],
      message: [
        '[Número de clientes] clientes tienen el mismo problema desde ayer, cuando lo habitual son [Número habitual] al día: «[Asunto]». ¿Hay que declarar un incidente? Es la última alerta de este tipo por hoy: los demás están en la lista de incidentes probables.',
        'Muchos clientes tienen el mismo problema desde ayer: «[Asunto]». ¿Hay que declarar un incidente? Es la última alerta de este tipo por hoy: los demás están en la lista de incidentes probables.',
      ],
    },
    health_fell: {
      title: ['Antes de la solicitud: Índice de salud a la baja'],
      message: [
        'El índice de salud del cliente «[Asunto]» ha bajado de [Índice anterior] a [Índice de salud] en una semana. Otros índices que también han bajado, sin alerta: [Otras bajadas].',
        'El índice de salud del cliente «[Asunto]» ha bajado de [Índice anterior] a [Índice de salud] en una semana.',
        'El índice de salud del cliente «[Asunto]» ha bajado.',
      ],
    },
    organisation_health_fell: {
      title: ['Antes de la solicitud: Índice de salud a la baja'],
      message: [
        'El índice de salud de la organización «[Asunto]» ha bajado de [Índice anterior] a [Índice de salud] en una semana. Otros índices que también han bajado, sin alerta: [Otras bajadas].',
        'El índice de salud de la organización «[Asunto]» ha bajado de [Índice anterior] a [Índice de salud] en una semana.',
        'El índice de salud de la organización «[Asunto]» ha bajado.',
      ],
    },
  },
  ...spanishLetters,
  days: { one: '# día', many: '# de días', other: '# días' },
  incidentDebts: {
    response: 'atención del incidente',
    callback: 'llamada al cliente',
    war_room: 'gabinete de crisis',
    on_site: 'técnico en el lugar',
    update: 'información a los clientes',
    post_mortem: 'análisis posterior',
  },
}
