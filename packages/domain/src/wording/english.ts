import type { LanguageWording } from './wording.ts'

/** The English set, in the manner of 003's French one. */
export const english: LanguageWording = {
  language: 'en',
  placeholders: {
    'first name': 'firstName',
    'your first name': 'agentFirstName',
    subject: 'subject',
    'x days': 'days',
    signature: 'signature',
    'incident news': 'news',
    'incident debt': 'debt',
    'number of customers': 'people',
    'usual number': 'usualPeople',
    'health score': 'score',
    'previous score': 'scoreBefore',
    'other falls': 'otherFalls',
  },
  statuses: {
    new: 'New',
    in_progress: 'In progress',
    waiting_customer: 'Waiting for customer',
    resolved: 'Resolved',
    closed: 'Closed',
  },
  notifications: {
    reply: { title: ['Support ticket: New reply'], message: ["There is a reply to your ticket '[Subject]'."] },
    waiting: {
      title: ['Support ticket: Waiting for your reply'],
      message: ["Your ticket '[Subject]' is now waiting for your reply."],
    },
    chase: {
      title: ['Support ticket: Reminder'],
      message: [
        "Your ticket '[Subject]' has been waiting for your reply for [X days].",
        "Your ticket '[Subject]' is still waiting for your reply.",
      ],
    },
    resolved: { title: ['Support ticket: Resolved'], message: ["Your ticket '[Subject]' is now resolved."] },
    closed: { title: ['Support ticket: Closed'], message: ["Your ticket '[Subject]' is now closed."] },
    followed: {
      title: ['Support ticket: News'],
      message: ['There is news of a support ticket that you follow.'],
    },
    customer_replied: {
      title: ['Support ticket: Customer replied'],
      message: ["The customer has replied to the ticket '[Subject]'."],
    },
    question_merged: {
      title: ['Support ticket: A question came along'],
      message: ["Another ticket of the customer, with an open question, was merged into the ticket '[Subject]'."],
    },
    assigned: { title: ['Support ticket: Assigned to you'], message: ["The ticket '[Subject]' is assigned to you."] },
    escalated: {
      title: ['Support ticket: Escalated'],
      message: ["The ticket '[Subject]' has been handed to another team."],
    },
    stagnation: {
      title: ['Support ticket: No activity'],
      message: [
        "The ticket '[Subject]' has been in progress without activity for more than [X days].",
        "The ticket '[Subject]' is in progress without activity.",
      ],
    },
    update_overdue: {
      title: ['Support Ticket: Keep the customer informed'],
      message: ["The customer of the ticket '[Subject]' is waiting for news."],
    },
    update_overdue_urgent: {
      title: ['Urgent ticket: Keep the customer informed'],
      message: ["The customer of the urgent ticket '[Subject]' is waiting for news."],
    },
    update_soon_overdue: {
      title: ['Support ticket: News soon due'],
      message: ["The customer of the ticket '[Subject]' is to hear from you soon."],
    },
    incident_declared: {
      title: ['Critical incident: Declared'],
      message: ["The incident '[Subject]' has been declared; whoever is on call is being paged."],
    },
    incident_paged: {
      title: ['Critical incident: You are on call'],
      message: ["The incident '[Subject]' waits for you to take it on."],
    },
    incident_acknowledged: {
      title: ['Critical incident: Taken on'],
      message: ["Somebody has taken on the incident '[Subject]'."],
    },
    incident_update: {
      title: ['Incident: Update'],
      message: ["Incident '[Subject]': [Incident news]", "There is news of the incident '[Subject]'."],
    },
    incident_briefing: {
      title: ['Critical incident: Internal update'],
      message: ["Incident '[Subject]': [Incident news]", "There is news of the incident '[Subject]'."],
    },
    incident_overdue: {
      title: ['Critical incident: Overdue'],
      message: ["The incident '[Subject]' is overdue with: [Incident debt].", "The incident '[Subject]' is overdue."],
    },
    incident_callback: {
      title: ['Critical incident: Customer called back'],
      message: ["The customer of the incident '[Subject]' has been called back."],
    },
    incident_war_room: {
      title: ['Critical incident: War room'],
      message: [
        "The war room of the incident '[Subject]' is open: [Incident news]",
        "The war room of the incident '[Subject]' is open.",
      ],
    },
    incident_technician: {
      title: ['Critical incident: Wanted on site'],
      message: [
        "Somebody is wanted on site for the incident '[Subject]': [Incident news]",
        "Somebody is wanted on site for the incident '[Subject]'.",
      ],
    },
    incident_on_site: {
      title: ['Critical incident: Technician on site'],
      message: ["The technician is on site for the incident '[Subject]'."],
    },
    incident_post_mortem: {
      title: ['Critical incident: Post-mortem'],
      message: ["The post-mortem of the incident '[Subject]' is written."],
    },
    incident_resolved: { title: ['Incident: Resolved'], message: ["The incident '[Subject]' is resolved."] },
    incident_reopened: {
      title: ['Incident: Reopened'],
      message: ["The incident '[Subject]' is not over: it was reopened."],
    },
    sla_warning: {
      title: ['Support ticket: Soon overdue'],
      message: ["What was promised for the ticket '[Subject]' is soon overdue."],
    },
    sla_breached: {
      title: ['Support ticket: Overdue'],
      message: ["What was promised for the ticket '[Subject]' is overdue."],
    },
    chat_overdue: {
      title: ['Live chat: Answer overdue'],
      message: ['[First name] is waiting for an answer in a chat.', 'A customer is waiting for an answer in a chat.'],
    },
    trouble_suspected: {
      title: ['Before the request: Probable trouble'],
      message: [
        "[First name] probably has trouble: '[Subject]'. A draft of a ticket is ready.",
        "A customer probably has trouble: '[Subject]'. A draft of a ticket is ready.",
      ],
    },
    likely_incident: {
      title: ['Before the request: Likely incident'],
      message: [
        "[Number of customers] customers have had the same trouble since yesterday, usually [usual number] a day: '[Subject]'. Is it an incident to declare?",
        "Many customers have had the same trouble since yesterday: '[Subject]'. Is it an incident to declare?",
      ],
    },
    likely_incident_last: {
      title: ['Before the request: Likely incident'],
      message: [
        "[Number of customers] customers have had the same trouble since yesterday, usually [usual number] a day: '[Subject]'. Is it an incident to declare? This is the last such alert of the day: the list of likely incidents has the others.",
        "Many customers have had the same trouble since yesterday: '[Subject]'. Is it an incident to declare? This is the last such alert of the day: the list of likely incidents has the others.",
      ],
    },
    health_fell: {
      title: ['Before the request: Health score falling'],
      message: [
        "The health score of the customer '[Subject]' has fallen from [previous score] to [health score] within a week. Scores that have fallen too, without an alert: [other falls].",
        "The health score of the customer '[Subject]' has fallen from [previous score] to [health score] within a week.",
        "The health score of the customer '[Subject]' has fallen.",
      ],
    },
    organisation_health_fell: {
      title: ['Before the request: Health score falling'],
      message: [
        "The health score of the organisation '[Subject]' has fallen from [previous score] to [health score] within a week. Scores that have fallen too, without an alert: [other falls].",
        "The health score of the organisation '[Subject]' has fallen from [previous score] to [health score] within a week.",
        "The health score of the organisation '[Subject]' has fallen.",
      ],
    },
  },
  chats: {
    requeued: 'Your agent is no longer available. You keep your place in the queue: another agent will answer you.',
    stays: 'The shift of the agent has ended, and nobody on shift has taken this chat: it stays with its agent.',
  },
  automatic: {
    chase: [
      `Hello [First name],

We have been waiting for your reply about [subject] for [X days]. Could you send it to us?

Kind regards,
[Signature]`,
      `Hello,

We have been waiting for your reply about [subject] for [X days]. Could you send it to us?

Kind regards,
[Signature]`,
      `Hello,

We are waiting for your reply about [subject]. Could you send it to us?

Kind regards,
[Signature]`,
    ],
    closeUnanswered: [
      `Hello [First name],

As we have not heard from you for [X days], we take it that your problem is solved.

We are therefore closing this ticket. If you still need help, please open a new ticket or reply to this one.

Kind regards,
[Signature]`,
      `Hello,

As we have not heard from you for [X days], we take it that your problem is solved.

We are therefore closing this ticket. If you still need help, please open a new ticket or reply to this one.

Kind regards,
[Signature]`,
      `Hello,

As we have not heard from you, we take it that your problem is solved.

We are therefore closing this ticket. If you still need help, please open a new ticket or reply to this one.

Kind regards,
[Signature]`,
    ],
  },
  days: { one: '# day', other: '# days' },
  incidentDebts: {
    response: 'somebody to take it on',
    callback: 'calling the customer back',
    war_room: 'the war room',
    on_site: 'a technician on site',
    update: 'an update to the customers',
    post_mortem: 'the post-mortem',
  },
  replyTemplates: {
    first_reply: `Hello [First name],

Thank you for your message. I have taken note of your request about [subject].

[Answer or request for information]

I remain at your disposal.

Kind regards,
[Your first name]
[Signature]`,
    request_information: `Hello [First name],

To help you better, could you tell me:
- [Question 1]
- [Question 2]
- [Question 3]

This will let me find the right solution for you.

Thank you in advance,
[Your first name]`,
    solution: `Hello [First name],

I have found the solution to your problem:

[Detailed explanation of the solution]

Steps to follow:
1. [Step 1]
2. [Step 2]
3. [Step 3]

Do not hesitate to come back to me if you need more help.

Kind regards,
[Your first name]`,
    feature_request: `Hello,

Thank you for your suggestion about [subject].

Our product team reads every suggestion and weighs it when it plans what comes next. Yours is noted and now with them; I am therefore marking this ticket as resolved.

Kind regards,
[Signature]`,
    closing_without_reply: `Hello [First name],

As I have not heard from you for [X days], I take it that your problem is solved.

I am therefore closing this ticket. If you still need help, please open a new ticket or reply to this one.

Kind regards,
[Your first name]`,
  },
}
