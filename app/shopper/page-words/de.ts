/** The German words of the signed page, in the polite form. */
import type { PageWords } from './words.ts'

export const de: PageWords = {
  secureLink: 'Sicheren Link anfordern',
  secureLinkNote:
    'Shopify betreibt die Kasse dieses Shops und schickt Ihnen per E-Mail einen Link, mit dem Sie Ihre Zahlungsart ändern. Nach Ihren Daten fragt nur Shopify, nie diese Seite.',
  paypalNote:
    'Shopify betreibt die Kasse dieses Shops und schickt Ihnen per E-Mail einen Link, mit dem Sie die Zahlung in PayPal freigeben.',
  shopPay: 'In Shop Pay aktualisieren',
  shopPayNote: 'Damit gelangen Sie zu Shop Pay.',
  openAccount: 'Ihr Konto öffnen',
  openAccountNote:
    'Nachdem Sie sich bei {{ shop }} angemeldet haben, nimmt Shopifys eigenes Fenster die neuen Zahlungsdaten auf.',
  useMethod: 'Eine andere gespeicherte Zahlungsart verwenden',
  useMethodNote: 'Damit wird sofort einmal gezahlt, und Ihr Abonnement nutzt sie von nun an.',
  confirm: 'Bei der Bank bestätigen',
  confirmNote:
    'Damit gelangen Sie zur Bestätigung Ihrer Bank. Danach können Sie hierher zurückkommen.',
  start: 'Bestätigung starten',
  startNote:
    'Die Zahlung wird noch einmal gestartet. Vielleicht bittet Ihre Bank Sie dann um eine Bestätigung.',
  otherWays: 'Weitere Möglichkeiten',
  pay: 'Jetzt bezahlen',
  payNote: 'Wir versuchen die Zahlung sofort noch einmal, mit derselben Zahlungsart.',
  day: 'Anderen Tag wählen',
  dayNote: {
    one: 'Wir versuchen die Zahlung an dem Tag, den Sie wählen. Sie können ihn noch {{ count }}-mal ändern.',
    other:
      'Wir versuchen die Zahlung an dem Tag, den Sie wählen. Sie können ihn noch {{ count }}-mal ändern.',
  },
  smaller: 'Diesmal weniger nehmen',
  smallerNote:
    'Nur diese Bestellung wird kleiner, die nächste ist wieder vollständig. Jetzt wird nichts abgebucht: Der kleinere Betrag wird beim nächsten Versuch abgebucht.',
  smallerLine: '{{ title }}, je {{ price }}',
  smallerNone: 'Diesmal nichts davon',
  smallerPress: 'Bestellung verkleinern',
  smallerChosen: 'Sie haben eine kleinere Bestellung gewählt: {{ amount }} statt {{ whole }}.',
  whole: 'Doch die ganze Bestellung nehmen',
  wholeNote:
    'Diese Bestellung ist dann wieder vollständig, und beim nächsten Versuch wird der ganze Betrag abgebucht. Jetzt wird nichts abgebucht.',
  skip: 'Diese Bestellung auslassen',
  skipNote:
    'Diese Bestellung wird nicht verschickt und nicht abgebucht. Ihr Abonnement geht mit der nächsten weiter.',
  pause: 'Abonnement pausieren',
  pauseNote:
    'Bis Sie es fortsetzen, wird nichts verschickt und nichts abgebucht. Fortsetzen können Sie es hier.',
  resume: 'Abonnement fortsetzen',
  resumeNote: 'Ihr Abonnement geht weiter, und die nächste Bestellung wird wie gewohnt abgebucht.',
  resumeOpenNote:
    'Ihr Abonnement geht weiter, und die Zahlung für {{ product }} wird noch einmal versucht.',
  resumeOwedNote:
    'Ihr Abonnement geht weiter. Die Zahlung für {{ product }} ist noch offen, und diese Seite zeigt dann, wie es damit weitergeht.',
  stopSummary: 'Schon gekündigt, oder sind Sie gar nicht gemeint?',
  stopNote:
    'Mit einem Druck auf den Knopf hören wir auf: Für diese Bestellung wird nichts mehr abgebucht, Sie bekommen zu dieser und jeder anderen Zahlung keine Nachricht mehr, und {{ shop }} erfährt davon. Das Abonnement selbst bleibt, wie es ist, bis man es sich dort angesehen hat.',
  stopNoteBefore:
    'Mit einem Druck auf den Knopf bekommen Sie zu dieser und jeder anderen Zahlung keine Nachricht mehr, und {{ shop }} erfährt davon. Das Abonnement selbst bleibt, wie es ist, bis man es sich dort angesehen hat.',
  stop: 'Bitte aufhören',

  recovered: 'Vielen Dank, es hat geklappt',
  recoveredPaid: 'Die Zahlung hat geklappt, und {{ order }} ist auf dem Weg.',
  recoveredTotal: 'Die Zahlung von {{ total }} hat geklappt, und {{ order }} ist auf dem Weg.',
  goodNews: 'Gute Nachricht',
  onItsWay: '{{ order }} ist auf dem Weg.',
  nothingElse: 'Sie müssen nichts weiter tun. Ihr Abonnement läuft weiter wie bisher.',
  nextOrder: 'Ihre nächste Bestellung ist für {{ day }} geplant.',
  settled: 'Das ist erledigt',
  settledPaid: '{{ order }} ist bezahlt. Es ist nichts mehr zu tun.',
  settledOther: '{{ order }} ist erledigt. Es ist nichts mehr zu tun.',
  skipped: 'Diese Bestellung wurde ausgelassen',
  skippedOrder: '{{ order }} wurde ausgelassen.',
  skippedUnpaid:
    'Die Zahlung für {{ product }} hat nicht geklappt, deshalb wurde diese Bestellung ausgelassen. Sie müssen sie nicht bezahlen.',
  goesOn: 'Ihr Abonnement geht mit der nächsten Bestellung weiter.',
  ended: 'Ihr Abonnement ist beendet',
  endedBody: 'Das Abonnement ist beendet: {{ product }}.',
  endedUnpaid:
    'Die Zahlung für {{ product }} hat nicht geklappt, und das Abonnement ist beendet. Es wird nichts weiter abgebucht.',
  welcomeBack: 'Sie sind jederzeit wieder willkommen.',
  nothingHere: 'Hier ist nichts mehr zu tun',
  replaced: '{{ order }} wurde durch eine neuere ersetzt.',
  closed: 'Diese Bestellung ist abgeschlossen',
  closedBody: '{{ shop }} hat {{ order }} abgeschlossen.',
  noCharge: 'Dafür wird nichts weiter abgebucht.',
  paused: 'Ihr Abonnement ist pausiert',
  pausedUnpaid:
    'Die Zahlung für {{ product }} hat nicht geklappt, deshalb ist das Abonnement pausiert. Solange es pausiert ist, wird nichts abgebucht.',
  resumeAnyTime: 'Sie können es jederzeit fortsetzen.',
  resumeUntil: 'Sie können es hier bis {{ day }} fortsetzen.',
  resumed: 'Ihr Abonnement geht weiter',
  resumedBody:
    'Die Zahlung für {{ product }}, die nicht geklappt hatte, wird nicht noch einmal versucht. Die nächste Bestellung wird wie gewohnt abgebucht.',
  pausedHeld: 'Dieses Abonnement ist pausiert',
  pausedHeldBody:
    'Solange es pausiert ist, wird nichts abgebucht, und die Termine ruhen: {{ product }}.',
  keptOpen: 'Ihre Bestellung bleibt offen',
  keptOpenBody:
    '{{ shop }} hält {{ order }} offen, und es wird nichts weiter von selbst abgebucht.',
  stillOpen: 'Diese Zahlung ist noch offen',
  stillOpenBody:
    'Die Zahlung für {{ product }} hat nicht geklappt, und wir versuchen es nicht von uns aus noch einmal.',
  stopped: 'Wir haben aufgehört',
  stoppedBody:
    'Sie haben uns gesagt, dass Sie gekündigt haben oder nicht gemeint sind. Für {{ product }} wird keine Zahlung mehr versucht und keine Nachricht mehr verschickt.',
  shopWillLook: '{{ shop }} weiß Bescheid und sieht es sich an.',
  looking: '{{ shop }} sieht sich das an',
  lookingBody: '{{ shop }} prüft gerade etwas: {{ order }}. Bis dahin geschieht nichts damit.',
  nothingToDo: 'Sie müssen nichts tun.',
  checking: 'Wir prüfen eine Zahlung',
  checkingBody:
    'Eine Zahlung für {{ product }} wurde begonnen, und wir klären, was daraus geworden ist.',
  checkingRest:
    'Bis das klar ist, wird nichts weiter abgebucht. Sie können also nicht doppelt belastet werden und müssen nichts tun.',
  orderWaits: 'Ihre Bestellung wartet auf die Zahlung',
  orderWaitsBody:
    'Die Bestellung ist angelegt ({{ product }}), und ihre Zahlung ist noch nicht eingegangen. Sonst wird dafür nichts abgebucht.',
  underWay: 'Eine Zahlung läuft gerade',
  underWayBody:
    'Wir haben die Zahlung für {{ product }} soeben begonnen. Meist dauert das keine Minute.',
  bankDebit:
    'Die Zahlung für {{ product }} ist von Ihrer Bank unterwegs. Das kann einige Tage dauern.',
  loadAgain: 'Laden Sie diese Seite neu, um zu sehen, wie es ausgegangen ist.',
  ofShop: '{{ shop }} kümmert sich darum',
  ofShopBody: '{{ shop }} klärt gerade etwas: {{ order }}.',
  address: 'Könnten Sie bitte Ihre Lieferadresse prüfen?',
  addressBody:
    '{{ shop }} möchte Ihnen etwas schicken ({{ product }}), aber in Ihrer Lieferadresse scheint etwas zu fehlen.',
  addressWrite:
    'Bitte schreiben Sie Ihre vollständige Adresse an {{ contact }}. Ihre Bestellung geht weiter, sobald sie vollständig ist.',
  addressTell:
    'Bitte nennen Sie {{ shop }} Ihre vollständige Adresse. Ihre Bestellung geht weiter, sobald sie vollständig ist.',
  writeTo: 'Schreiben Sie an {{ contact }}, und {{ shop }} hilft Ihnen.',
  askShop: 'Fragen Sie {{ shop }}, dort hilft man Ihnen.',
  ranOut: 'Die letzte Bestätigung ist abgelaufen.',
  notPassed: 'Die letzte Bestätigung hat nicht geklappt.',
  noMoreTries:
    'Für diese Bestellung kann sie nicht noch einmal gestartet werden. Bitte verwenden Sie eine andere Zahlungsart.',
  againNow: 'Sie können sie jetzt noch einmal starten.',
  againFrom:
    'Sie können sie ab {{ at }} noch einmal starten oder schon vorher eine andere Zahlungsart verwenden.',
  secureMailSent:
    'Der sichere Link von Shopify ist unterwegs an die E-Mail-Adresse Ihres Abonnements (angefordert: {{ at }}). Bitte sehen Sie auch bei den unerwünschten E-Mails nach.',
  askTomorrow: 'Einen Tag später können Sie einen weiteren anfordern.',
  thanks: 'Danke, dass Sie {{ shop }} gesagt haben, wie es war.',

  plannedFor: 'Geplant für',
  beforeTax: '{{ amount }} vor Steuern',
  wasPlanned: 'Hier ging es um eine Bestellung, die für {{ day }} geplant war.',
  heardStop:
    'Sie haben uns gesagt, dass Sie gekündigt haben oder nicht gemeint sind. Sie bekommen zu Ihren Zahlungen keine Nachricht mehr.',
  howToChange:
    'Sie müssen nichts tun. Wenn Sie vorher etwas ändern, auslassen oder kündigen möchten, öffnen Sie unten Ihr Konto bei {{ shop }}.',
  orWriteTo: 'Sie können auch an {{ contact }} schreiben.',

  person: 'Ihre E-Mail liest ein Mensch bei {{ shop }}:',
  account: 'Ihr Konto bei {{ shop }}',
  terms: 'Zahlungsbedingungen von {{ shop }}',
  neverCards: 'Diese Seite fragt nie nach Kartendaten.',
  notices: {
    challenge_gone:
      'Die Bestätigung Ihrer Bank ist abgelaufen oder wurde schon benutzt. Unten sehen Sie den Stand.',
    not_now:
      'Das hat gerade nicht geklappt, und es wurde nichts geändert. Bitte versuchen Sie es in ein paar Minuten noch einmal.',
    going_on:
      'Shopify antwortet im Moment nicht. Wir versuchen es weiter, und Sie müssen nicht noch einmal drücken. Unten sehen Sie den Stand.',
    not_possible: 'Das ist nicht mehr möglich. Unten sehen Sie den Stand.',
    mail_refused:
      'Der sichere Link konnte nicht verschickt werden. Bitte schreiben Sie dem Shop, dort hilft man Ihnen.',
    not_started: 'Die Zahlung konnte jetzt nicht gestartet werden. Unten sehen Sie den Stand.',
    not_stopped:
      'Das ließ sich gerade nicht anhalten, weil eine Zahlung geprüft wird. Bitte versuchen Sie es später noch einmal, oder schreiben Sie dem Shop.',
    nothing_less:
      'Es wurde nichts geändert. Bitte wählen Sie weniger als die ganze Bestellung, und behalten Sie mindestens ein Stück.',
  },
  plain: {
    nowhere: 'Dieser Link führt nirgendwohin mehr',
    nowhereBody:
      'Er ist vielleicht zu alt, oder ein Teil davon fehlt. Bitte öffnen Sie die neueste E-Mail zu Ihrem Abonnement, oder schreiben Sie dem Shop.',
    withdrawn: 'Dieser Link wurde zurückgezogen',
    withdrawnBody:
      'Bitte nehmen Sie den Link in der neuesten E-Mail zu Ihrem Abonnement, oder schreiben Sie dem Shop.',
    failed: 'Das hat nicht geklappt',
    goBack: 'Bitte gehen Sie zurück, laden Sie die Seite neu, und drücken Sie dort auf den Knopf.',
    openAgain: 'Bitte öffnen Sie den Link aus Ihrer E-Mail noch einmal.',
    often: 'Einen Moment bitte',
    oftenBody:
      'Diese Seite wurde gerade sehr oft geöffnet. Bitte warten Sie ein paar Minuten, und laden Sie sie neu.',
    broken: 'Diese Seite kann gerade nicht gezeigt werden',
    brokenBody: 'Es wurde nichts geändert. Bitte versuchen Sie es in ein paar Minuten noch einmal.',
  },
  unsubscribed: 'Keine Angebote mehr von {{ shop }}',
  unsubscribedBody:
    'Sie bekommen keine Angebote mehr per E-Mail. Hinweise zur Zahlung Ihres Abonnements kommen weiterhin.',
  unsubscribeNote: 'Hinweise zur Zahlung Ihres Abonnements kommen weiterhin.',
  tooOld: 'Dieser Link ist zu alt',
  tooOldBody:
    'Wir wissen nicht mehr, an wen diese E-Mail ging, und können Angebote damit nicht mehr abbestellen. Nutzen Sie den Link in einer neueren E-Mail von {{ shop }} oder schreiben Sie dem Shop.',
}
