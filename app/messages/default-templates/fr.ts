/** The French words, in the polite form. */
import type { Language } from './language.ts'

const ISSUER = 'Votre banque n’a pas accepté le paiement de {{ amount }} pour {{ product }}.'
const NUMBER = 'Le numéro de carte ({{ method }}) ne semble pas correct'
const CODE = 'Le code de sécurité ({{ method }}) doit être saisi à nouveau'
const ADDRESS =
  'L’adresse de facturation ({{ method }}) ne correspond pas à celle que connaît votre banque'
const EXPIRED = 'La date de validité est dépassée ({{ method }})'
const ENDED = 'L’accord de paiement a pris fin ({{ method }})'
const NONE = 'Aucun moyen de paiement n’est enregistré pour votre abonnement actuellement'
const SO = '. Le paiement de {{ amount }} pour {{ product }} n’a donc pas pu être effectué.'
const CHOOSE =
  'Nous n’avons pas prévu d’autre tentative. Merci de choisir comment vous souhaitez payer.'
const NOT_YET = 'Le paiement pour {{ product }} n’a pas encore abouti'
const COULD_NOT = 'Nous n’avons pas pu effectuer le paiement de {{ amount }} pour {{ product }}.'

export const fr: Language = {
  tag: 'fr',
  name: 'Français',
  names: {
    product: 'votre abonnement',
    subscription: 'votre abonnement',
    subscriptionTo: 'votre abonnement ({{ product }})',
    order: 'votre commande',
    orderOf: 'votre commande ({{ product }})',
    method: 'votre moyen de paiement',
    methodStart: 'Votre moyen de paiement',
    ending: '{{ brand }} se terminant par {{ digits }}',
    at: '{{ day }} à {{ time }}',
  },
  happened: {
    FUNDS: COULD_NOT,
    ISSUER,
    TECH: 'Un problème technique a empêché le paiement de {{ amount }} pour {{ product }}.',
    CARD: `Ce moyen de paiement ne peut plus être utilisé ({{ method }})${SO}`,
    AUTH: 'Votre banque vous demande de confirmer le paiement de {{ amount }} pour {{ product }}.',
    STOP: 'Le paiement de {{ amount }} pour {{ product }} n’a pas pu être effectué avec {{ method }}.',
    UNKNOWN: COULD_NOT,
  },
  happenedByCode: {
    CALL_ISSUER: `${ISSUER} Elle peut vous en donner la raison.`,
    EXPIRED_CARD: EXPIRED + SO,
    EXPIRED_PAYMENT_METHOD: EXPIRED + SO,
    INVALID_EXPIRY_DATE: `La date de validité ({{ method }}) ne semble pas correcte${SO}`,
    INVALID_NUMBER: NUMBER + SO,
    INCORRECT_NUMBER: NUMBER + SO,
    CARD_NUMBER_INCORRECT: NUMBER + SO,
    INVALID_CVC: CODE + SO,
    INCORRECT_CVC: CODE + SO,
    INCORRECT_PIN: `Votre banque n’a pas pu vérifier ce moyen de paiement ({{ method }})${SO}`,
    INCORRECT_ZIP: ADDRESS + SO,
    INCORRECT_ADDRESS: ADDRESS + SO,
    INVALID_BILLING_ADDRESS: ADDRESS + SO,
    AMOUNT_TOO_LARGE: `Ce moyen de paiement ({{ method }}) n’accepte pas un paiement de ce montant${SO}`,
    BUYER_CANCELED_PAYMENT_METHOD: ENDED + SO,
    INVALID_CUSTOMER_BILLING_AGREEMENT: ENDED + SO,
    PAYMENT_METHOD_NOT_FOUND: NONE + SO,
    PAYMENT_METHOD_NOT_SPECIFIED: NONE + SO,
    PAYMENT_METHOD_UNSUPPORTED: `Ce moyen de paiement ({{ method }}) ne peut pas être utilisé pour cet abonnement${SO}`,
  },
  happenedWithPaypal: {
    ISSUER: 'PayPal n’a pas accepté le paiement de {{ amount }} pour {{ product }}.',
    AUTH: 'PayPal vous demande de confirmer le paiement de {{ amount }} pour {{ product }}.',
  },
  nextTry: 'Nous ferons une nouvelle tentative le {{ next_try }}.',
  noNextTry: {
    FUNDS: CHOOSE,
    ISSUER: CHOOSE,
    TECH: 'Nous nous en occupons. Vous n’avez rien à faire pour le moment.',
    CARD: 'Dès que ce sera fait, nous effectuerons le paiement une seule fois et votre commande suivra son cours.',
    AUTH: 'Dès que vous aurez confirmé, votre commande suivra son cours.',
    STOP: 'Dès que vous aurez choisi, nous effectuerons le paiement une seule fois et votre commande suivra son cours.',
    UNKNOWN: CHOOSE,
  },
  mayChange:
    'Si vous préférez payer autrement, vous pouvez changer de moyen de paiement à tout moment.',
  pleaseUpdate: {
    card: 'Merci de mettre à jour votre carte.',
    shop_pay: 'Merci de mettre à jour votre moyen de paiement dans Shop Pay.',
    paypal:
      'Merci d’approuver à nouveau le paiement dans PayPal : vous recevrez un lien sécurisé pour cela.',
    bank_account:
      'Merci de vérifier votre compte bancaire ou de choisir un autre moyen de paiement.',
    other: 'Merci de choisir un autre moyen de paiement.',
  },
  pleaseConfirm: 'La confirmation prend une minute, et personne ne peut la faire à votre place.',
  pleaseReplace: 'Merci d’utiliser un autre moyen de paiement pour cet abonnement.',
  button: {
    update: 'Mettre à jour le moyen de paiement',
    update_card: 'Mettre à jour la carte',
    update_shop_pay: 'Mettre à jour dans Shop Pay',
    update_paypal: 'Approuver dans PayPal',
    replace: 'Utiliser un autre moyen de paiement',
    confirm: 'Confirmer le paiement',
    options: 'Voir les possibilités',
    details: 'Voir les détails',
    resume: 'Voir comment reprendre',
  },
  willEnd: {
    pause:
      'Si rien ne change, nous mettrons {{ subscription }} en pause le {{ deadline }}. Vous pourrez le reprendre pendant 90 jours.',
    skip: 'Si rien ne change, nous sauterons cette commande le {{ deadline }}. Votre abonnement continuera avec la suivante.',
    leave:
      'Vous pouvez régler cela vous-même jusqu’au {{ deadline }}. Ensuite, {{ shop_name }} vous contactera au sujet de cette commande.',
    unpaid_order:
      'Si rien ne change, {{ shop_name }} gardera cette commande ouverte pour vous à partir du {{ deadline }}, et vous pourrez la payer quand cela vous conviendra.',
    cancel:
      'Si rien ne change, {{ subscription }} prendra fin le {{ deadline }}. Vous pourrez en commencer un nouveau à tout moment.',
  },
  firstSubject: {
    FUNDS: NOT_YET,
    ISSUER: 'Le paiement pour {{ product }} n’a pas été accepté',
    TECH: NOT_YET,
    CARD: 'Merci de mettre à jour votre moyen de paiement pour {{ product }}',
    AUTH: 'Merci de confirmer le paiement pour {{ product }}',
    STOP: 'Merci d’utiliser un autre moyen de paiement pour {{ product }}',
    UNKNOWN: NOT_YET,
  },
  lastSubject: {
    pause: 'Nous mettrons {{ subscription }} en pause le {{ deadline }}',
    skip: 'Nous sauterons une commande le {{ deadline }} : {{ product }}',
    leave: 'Un dernier rappel concernant le paiement pour {{ product }}',
    unpaid_order: 'Votre commande reste ouverte à partir du {{ deadline }} : {{ product }}',
    cancel: 'Votre abonnement prend fin le {{ deadline }}',
  },
  first: {
    body: `{{ happened }} Rien n’a changé pour votre abonnement jusqu’ici.

{{ do_and_next }}`,
  },
  reminder: {
    subject: 'Petit rappel : le paiement pour {{ product }} est toujours en attente',
    body: `Ceci est un petit rappel. {{ happened }}

{{ do_and_next }}

Vous avez jusqu’au {{ deadline }}.`,
  },
  options: {
    subject: 'Quelques façons de continuer : {{ product }}',
    body: `{{ happened }}

Vous pouvez continuer de la façon qui vous convient :

{% if next_try %}- Attendre : nous ferons une nouvelle tentative le {{ next_try }}, vous n’avez rien à faire.
{% endif %}- Payer autrement : choisissez un autre moyen de paiement sur la page ci-dessous.
- Sauter cette commande{% if next_try %} ou choisir un autre jour{% endif %} : sur la même page.
- Autre chose : répondez simplement à cet e-mail.

{{ will_end }}`,
  },
  plan: {
    subject: 'La suite pour {{ product }}',
    body: `{{ happened }} Voici la suite :

- {{ next }}
- {{ will_end }}

{{ do }}`,
  },
  last: {
    body: `{{ happened }}

{{ will_end }}

{{ do_and_next }}`,
  },
  updateLink: {
    subject: 'Comment mettre à jour le moyen de paiement pour {{ product }}',
    body: `Vous avez demandé comment mettre à jour votre moyen de paiement pour {{ product }}. La page ci-dessous vous l’indique.

Si vous n’avez rien demandé, vous pouvez ignorer cet e-mail : rien ne change.`,
  },
  address: {
    subject: 'Pourriez-vous vérifier votre adresse de livraison ? {{ product }}',
    body: `Nous aimerions vous envoyer votre commande ({{ product }}), mais il semble manquer quelque chose dans votre adresse de livraison.

Merci de répondre à cet e-mail avec votre adresse complète, et {{ shop_name }} la corrigera. Votre commande suivra son cours dès que l’adresse sera complète.`,
  },
  recovered: {
    subject: 'C’est réglé : {{ product }}',
    body: `Merci : {% if total %}le paiement de {{ total }} a bien été effectué{% else %}le paiement a bien été effectué{% endif %}, et votre commande est en route.

Vous n’avez rien d’autre à faire. Votre abonnement continue comme avant.{% if charge_day %} Votre prochaine commande est prévue pour le {{ charge_day }}.{% endif %}`,
  },
  recoveredOfShop: {
    subject: 'Bonne nouvelle : votre commande est en route',
    body: `Votre commande est en route ({{ product }}). Merci de votre patience.

Vous n’avez rien à faire. Votre abonnement continue comme avant.`,
  },
  ended: {
    pause: {
      subject: 'Votre abonnement est en pause',
      body: `Nous avons mis {{ subscription }} en pause, car le paiement de {{ amount }} n’a pas abouti. Rien ne sera prélevé pendant la pause.

Vous pouvez le reprendre pendant 90 jours, en un clic sur la page ci-dessous. Si vous souhaitez de l’aide, répondez simplement à cet e-mail.`,
    },
    skip: {
      subject: 'Nous avons sauté cette commande : {{ product }}',
      body: `Le paiement de {{ amount }} n’a pas abouti, nous avons donc sauté cette commande ({{ product }}). Elle ne vous sera pas facturée.

Votre abonnement reste tel quel et continue avec la prochaine commande. Pour qu’elle se passe bien, vous pouvez mettre à jour votre moyen de paiement à tout moment.`,
    },
    leave: {
      subject: 'Votre commande est toujours ouverte : {{ product }}',
      body: `Le paiement de {{ amount }} pour {{ product }} n’a pas abouti, et nous ne ferons pas de nouvelle tentative de nous-mêmes. Votre abonnement reste actif.

Merci de répondre à cet e-mail, et {{ shop_name }} trouvera une solution avec vous.`,
    },
    unpaid_order: {
      subject: 'Votre commande reste ouverte pour vous : {{ product }}',
      body: `Le paiement de {{ amount }} pour {{ product }} n’a pas abouti. {{ shop_name }} garde la commande ouverte pour vous, et rien d’autre ne sera prélevé automatiquement.

Vous pouvez la payer quand cela vous conviendra. Répondez à cet e-mail si vous souhaitez de l’aide.`,
    },
    cancel: {
      subject: 'Votre abonnement a pris fin',
      body: `Le paiement de {{ amount }} n’a pas abouti, et {{ subscription }} a pris fin. Rien d’autre ne sera prélevé.

Nous serons heureux de vous retrouver : vous pouvez commencer un nouvel abonnement quand vous le souhaitez.`,
    },
  },
  endedOfShop: {
    subject: 'À propos de votre commande : {{ product }}',
    body: `Nous n’avons malheureusement pas pu vous envoyer votre commande cette fois-ci ({{ product }}), et nous en sommes désolés. Votre abonnement reste tel quel.

Répondez à cet e-mail si vous avez une question.`,
  },
  cardExpires: {
    subject: 'Votre moyen de paiement pourrait ne plus être valable pour votre prochaine commande',
    body: `Votre prochaine commande est prévue pour le {{ charge_day }} ({{ product }}). Votre moyen de paiement ({{ method }}) est valable jusqu’au {{ method_expires }}, soit avant cette date.

Merci de le mettre à jour avant le {{ charge_day }}, quand cela vous conviendra. Ce jour-là, le paiement sera effectué avec le moyen de paiement alors enregistré, et votre commande suivra son cours habituel.

Si votre banque vous a déjà envoyé une nouvelle carte, vous n’avez peut-être rien à faire.`,
  },
  renewal: {
    subject: 'Votre prochaine commande est prévue pour le {{ charge_day }} : {{ product }}',
    body: `Votre prochaine commande est prévue pour le {{ charge_day }} ({{ product }}). Ce jour-là, {{ amount }} (hors taxes) seront réglés avec {{ method }}.

Vous n’avez rien à faire. Si vous souhaitez la modifier, la passer ou résilier avant cette date, la page ci-dessous vous indique comment.`,
  },
  sms: {
    first: {
      FUNDS: '{{ shop_name }} : le paiement pour {{ product }} n’a pas encore abouti. {{ link }}',
      ISSUER:
        '{{ shop_name }} : votre banque n’a pas accepté le paiement pour {{ product }}. {{ link }}',
      TECH: '{{ shop_name }} : le paiement pour {{ product }} n’a pas encore abouti. {{ link }}',
      CARD: '{{ shop_name }} : merci de mettre à jour votre moyen de paiement pour {{ product }}. {{ link }}',
      AUTH: '{{ shop_name }} : merci de confirmer le paiement pour {{ product }}. {{ link }}',
      STOP: '{{ shop_name }} : merci d’utiliser un autre moyen de paiement pour {{ product }}. {{ link }}',
      UNKNOWN: '{{ shop_name }} : le paiement pour {{ product }} n’a pas encore abouti. {{ link }}',
    },
    reminder:
      '{{ shop_name }} : le paiement pour {{ product }} est toujours en attente. {{ link }}',
    plan: '{{ shop_name }} : la suite, et ce que vous pouvez faire : {{ link }}',
    last: {
      pause:
        '{{ shop_name }} : votre abonnement sera mis en pause le {{ deadline }}. Vous pourrez le reprendre pendant 90 jours. {{ link }}',
      skip: '{{ shop_name }} : nous sauterons cette commande le {{ deadline }}. {{ link }}',
      leave:
        '{{ shop_name }} : dernier rappel concernant le paiement pour {{ product }}. {{ link }}',
      unpaid_order:
        '{{ shop_name }} : votre commande reste ouverte à partir du {{ deadline }}. {{ link }}',
      cancel: '{{ shop_name }} : votre abonnement prend fin le {{ deadline }}. {{ link }}',
    },
    stopHint: 'Répondez STOP pour ne plus recevoir de SMS.',
    stopped:
      '{{ shop_name }} : vous ne recevrez plus de SMS de notre part. Répondez START pour les recevoir à nouveau.',
    started:
      '{{ shop_name }} : vous recevrez à nouveau des SMS sur votre abonnement. Répondez STOP pour arrêter.',
    help: '{{ shop_name }} : SMS sur votre abonnement. Aide : {{ reply_to }}. Répondez STOP pour arrêter.',
  },
  feedback: {
    question: 'Comment cela s’est-il passé pour vous ?',
    answers: {
      easy: 'C’était facile',
      unclear: 'Je ne savais pas bien quoi faire',
      too_many: 'Il y avait trop de messages',
      other: 'Autre chose',
    },
  },
  foot: {
    hello: 'Bonjour {{ first_name }},',
    helloNobody: 'Bonjour,',
    copyLink: 'Ou ouvrez cette adresse :',
    inAccount: 'Ou dans votre compte chez {{ shop_name }}',
    stop: 'Déjà résilié, ou ce n’est pas vous ?',
    stopLink: 'Dites-le-nous ici',
    reply: 'Une personne de {{ shop_name }} lit votre réponse',
    why: 'Vous recevez ce message en raison de votre abonnement chez {{ shop_name }}.',
    order: 'Commande',
    amount: 'Montant',
    method: 'Moyen de paiement',
    nextTry: 'Prochaine tentative',
    deadline: 'Possible jusqu’au',
    also: 'Également en attente de paiement',
    unsubscribe: 'Ne plus recevoir d’offres',
  },
}
