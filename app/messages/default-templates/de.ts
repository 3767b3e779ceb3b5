/** The German words, in the polite form. */
import type { Language } from './language.ts'

const ISSUER = 'Ihre Bank hat die Zahlung von {{ amount }} für {{ product }} nicht freigegeben.'
const NUMBER = 'Die Kartennummer zu {{ method }} scheint nicht zu stimmen'
const CODE = 'Die Prüfnummer zu {{ method }} muss noch einmal eingegeben werden'
const ADDRESS = 'Die Rechnungsadresse zu {{ method }} passt nicht zu der, die Ihrer Bank vorliegt'
const EXPIRED = '{{ method_start }} ist abgelaufen'
const ENDED = 'Die Vereinbarung, mit {{ method }} zu zahlen, wurde beendet'
const NONE = 'Für Ihr Abonnement ist zurzeit keine Zahlungsart hinterlegt'
const SO = '. Die Zahlung von {{ amount }} für {{ product }} war deshalb nicht möglich.'
const CHOOSE = 'Ein weiterer Versuch ist nicht geplant. Bitte wählen Sie, wie Sie bezahlen möchten.'
const NOT_YET = 'Die Zahlung für {{ product }} hat noch nicht geklappt'

export const de: Language = {
  tag: 'de',
  name: 'Deutsch',
  names: {
    product: 'Ihr Abonnement',
    subscription: 'Ihr Abonnement',
    subscriptionTo: 'Ihr Abonnement ({{ product }})',
    order: 'Ihre Bestellung',
    orderOf: 'Ihre Bestellung ({{ product }})',
    method: 'Ihrer Zahlungsart',
    methodStart: 'Ihre Zahlungsart',
    ending: '{{ brand }} mit den Endziffern {{ digits }}',
    at: '{{ day }} um {{ time }}',
  },
  happened: {
    FUNDS: 'Die Zahlung von {{ amount }} für {{ product }} konnte nicht ausgeführt werden.',
    ISSUER,
    TECH: 'Ein technisches Problem hat die Zahlung von {{ amount }} für {{ product }} verhindert.',
    CARD: `{{ method_start }} kann nicht mehr verwendet werden${SO}`,
    AUTH: 'Ihre Bank möchte, dass Sie die Zahlung von {{ amount }} für {{ product }} bestätigen.',
    STOP: 'Die Zahlung von {{ amount }} für {{ product }} war mit {{ method }} nicht möglich.',
    UNKNOWN: 'Die Zahlung von {{ amount }} für {{ product }} konnte nicht ausgeführt werden.',
  },
  happenedByCode: {
    CALL_ISSUER: `${ISSUER} Den Grund kann Ihnen Ihre Bank nennen.`,
    EXPIRED_CARD: EXPIRED + SO,
    EXPIRED_PAYMENT_METHOD: EXPIRED + SO,
    INVALID_EXPIRY_DATE: `Das Ablaufdatum zu {{ method }} scheint nicht zu stimmen${SO}`,
    INVALID_NUMBER: NUMBER + SO,
    INCORRECT_NUMBER: NUMBER + SO,
    CARD_NUMBER_INCORRECT: NUMBER + SO,
    INVALID_CVC: CODE + SO,
    INCORRECT_CVC: CODE + SO,
    INCORRECT_PIN: `{{ method_start }} konnte von Ihrer Bank nicht bestätigt werden${SO}`,
    INCORRECT_ZIP: ADDRESS + SO,
    INCORRECT_ADDRESS: ADDRESS + SO,
    INVALID_BILLING_ADDRESS: ADDRESS + SO,
    AMOUNT_TOO_LARGE: `{{ method_start }} lässt eine Zahlung in dieser Höhe nicht zu${SO}`,
    BUYER_CANCELED_PAYMENT_METHOD: ENDED + SO,
    INVALID_CUSTOMER_BILLING_AGREEMENT: ENDED + SO,
    PAYMENT_METHOD_NOT_FOUND: NONE + SO,
    PAYMENT_METHOD_NOT_SPECIFIED: NONE + SO,
    PAYMENT_METHOD_UNSUPPORTED: `{{ method_start }} kann für dieses Abonnement nicht verwendet werden${SO}`,
  },
  happenedWithPaypal: {
    ISSUER: 'PayPal hat die Zahlung von {{ amount }} für {{ product }} nicht freigegeben.',
    AUTH: 'PayPal möchte, dass Sie die Zahlung von {{ amount }} für {{ product }} bestätigen.',
  },
  nextTry: 'Wir versuchen es am {{ next_try }} noch einmal.',
  noNextTry: {
    FUNDS: CHOOSE,
    ISSUER: CHOOSE,
    TECH: 'Wir kümmern uns darum. Sie müssen im Moment nichts tun.',
    CARD: 'Sobald das erledigt ist, führen wir die Zahlung einmal aus, und Ihre Bestellung geht weiter.',
    AUTH: 'Sobald Sie bestätigt haben, geht Ihre Bestellung weiter.',
    STOP: 'Sobald Sie gewählt haben, führen wir die Zahlung einmal aus, und Ihre Bestellung geht weiter.',
    UNKNOWN: CHOOSE,
  },
  mayChange:
    'Wenn Sie lieber anders bezahlen möchten, können Sie Ihre Zahlungsart jederzeit ändern.',
  pleaseUpdate: {
    card: 'Bitte aktualisieren Sie Ihre Karte.',
    shop_pay: 'Bitte aktualisieren Sie Ihre Zahlungsart in Shop Pay.',
    paypal:
      'Bitte geben Sie die Zahlung in PayPal noch einmal frei. Sie erhalten dafür einen sicheren Link.',
    bank_account: 'Bitte prüfen Sie Ihr Bankkonto, oder wählen Sie eine andere Zahlungsart.',
    other: 'Bitte wählen Sie eine andere Zahlungsart.',
  },
  pleaseConfirm: 'Die Bestätigung dauert nur eine Minute und ist nur durch Sie möglich.',
  pleaseReplace: 'Bitte verwenden Sie für dieses Abonnement eine andere Zahlungsart.',
  button: {
    update: 'Zahlungsart aktualisieren',
    update_card: 'Karte aktualisieren',
    update_shop_pay: 'In Shop Pay aktualisieren',
    update_paypal: 'In PayPal freigeben',
    replace: 'Andere Zahlungsart verwenden',
    confirm: 'Zahlung bestätigen',
    options: 'Möglichkeiten ansehen',
    details: 'Einzelheiten ansehen',
    resume: 'So geht es weiter',
  },
  willEnd: {
    pause:
      'Wenn sich nichts ändert, pausieren wir {{ subscription }} am {{ deadline }}. Danach können Sie es 90 Tage lang fortsetzen.',
    skip: 'Wenn sich nichts ändert, lassen wir diese Bestellung am {{ deadline }} aus. Ihr Abonnement geht mit der nächsten weiter.',
    leave:
      'Bis {{ deadline }} können Sie das selbst in Ordnung bringen. Danach meldet sich {{ shop_name }} wegen dieser Bestellung bei Ihnen.',
    unpaid_order:
      'Wenn sich nichts ändert, hält {{ shop_name }} diese Bestellung ab {{ deadline }} für Sie offen, und Sie können sie bezahlen, wann es Ihnen passt.',
    cancel:
      'Wenn sich nichts ändert, endet {{ subscription }} am {{ deadline }}. Sie können jederzeit ein neues abschließen.',
  },
  firstSubject: {
    FUNDS: NOT_YET,
    ISSUER: 'Die Zahlung für {{ product }} wurde nicht freigegeben',
    TECH: NOT_YET,
    CARD: 'Bitte aktualisieren Sie die Zahlungsart für {{ product }}',
    AUTH: 'Bitte bestätigen Sie die Zahlung für {{ product }}',
    STOP: 'Bitte verwenden Sie eine andere Zahlungsart für {{ product }}',
    UNKNOWN: NOT_YET,
  },
  lastSubject: {
    pause: 'Wir pausieren {{ subscription }} am {{ deadline }}',
    skip: 'Wir lassen eine Bestellung am {{ deadline }} aus: {{ product }}',
    leave: 'Eine letzte Erinnerung an die Zahlung für {{ product }}',
    unpaid_order: 'Ihre Bestellung bleibt ab {{ deadline }} offen: {{ product }}',
    cancel: 'Ihr Abonnement endet am {{ deadline }}',
  },
  first: {
    body: `{{ happened }} An Ihrem Abonnement hat sich bisher nichts geändert.

{{ do_and_next }}`,
  },
  reminder: {
    subject: 'Eine kurze Erinnerung: Die Zahlung für {{ product }} steht noch aus',
    body: `Dies ist eine kurze Erinnerung. {{ happened }}

{{ do_and_next }}

Zeit ist bis {{ deadline }}.`,
  },
  options: {
    subject: 'So kann es weitergehen: {{ product }}',
    body: `{{ happened }}

Sie haben mehrere Möglichkeiten:

{% if next_try %}- Warten: Wir versuchen es am {{ next_try }} noch einmal, und Sie müssen nichts tun.
{% endif %}- Anders bezahlen: Wählen Sie auf der Seite unten eine andere Zahlungsart.
- Diese Bestellung auslassen{% if next_try %} oder einen anderen Tag wählen{% endif %}: auf derselben Seite.
- Etwas anderes: Antworten Sie einfach auf diese E-Mail.

{{ will_end }}`,
  },
  plan: {
    subject: 'So geht es weiter: {{ product }}',
    body: `{{ happened }} So geht es weiter:

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
    subject: 'So ändern Sie die Zahlungsart für {{ product }}',
    body: `Sie haben uns gefragt, wie Sie die Zahlungsart für {{ product }} ändern können. Die Seite unten zeigt es Ihnen.

Wenn Sie nicht danach gefragt haben, können Sie diese E-Mail einfach liegen lassen: Es ändert sich nichts.`,
  },
  address: {
    subject: 'Könnten Sie bitte Ihre Lieferadresse prüfen? {{ product }}',
    body: `Wir möchten Ihnen Ihre Bestellung gern schicken ({{ product }}), aber in Ihrer Lieferadresse scheint etwas zu fehlen.

Bitte antworten Sie auf diese E-Mail mit Ihrer vollständigen Adresse, und {{ shop_name }} trägt sie ein. Ihre Bestellung geht weiter, sobald die Adresse vollständig ist.`,
  },
  recovered: {
    subject: 'Es hat geklappt: {{ product }}',
    body: `Vielen Dank: {% if total %}Die Zahlung von {{ total }} hat geklappt{% else %}Die Zahlung hat geklappt{% endif %}, und Ihre Bestellung ist auf dem Weg.

Sie müssen nichts weiter tun. Ihr Abonnement läuft weiter wie bisher.{% if charge_day %} Ihre nächste Bestellung ist für {{ charge_day }} geplant.{% endif %}`,
  },
  recoveredOfShop: {
    subject: 'Gute Nachricht: Ihre Bestellung ist auf dem Weg',
    body: `Ihre Bestellung ist auf dem Weg ({{ product }}). Vielen Dank für Ihre Geduld.

Sie müssen nichts tun. Ihr Abonnement läuft weiter wie bisher.`,
  },
  ended: {
    pause: {
      subject: 'Ihr Abonnement ist pausiert',
      body: `Wir haben {{ subscription }} pausiert, weil die Zahlung von {{ amount }} nicht geklappt hat. Solange es pausiert ist, wird nichts abgebucht.

Sie können es 90 Tage lang fortsetzen, mit einem Druck auf der Seite unten. Wenn Sie Hilfe möchten, antworten Sie einfach auf diese E-Mail.`,
    },
    skip: {
      subject: 'Wir haben diese Bestellung ausgelassen: {{ product }}',
      body: `Die Zahlung von {{ amount }} hat nicht geklappt, deshalb haben wir diese Bestellung ausgelassen ({{ product }}). Sie müssen sie nicht bezahlen.

Ihr Abonnement bleibt, wie es ist, und geht mit der nächsten Bestellung weiter. Damit sie bereit ist, können Sie Ihre Zahlungsart jederzeit aktualisieren.`,
    },
    leave: {
      subject: 'Ihre Bestellung ist noch offen: {{ product }}',
      body: `Die Zahlung von {{ amount }} für {{ product }} hat nicht geklappt, und wir versuchen es nicht von uns aus noch einmal. Ihr Abonnement bleibt aktiv.

Bitte antworten Sie auf diese E-Mail, und {{ shop_name }} findet mit Ihnen einen Weg.`,
    },
    unpaid_order: {
      subject: 'Ihre Bestellung bleibt für Sie offen: {{ product }}',
      body: `Die Zahlung von {{ amount }} für {{ product }} hat nicht geklappt. {{ shop_name }} hält die Bestellung für Sie offen, und es wird nichts weiter von selbst abgebucht.

Sie können sie bezahlen, wann es Ihnen passt. Antworten Sie auf diese E-Mail, wenn Sie Hilfe möchten.`,
    },
    cancel: {
      subject: 'Ihr Abonnement ist beendet',
      body: `Die Zahlung von {{ amount }} hat nicht geklappt, und {{ subscription }} ist beendet. Es wird nichts weiter abgebucht.

Sie sind jederzeit wieder willkommen und können ein neues Abonnement abschließen, wann immer Sie möchten.`,
    },
  },
  endedOfShop: {
    subject: 'Zu Ihrer Bestellung: {{ product }}',
    body: `Wir konnten Ihnen Ihre Bestellung dieses Mal leider nicht schicken ({{ product }}). Das tut uns leid. Ihr Abonnement bleibt, wie es ist.

Antworten Sie auf diese E-Mail, wenn Sie Fragen haben.`,
  },
  cardExpires: {
    subject: '{{ method_start }} gilt vielleicht nicht mehr für Ihre nächste Bestellung',
    body: `Ihre nächste Bestellung ist für {{ charge_day }} geplant ({{ product }}). {{ method_start }} ist bis {{ method_expires }} gültig, und dieser Tag liegt davor.

Bitte aktualisieren Sie Ihre Zahlungsmethode vor {{ charge_day }}, wann es Ihnen passt. An diesem Tag wird mit der Zahlungsmethode gezahlt, die dann gespeichert ist, und Ihre Bestellung geht wie gewohnt weiter.

Wenn Ihre Bank Ihnen schon eine neue Karte geschickt hat, müssen Sie vielleicht gar nichts tun.`,
  },
  renewal: {
    subject: 'Ihre nächste Bestellung ist für {{ charge_day }} geplant: {{ product }}',
    body: `Ihre nächste Bestellung ist für {{ charge_day }} geplant ({{ product }}). An diesem Tag werden {{ amount }} (vor Steuern) mit {{ method }} bezahlt.

Sie müssen nichts tun. Wenn Sie vorher etwas ändern, auslassen oder kündigen möchten, zeigt Ihnen die Seite unten, wie das geht.`,
  },
  sms: {
    first: {
      FUNDS: '{{ shop_name }}: Die Zahlung für {{ product }} hat noch nicht geklappt. {{ link }}',
      ISSUER:
        '{{ shop_name }}: Ihre Bank hat die Zahlung für {{ product }} nicht freigegeben. {{ link }}',
      TECH: '{{ shop_name }}: Die Zahlung für {{ product }} hat noch nicht geklappt. {{ link }}',
      CARD: '{{ shop_name }}: Bitte aktualisieren Sie die Zahlungsart für {{ product }}. {{ link }}',
      AUTH: '{{ shop_name }}: Bitte bestätigen Sie die Zahlung für {{ product }}. {{ link }}',
      STOP: '{{ shop_name }}: Bitte verwenden Sie eine andere Zahlungsart für {{ product }}. {{ link }}',
      UNKNOWN: '{{ shop_name }}: Die Zahlung für {{ product }} hat noch nicht geklappt. {{ link }}',
    },
    reminder: '{{ shop_name }}: Die Zahlung für {{ product }} steht noch aus. {{ link }}',
    plan: '{{ shop_name }}: So geht es weiter, und das können Sie tun: {{ link }}',
    last: {
      pause:
        '{{ shop_name }}: Wir pausieren Ihr Abonnement am {{ deadline }}. Sie können es 90 Tage lang fortsetzen. {{ link }}',
      skip: '{{ shop_name }}: Wir lassen diese Bestellung am {{ deadline }} aus. {{ link }}',
      leave: '{{ shop_name }}: Letzte Erinnerung an die Zahlung für {{ product }}. {{ link }}',
      unpaid_order: '{{ shop_name }}: Ihre Bestellung bleibt ab {{ deadline }} offen. {{ link }}',
      cancel: '{{ shop_name }}: Ihr Abonnement endet am {{ deadline }}. {{ link }}',
    },
    stopHint: 'Mit STOP beenden Sie diese SMS.',
    stopped:
      '{{ shop_name }}: Sie bekommen keine SMS mehr von uns. Mit START bekommen Sie sie wieder.',
    started: '{{ shop_name }}: Sie bekommen wieder SMS zu Ihrem Abonnement. Mit STOP enden sie.',
    help: '{{ shop_name }}: SMS zu Ihrem Abonnement. Hilfe: {{ reply_to }}. Mit STOP enden sie.',
  },
  feedback: {
    question: 'Wie war es, das in Ordnung zu bringen?',
    answers: {
      easy: 'Es war einfach',
      unclear: 'Mir war nicht klar, was zu tun ist',
      too_many: 'Es waren zu viele Nachrichten',
      other: 'Etwas anderes',
    },
  },
  foot: {
    hello: 'Guten Tag {{ first_name }},',
    helloNobody: 'Guten Tag,',
    copyLink: 'Oder öffnen Sie diese Adresse:',
    inAccount: 'Oder in Ihrem Konto bei {{ shop_name }}',
    stop: 'Schon gekündigt, oder sind Sie gar nicht gemeint?',
    stopLink: 'Sagen Sie es uns hier',
    reply: 'Ihre Antwort liest ein Mensch bei {{ shop_name }}',
    why: 'Sie erhalten diese Nachricht wegen Ihres Abonnements bei {{ shop_name }}.',
    order: 'Bestellung',
    amount: 'Betrag',
    method: 'Zahlungsart',
    nextTry: 'Nächster Versuch',
    deadline: 'Zeit bis',
    also: 'Ebenfalls noch offen',
    unsubscribe: 'Angebote abbestellen',
  },
}
