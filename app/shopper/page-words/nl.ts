/** The Dutch words of the signed page. */
import type { PageWords } from './words.ts'

export const nl: PageWords = {
  secureLink: 'Stuur mij de beveiligde link',
  secureLinkNote:
    'Shopify verzorgt de kassa van deze winkel en mailt je een link om je betaalmethode bij te werken. Daar wordt naar je gegevens gevraagd, nooit hier.',
  paypalNote:
    'Shopify verzorgt de kassa van deze winkel en mailt je een link om de betaling in PayPal goed te keuren.',
  shopPay: 'Bijwerken in Shop Pay',
  shopPayNote: 'Hiermee ga je naar Shop Pay.',
  openAccount: 'Open je account',
  openAccountNote:
    'Nadat je bij {{ shop }} bent ingelogd, vul je de nieuwe betaalgegevens in een venster van Shopify zelf in.',
  useMethod: 'Een andere opgeslagen betaalmethode gebruiken',
  useMethodNote:
    'De betaling wordt er meteen één keer mee gedaan, en je abonnement gebruikt die voortaan.',
  confirm: 'Bevestigen bij je bank',
  confirmNote: 'Hiermee ga je naar de bevestiging van je bank. Daarna kun je hier terugkomen.',
  start: 'Bevestiging starten',
  startNote: 'De betaling wordt nog een keer gestart. Je bank kan je dan vragen om te bevestigen.',
  otherWays: 'Andere mogelijkheden',
  pay: 'Nu betalen',
  payNote: 'We proberen de betaling meteen nog een keer, met dezelfde betaalmethode.',
  day: 'Een andere dag kiezen',
  dayNote: {
    one: 'We proberen de betaling op de dag die je kiest. Je kunt die nog {{ count }} keer wijzigen.',
    other:
      'We proberen de betaling op de dag die je kiest. Je kunt die nog {{ count }} keer wijzigen.',
  },
  smaller: 'Deze keer minder nemen',
  smallerNote:
    'Alleen deze bestelling wordt kleiner; de volgende is weer volledig. Nu wordt er niets afgeschreven: het lagere bedrag wordt bij de volgende poging afgeschreven.',
  smallerLine: '{{ title }}, {{ price }} per stuk',
  smallerNone: 'Deze keer niet',
  smallerPress: 'Bestelling kleiner maken',
  smallerChosen:
    'Je hebt voor een kleinere bestelling gekozen: {{ amount }} in plaats van {{ whole }}.',
  whole: 'Toch de hele bestelling nemen',
  wholeNote:
    'Deze bestelling is dan weer volledig, en het hele bedrag wordt bij de volgende poging afgeschreven. Nu wordt er niets afgeschreven.',
  skip: 'Deze bestelling overslaan',
  skipNote:
    'Deze bestelling wordt niet verstuurd en niet afgeschreven. Je abonnement gaat verder met de volgende.',
  pause: 'Abonnement pauzeren',
  pauseNote: 'Er wordt niets verstuurd en niets afgeschreven tot je het hervat. Dat kan hier.',
  resume: 'Abonnement hervatten',
  resumeNote:
    'Je abonnement gaat verder, en de volgende bestelling wordt zoals gewoonlijk afgeschreven.',
  resumeOpenNote:
    'Je abonnement gaat verder, en de betaling voor {{ product }} wordt opnieuw geprobeerd.',
  resumeOwedNote:
    'Je abonnement gaat verder. De betaling voor {{ product }} staat nog open, en deze pagina laat daarna zien hoe het verdergaat.',
  stopSummary: 'Al opgezegd, of ben jij dit niet?',
  stopNote:
    'Druk op de knop en we stoppen: er wordt niets meer afgeschreven voor deze bestelling. Je krijgt geen bericht meer over deze of een andere betaling, en {{ shop }} hoort ervan. Het abonnement zelf blijft zoals het is tot de winkel ernaar heeft gekeken.',
  stopNoteBefore:
    'Druk op de knop en je krijgt geen bericht meer over deze of een andere betaling; {{ shop }} hoort ervan. Het abonnement zelf blijft zoals het is tot de winkel ernaar heeft gekeken.',
  stop: 'Stop alsjeblieft',

  recovered: 'Bedankt, het is gelukt',
  recoveredPaid: 'De betaling is gelukt, en {{ order }} is onderweg.',
  recoveredTotal: 'De betaling van {{ total }} is gelukt, en {{ order }} is onderweg.',
  goodNews: 'Goed nieuws',
  onItsWay: '{{ order }} is onderweg.',
  nothingElse: 'Je hoeft verder niets te doen. Je abonnement gaat door zoals voorheen.',
  nextOrder: 'Je volgende bestelling staat gepland op {{ day }}.',
  settled: 'Dit is geregeld',
  settledPaid: '{{ order }} is betaald. Je hoeft niets meer te doen.',
  settledOther: '{{ order }} is geregeld. Je hoeft niets meer te doen.',
  skipped: 'Deze bestelling is overgeslagen',
  skippedOrder: '{{ order }} is overgeslagen.',
  skippedUnpaid:
    'De betaling voor {{ product }} is niet gelukt, daarom is deze bestelling overgeslagen. Je hoeft er niet voor te betalen.',
  goesOn: 'Je abonnement gaat verder met de volgende bestelling.',
  ended: 'Je abonnement is beëindigd',
  endedBody: 'Het abonnement is beëindigd: {{ product }}.',
  endedUnpaid:
    'De betaling voor {{ product }} is niet gelukt, en het abonnement is beëindigd. Er wordt niets meer afgeschreven.',
  welcomeBack: 'Je bent altijd weer welkom.',
  nothingHere: 'Hier is niets meer te doen',
  replaced: '{{ order }} is vervangen door een nieuwere.',
  closed: 'Deze bestelling is afgesloten',
  closedBody: '{{ shop }} heeft {{ order }} afgesloten.',
  noCharge: 'Er wordt niets meer voor afgeschreven.',
  paused: 'Je abonnement is gepauzeerd',
  pausedUnpaid:
    'De betaling voor {{ product }} is niet gelukt, daarom is het abonnement gepauzeerd. Zolang dat zo is, wordt er niets afgeschreven.',
  resumeAnyTime: 'Je kunt het op elk moment hervatten.',
  resumeUntil: 'Je kunt het hier tot {{ day }} hervatten.',
  resumed: 'Je abonnement gaat verder',
  resumedBody:
    'De betaling voor {{ product }} die niet was gelukt, wordt niet meer geprobeerd. De volgende bestelling wordt zoals gewoonlijk afgeschreven.',
  pausedHeld: 'Dit abonnement is gepauzeerd',
  pausedHeldBody:
    'Zolang het gepauzeerd is, wordt er niets afgeschreven en schuiven de datums niet door: {{ product }}.',
  keptOpen: 'Je bestelling blijft open',
  keptOpenBody: '{{ shop }} houdt {{ order }} open, en er wordt niets meer vanzelf afgeschreven.',
  stillOpen: 'Deze betaling staat nog open',
  stillOpenBody:
    'De betaling voor {{ product }} is niet gelukt, en we proberen het niet uit onszelf nog een keer.',
  stopped: 'We zijn gestopt',
  stoppedBody:
    'Je hebt ons laten weten dat je hebt opgezegd, of dat jij dit niet bent. Er wordt geen betaling voor {{ product }} meer geprobeerd en geen bericht meer gestuurd.',
  shopWillLook: '{{ shop }} weet ervan en kijkt ernaar.',
  looking: '{{ shop }} kijkt hiernaar',
  lookingBody: '{{ shop }} controleert iets: {{ order }}. Tot dat klaar is, gebeurt er niets mee.',
  nothingToDo: 'Je hoeft niets te doen.',
  checking: 'We controleren een betaling',
  checkingBody:
    'Er is een betaling voor {{ product }} gestart, en we zoeken uit wat ervan is geworden.',
  checkingRest:
    'Tot dat duidelijk is, wordt er niets anders afgeschreven; je kunt dus niet dubbel betalen. Je hoeft niets te doen.',
  orderWaits: 'Je bestelling wacht op betaling',
  orderWaitsBody:
    'Er is een bestelling gemaakt voor {{ product }}, en de betaling is nog niet binnen. Er wordt verder niets voor afgeschreven.',
  underWay: 'Er loopt een betaling',
  underWayBody:
    'We hebben de betaling voor {{ product }} net gestart. Meestal duurt dat minder dan een minuut.',
  bankDebit:
    'De betaling voor {{ product }} is onderweg van je bank. Dat kan een paar dagen duren.',
  loadAgain: 'Laad deze pagina opnieuw om te zien hoe het is gegaan.',
  ofShop: '{{ shop }} zorgt hiervoor',
  ofShopBody: '{{ shop }} is iets aan het regelen: {{ order }}.',
  address: 'Wil je je bezorgadres controleren?',
  addressBody:
    '{{ shop }} wil je iets sturen ({{ product }}), maar er lijkt iets te ontbreken in je bezorgadres.',
  addressWrite:
    'Stuur je volledige adres naar {{ contact }}. Je bestelling gaat verder zodra het compleet is.',
  addressTell:
    'Geef je volledige adres door aan {{ shop }}. Je bestelling gaat verder zodra het compleet is.',
  writeTo: 'Schrijf naar {{ contact }}, dan helpt {{ shop }} je.',
  askShop: 'Vraag het {{ shop }}, daar helpen ze je.',
  ranOut: 'De laatste bevestiging is verlopen.',
  notPassed: 'De laatste bevestiging is niet gelukt.',
  noMoreTries:
    'Die kan voor deze bestelling niet opnieuw worden gestart. Gebruik een andere betaalmethode.',
  againNow: 'Je kunt die nu opnieuw starten.',
  againFrom:
    'Je kunt die vanaf {{ at }} opnieuw starten, of daarvoor al een andere betaalmethode gebruiken.',
  secureMailSent:
    'De beveiligde link van Shopify is onderweg naar het e-mailadres van je abonnement (aangevraagd op {{ at }}). Kijk ook bij de ongewenste mail.',
  askTomorrow: 'Een dag later kun je een nieuwe aanvragen.',
  thanks: 'Bedankt dat je {{ shop }} hebt verteld hoe het ging.',

  plannedFor: 'Gepland voor',
  beforeTax: '{{ amount }} vóór belasting',
  wasPlanned: 'Dit ging over een bestelling die gepland was voor {{ day }}.',
  heardStop:
    'Je hebt ons laten weten dat je hebt opgezegd, of dat jij dit niet bent. Je krijgt geen bericht meer over je betalingen.',
  howToChange:
    'Je hoeft niets te doen. Wil je het voor die tijd wijzigen, overslaan of opzeggen, open dan met de link hieronder je account bij {{ shop }}.',
  orWriteTo: 'Je kunt ook schrijven naar {{ contact }}.',

  person: 'Iemand van {{ shop }} leest je mail:',
  account: 'Je account bij {{ shop }}',
  terms: 'Betalingsvoorwaarden van {{ shop }}',
  neverCards: 'Deze pagina vraagt nooit om kaartgegevens.',
  notices: {
    challenge_gone:
      'De bevestiging van je bank is verlopen of al gebruikt. Hieronder zie je hoe het ervoor staat.',
    not_now:
      'Dat lukte nu niet, en er is niets veranderd. Probeer het over een paar minuten opnieuw.',
    going_on:
      'Shopify antwoordt op dit moment niet. We blijven het proberen en je hoeft niet nog eens te drukken. Hieronder zie je hoe het ervoor staat.',
    not_possible: 'Dat kan niet meer. Hieronder zie je hoe het ervoor staat.',
    mail_refused:
      'De beveiligde link kon niet worden verstuurd. Schrijf de winkel, daar helpen ze je.',
    not_started: 'De betaling kon nu niet worden gestart. Hieronder zie je hoe het ervoor staat.',
    not_stopped:
      'Stoppen lukte nu niet, omdat er een betaling wordt gecontroleerd. Probeer het later opnieuw, of schrijf de winkel.',
    nothing_less:
      'Er is niets veranderd. Kies minder dan de hele bestelling en houd minstens één stuk over.',
  },
  plain: {
    nowhere: 'Deze link leidt nergens meer heen',
    nowhereBody:
      'Misschien is hij te oud, of ontbreekt er een stuk. Open de nieuwste e-mail over je abonnement, of schrijf de winkel.',
    withdrawn: 'Deze link is ingetrokken',
    withdrawnBody:
      'Gebruik de link in de nieuwste e-mail over je abonnement, of schrijf de winkel.',
    failed: 'Dit is niet gelukt',
    goBack: 'Ga terug, laad de pagina opnieuw en druk daar op de knop.',
    openAgain: 'Open de link uit je e-mail opnieuw.',
    often: 'Een ogenblik',
    oftenBody:
      'Deze pagina is zojuist heel vaak geopend. Wacht een paar minuten en laad hem opnieuw.',
    broken: 'Deze pagina kan nu niet worden getoond',
    brokenBody: 'Er is niets veranderd. Probeer het over een paar minuten opnieuw.',
  },
  unsubscribed: 'Geen aanbiedingen meer van {{ shop }}',
  unsubscribedBody:
    'Je krijgt geen aanbiedingen meer per e-mail. Berichten over de betaling van je abonnement gaan door.',
  unsubscribeNote: 'Berichten over de betaling van je abonnement gaan door.',
  tooOld: 'Deze link is te oud',
  tooOldBody:
    'We weten niet meer naar wie deze e-mail ging en kunnen de aanbiedingen hier niet meer stopzetten. Gebruik de link in een nieuwere e-mail van {{ shop }} of schrijf naar de winkel.',
}
