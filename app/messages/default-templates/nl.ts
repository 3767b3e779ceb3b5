/** The Dutch words, in the familiar form that shops there use. */
import type { Language } from './language.ts'

const ISSUER = 'Je bank heeft de betaling van {{ amount }} voor {{ product }} niet goedgekeurd.'
const NUMBER = 'Het kaartnummer van {{ method }} lijkt niet te kloppen'
const CODE = 'De beveiligingscode van {{ method }} moet opnieuw worden ingevuld'
const ADDRESS = 'Het factuuradres bij {{ method }} komt niet overeen met het adres bij je bank'
const EXPIRED = '{{ method_start }} is verlopen'
const ENDED = 'De afspraak om te betalen met {{ method }} is beëindigd'
const NONE = 'Er staat op dit moment geen betaalmethode bij je abonnement'
const SO = '. Daardoor kon de betaling van {{ amount }} voor {{ product }} niet doorgaan.'
const CHOOSE = 'We hebben geen nieuwe poging gepland. Kies hoe je wilt betalen.'
const NOT_YET = 'De betaling voor {{ product }} is nog niet gelukt'
const COULD_NOT = 'We konden de betaling van {{ amount }} voor {{ product }} niet verwerken.'

export const nl: Language = {
  tag: 'nl',
  name: 'Nederlands',
  names: {
    product: 'je abonnement',
    subscription: 'je abonnement',
    subscriptionTo: 'je abonnement ({{ product }})',
    order: 'je bestelling',
    orderOf: 'je bestelling ({{ product }})',
    method: 'je betaalmethode',
    methodStart: 'Je betaalmethode',
    ending: '{{ brand }} eindigend op {{ digits }}',
    at: '{{ day }} om {{ time }}',
  },
  happened: {
    FUNDS: COULD_NOT,
    ISSUER,
    TECH: 'Door een technisch probleem kon de betaling van {{ amount }} voor {{ product }} niet doorgaan.',
    CARD: `{{ method_start }} kan niet meer worden gebruikt${SO}`,
    AUTH: 'Je bank wil dat je de betaling van {{ amount }} voor {{ product }} bevestigt.',
    STOP: 'De betaling van {{ amount }} voor {{ product }} kon niet worden gedaan met {{ method }}.',
    UNKNOWN: COULD_NOT,
  },
  happenedByCode: {
    CALL_ISSUER: `${ISSUER} Je bank kan je vertellen waarom.`,
    EXPIRED_CARD: EXPIRED + SO,
    EXPIRED_PAYMENT_METHOD: EXPIRED + SO,
    INVALID_EXPIRY_DATE: `De vervaldatum van {{ method }} lijkt niet te kloppen${SO}`,
    INVALID_NUMBER: NUMBER + SO,
    INCORRECT_NUMBER: NUMBER + SO,
    CARD_NUMBER_INCORRECT: NUMBER + SO,
    INVALID_CVC: CODE + SO,
    INCORRECT_CVC: CODE + SO,
    INCORRECT_PIN: `Je bank kon {{ method }} niet controleren${SO}`,
    INCORRECT_ZIP: ADDRESS + SO,
    INCORRECT_ADDRESS: ADDRESS + SO,
    INVALID_BILLING_ADDRESS: ADDRESS + SO,
    AMOUNT_TOO_LARGE: `{{ method_start }} staat een betaling van dit bedrag niet toe${SO}`,
    BUYER_CANCELED_PAYMENT_METHOD: ENDED + SO,
    INVALID_CUSTOMER_BILLING_AGREEMENT: ENDED + SO,
    PAYMENT_METHOD_NOT_FOUND: NONE + SO,
    PAYMENT_METHOD_NOT_SPECIFIED: NONE + SO,
    PAYMENT_METHOD_UNSUPPORTED: `{{ method_start }} kan niet voor dit abonnement worden gebruikt${SO}`,
  },
  happenedWithPaypal: {
    ISSUER: 'PayPal heeft de betaling van {{ amount }} voor {{ product }} niet goedgekeurd.',
    AUTH: 'PayPal wil dat je de betaling van {{ amount }} voor {{ product }} bevestigt.',
  },
  nextTry: 'We proberen het opnieuw op {{ next_try }}.',
  noNextTry: {
    FUNDS: CHOOSE,
    ISSUER: CHOOSE,
    TECH: 'We zijn ermee bezig. Je hoeft nu niets te doen.',
    CARD: 'Zodra dat is gebeurd, voeren we de betaling één keer uit en gaat je bestelling verder.',
    AUTH: 'Zodra je hebt bevestigd, gaat je bestelling verder.',
    STOP: 'Zodra je hebt gekozen, voeren we de betaling één keer uit en gaat je bestelling verder.',
    UNKNOWN: CHOOSE,
  },
  mayChange: 'Betaal je liever op een andere manier? Je kunt je betaalmethode altijd wijzigen.',
  pleaseUpdate: {
    card: 'Werk je kaart bij.',
    shop_pay: 'Werk je betaalmethode bij in Shop Pay.',
    paypal: 'Keur de betaling opnieuw goed in PayPal: je krijgt daarvoor een beveiligde link.',
    bank_account: 'Controleer je bankrekening of kies een andere betaalmethode.',
    other: 'Kies een andere betaalmethode.',
  },
  pleaseConfirm: 'Bevestigen kost een minuut en alleen jij kunt het doen.',
  pleaseReplace: 'Gebruik een andere betaalmethode voor dit abonnement.',
  button: {
    update: 'Betaalmethode bijwerken',
    update_card: 'Kaart bijwerken',
    update_shop_pay: 'Bijwerken in Shop Pay',
    update_paypal: 'Goedkeuren in PayPal',
    replace: 'Andere betaalmethode gebruiken',
    confirm: 'Betaling bevestigen',
    options: 'Mogelijkheden bekijken',
    details: 'Details bekijken',
    resume: 'Bekijk hoe je hervat',
  },
  willEnd: {
    pause:
      'Als er niets verandert, pauzeren we {{ subscription }} op {{ deadline }}. Daarna kun je het nog 90 dagen hervatten.',
    skip: 'Als er niets verandert, slaan we deze bestelling over op {{ deadline }}. Je abonnement gaat verder met de volgende.',
    leave:
      'Tot {{ deadline }} kun je dit zelf regelen. Daarna neemt {{ shop_name }} contact met je op over deze bestelling.',
    unpaid_order:
      'Als er niets verandert, houdt {{ shop_name }} deze bestelling vanaf {{ deadline }} voor je open en kun je betalen wanneer het je uitkomt.',
    cancel:
      'Als er niets verandert, stopt {{ subscription }} op {{ deadline }}. Je kunt altijd een nieuw abonnement beginnen.',
  },
  firstSubject: {
    FUNDS: NOT_YET,
    ISSUER: 'De betaling voor {{ product }} is niet goedgekeurd',
    TECH: NOT_YET,
    CARD: 'Werk je betaalmethode bij voor {{ product }}',
    AUTH: 'Bevestig de betaling voor {{ product }}',
    STOP: 'Gebruik een andere betaalmethode voor {{ product }}',
    UNKNOWN: NOT_YET,
  },
  lastSubject: {
    pause: 'We pauzeren {{ subscription }} op {{ deadline }}',
    skip: 'We slaan een bestelling over op {{ deadline }}: {{ product }}',
    leave: 'Een laatste herinnering aan de betaling voor {{ product }}',
    unpaid_order: 'Je bestelling blijft vanaf {{ deadline }} open: {{ product }}',
    cancel: 'Je abonnement stopt op {{ deadline }}',
  },
  first: {
    body: `{{ happened }} Er is tot nu toe niets veranderd aan je abonnement.

{{ do_and_next }}`,
  },
  reminder: {
    subject: 'Een korte herinnering: de betaling voor {{ product }} staat nog open',
    body: `Dit is een korte herinnering. {{ happened }}

{{ do_and_next }}

Je hebt de tijd tot {{ deadline }}.`,
  },
  options: {
    subject: 'Zo kun je verder: {{ product }}',
    body: `{{ happened }}

Je kunt verder op de manier die jou past:

{% if next_try %}- Wachten: we proberen het opnieuw op {{ next_try }} en je hoeft niets te doen.
{% endif %}- Anders betalen: kies een andere betaalmethode op de pagina hieronder.
- Deze bestelling overslaan{% if next_try %} of een andere dag kiezen{% endif %}: op dezelfde pagina.
- Iets anders: beantwoord gewoon deze e-mail.

{{ will_end }}`,
  },
  plan: {
    subject: 'Zo gaat het verder: {{ product }}',
    body: `{{ happened }} Zo gaat het verder:

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
    subject: 'Zo werk je de betaalmethode bij voor {{ product }}',
    body: `Je vroeg hoe je je betaalmethode voor {{ product }} kunt bijwerken. De pagina hieronder laat het zien.

Heb je hier niet om gevraagd? Dan kun je deze e-mail laten voor wat hij is: er verandert niets.`,
  },
  address: {
    subject: 'Wil je je bezorgadres controleren? {{ product }}',
    body: `We willen je bestelling graag versturen ({{ product }}), maar er lijkt iets te ontbreken in je bezorgadres.

Beantwoord deze e-mail met je volledige adres, dan past {{ shop_name }} het aan. Je bestelling gaat verder zodra het compleet is.`,
  },
  recovered: {
    subject: 'Het is gelukt: {{ product }}',
    body: `Bedankt: {% if total %}de betaling van {{ total }} is gelukt{% else %}de betaling is gelukt{% endif %} en je bestelling is onderweg.

Je hoeft verder niets te doen. Je abonnement loopt door zoals eerst.{% if charge_day %} Je volgende bestelling staat gepland op {{ charge_day }}.{% endif %}`,
  },
  recoveredOfShop: {
    subject: 'Goed nieuws: je bestelling is onderweg',
    body: `Je bestelling is onderweg ({{ product }}). Bedankt voor je geduld.

Je hoeft niets te doen. Je abonnement loopt door zoals eerst.`,
  },
  ended: {
    pause: {
      subject: 'Je abonnement is gepauzeerd',
      body: `We hebben {{ subscription }} gepauzeerd, omdat de betaling van {{ amount }} niet is gelukt. Zolang het gepauzeerd is, wordt er niets afgeschreven.

Je kunt het 90 dagen lang hervatten, met één klik op de pagina hieronder. Wil je hulp, beantwoord dan gewoon deze e-mail.`,
    },
    skip: {
      subject: 'We hebben deze bestelling overgeslagen: {{ product }}',
      body: `De betaling van {{ amount }} is niet gelukt, daarom hebben we deze bestelling overgeslagen ({{ product }}). Je hoeft er niet voor te betalen.

Je abonnement blijft zoals het is en gaat verder met de volgende bestelling. Om daar klaar voor te zijn, kun je je betaalmethode altijd bijwerken.`,
    },
    leave: {
      subject: 'Je bestelling staat nog open: {{ product }}',
      body: `De betaling van {{ amount }} voor {{ product }} is niet gelukt en we proberen het niet uit onszelf nog een keer. Je abonnement blijft actief.

Beantwoord deze e-mail, dan zoekt {{ shop_name }} samen met jou een oplossing.`,
    },
    unpaid_order: {
      subject: 'Je bestelling blijft voor je open: {{ product }}',
      body: `De betaling van {{ amount }} voor {{ product }} is niet gelukt. {{ shop_name }} houdt de bestelling voor je open en er wordt verder niets automatisch afgeschreven.

Je kunt betalen wanneer het je uitkomt. Beantwoord deze e-mail als je hulp wilt.`,
    },
    cancel: {
      subject: 'Je abonnement is gestopt',
      body: `De betaling van {{ amount }} is niet gelukt en {{ subscription }} is gestopt. Er wordt niets meer afgeschreven.

Je bent altijd weer welkom: je kunt een nieuw abonnement beginnen wanneer je wilt.`,
    },
  },
  endedOfShop: {
    subject: 'Over je bestelling: {{ product }}',
    body: `We konden je bestelling deze keer helaas niet versturen ({{ product }}). Dat spijt ons. Je abonnement blijft zoals het is.

Beantwoord deze e-mail als je een vraag hebt.`,
  },
  cardExpires: {
    subject: '{{ method_start }} is misschien niet meer geldig voor je volgende bestelling',
    body: `Je volgende bestelling staat gepland op {{ charge_day }} ({{ product }}). {{ method_start }} is geldig tot en met {{ method_expires }}, en dat is eerder.

Werk je betaalmethode vóór {{ charge_day }} bij, wanneer het je uitkomt. Op die dag wordt betaald met de methode die dan is opgeslagen, en je bestelling gaat gewoon verder.

Heeft je bank je al een nieuwe kaart gestuurd? Dan hoef je misschien niets te doen.`,
  },
  renewal: {
    subject: 'Je volgende bestelling staat gepland op {{ charge_day }}: {{ product }}',
    body: `Je volgende bestelling staat gepland op {{ charge_day }} ({{ product }}). Op die dag wordt {{ amount }} (exclusief belasting) betaald met {{ method }}.

Je hoeft niets te doen. Wil je vooraf iets wijzigen, overslaan of opzeggen? De pagina hieronder laat zien hoe.`,
  },
  sms: {
    first: {
      FUNDS: '{{ shop_name }}: de betaling voor {{ product }} is nog niet gelukt. {{ link }}',
      ISSUER:
        '{{ shop_name }}: je bank heeft de betaling voor {{ product }} niet goedgekeurd. {{ link }}',
      TECH: '{{ shop_name }}: de betaling voor {{ product }} is nog niet gelukt. {{ link }}',
      CARD: '{{ shop_name }}: werk je betaalmethode bij voor {{ product }}. {{ link }}',
      AUTH: '{{ shop_name }}: bevestig de betaling voor {{ product }}. {{ link }}',
      STOP: '{{ shop_name }}: gebruik een andere betaalmethode voor {{ product }}. {{ link }}',
      UNKNOWN: '{{ shop_name }}: de betaling voor {{ product }} is nog niet gelukt. {{ link }}',
    },
    reminder: '{{ shop_name }}: de betaling voor {{ product }} staat nog open. {{ link }}',
    plan: '{{ shop_name }}: zo gaat het verder, en dit kun je doen: {{ link }}',
    last: {
      pause:
        '{{ shop_name }}: we pauzeren je abonnement op {{ deadline }}. Je kunt het 90 dagen lang hervatten. {{ link }}',
      skip: '{{ shop_name }}: we slaan deze bestelling over op {{ deadline }}. {{ link }}',
      leave: '{{ shop_name }}: laatste herinnering aan de betaling voor {{ product }}. {{ link }}',
      unpaid_order: '{{ shop_name }}: je bestelling blijft vanaf {{ deadline }} open. {{ link }}',
      cancel: '{{ shop_name }}: je abonnement stopt op {{ deadline }}. {{ link }}',
    },
    stopHint: 'Antwoord STOP om geen sms meer te krijgen.',
    stopped:
      '{{ shop_name }}: je krijgt geen sms meer van ons. Antwoord START om ze weer te krijgen.',
    started: '{{ shop_name }}: je krijgt weer sms over je abonnement. Antwoord STOP om te stoppen.',
    help: '{{ shop_name }}: sms over je abonnement. Hulp: {{ reply_to }}. Antwoord STOP om te stoppen.',
  },
  feedback: {
    question: 'Hoe was het om dit te regelen?',
    answers: {
      easy: 'Het was makkelijk',
      unclear: 'Ik wist niet goed wat ik moest doen',
      too_many: 'Het waren te veel berichten',
      other: 'Iets anders',
    },
  },
  foot: {
    hello: 'Hallo {{ first_name }},',
    helloNobody: 'Hallo,',
    copyLink: 'Of open dit adres:',
    inAccount: 'Of in je account bij {{ shop_name }}',
    stop: 'Al opgezegd, of ben je dit niet?',
    stopLink: 'Laat het ons hier weten',
    reply: 'Iemand van {{ shop_name }} leest je antwoord',
    why: 'Je krijgt dit bericht vanwege je abonnement bij {{ shop_name }}.',
    order: 'Bestelling',
    amount: 'Bedrag',
    method: 'Betaalmethode',
    nextTry: 'Volgende poging',
    deadline: 'Tijd tot',
    also: 'Staat ook nog open',
    unsubscribe: 'Afmelden voor aanbiedingen',
  },
}
